// scenario.md with openapi-typescript and openapi-fetch.
import createClient from "openapi-fetch";
import { signer } from "../signer.js";
import * as story from "../story.js";
import { step } from "../story.js";
import type { paths } from "./generated/schema.js";

const client = createClient<paths>({ baseUrl: story.managementUrl });
client.use(signer(story.keys));

/** The data of a response, or an exception. */
async function data<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const { data, error, response } = await call;
  if (!response.ok) throw new story.Refusal(response.status, error);
  return data as NonNullable<T>;
}

const { prefix } = await step(
  "getTopicPrefix",
  data(client.GET("/api/v1/topic-prefix")),
  (answer) => answer.prefix,
);
const name = `${prefix}orders`;

const create = (body: paths["/api/v1/topics"]["post"]["requestBody"]["content"]["application/json"]) =>
  step("createTopic", data(client.POST("/api/v1/topics", { body })), (topic) => topic.status);
const description = "주문 +50% 할인";
const { topicId } = await create({ name, description, partitions: 3, retentionMs: 86400000 });
await create({ name });

const getTopic = (topicId: string) =>
  step(
    "getTopic",
    data(client.GET("/api/v1/topics/{topicId}", { params: { path: { topicId } } })),
    (topic) => topic.status,
  );
await getTopic(topicId);
await getTopic(topicId);

const list = (query: paths["/api/v1/topics"]["get"]["parameters"]["query"]) =>
  step("listTopics", data(client.GET("/api/v1/topics", { params: { query } })), ({ list }) =>
    [list.length, ...list.map((topic) => topic.topicName)].join(" "),
  );
await list({ sortBy: "topicName", descending: false, searchText: description });
await list({ searchText: "a=b&c#d?/e ~f" });

const path = { topicId };
for (const partitions of [6, 2]) {
  const body = { description: "주문과 반품", partitions, retentionMs: 172800000 };
  await step(
    "updateTopic",
    data(client.PUT("/api/v1/topics/{topicId}", { params: { path }, body })),
    (topic) => `${topic.description} ${topic.partitions} ${topic.retentionMs}`,
  );
}

const { id: connectorId } = await step(
  "createConnector",
  data(
    client.POST("/api/v1/topics/{topicId}/connectors", {
      params: { path },
      body: { ...story.connector, description: "보관", dateFormat: "DAY" },
    }),
  ),
  (connector) => `${connector.status} ${connector.flushCount}`,
);
const getConnector = () =>
  step(
    "getConnector",
    data(client.GET("/api/v1/topics/{topicId}/connectors", { params: { path } })),
    (connector) => `${connector.status} ${connector.flushCount}`,
  );
await getConnector();
await step(
  "updateConnector",
  data(
    client.PUT("/api/v1/topics/{topicId}/connectors/{connectorId}", {
      params: { path: { topicId, connectorId } },
      body: {
        ...story.connector,
        dateFormat: "HOUR",
        flushInterval: 5,
        flushCount: 20000,
        schemaType: "JSON",
      },
    }),
  ),
  (connector) => `${connector.dateFormat} ${connector.flushCount} ${connector.schemaType}`,
);

await step(
  "getRegistryConfig",
  data(client.GET("/api/v1/topics/{topicId}/registry-config", { params: { path } })),
  ({ compatibility }) => `${compatibility.compatibilityLevel} ${compatibility.isSchemaExist}`,
);
await step(
  "createSchema",
  data(
    client.POST("/api/v1/topics/{topicId}/schemas", {
      params: { path },
      body: { schemaType: "AVRO", schema: story.schema },
    }),
  ),
  story.empty,
);
const { schemas } = await step(
  "listSchemas",
  data(
    client.GET("/api/v1/topics/{topicId}/schemas", {
      params: { path, query: { schemaType: "AVRO", page: 0, size: 10 } },
    }),
  ),
  ({ totalCount, schemas }) => `${totalCount} ${schemas[0].schemaType} ${schemas[0].version}`,
);
const resource = { topicId, resourceId: schemas[0].resourceId };
await step(
  "getSchema",
  data(
    client.GET("/api/v1/topics/{topicId}/schemas/{resourceId}", { params: { path: resource } }),
  ),
  (answer) => answer.schema,
);
await step(
  "checkSchemaCompatibility",
  data(
    client.POST("/api/v1/topics/{topicId}/schemas/validate/compatibility/latest", {
      params: { path },
      body: { schemaType: "AVRO", schema: story.otherSchema },
    }),
  ),
  (answer) => answer.is_compatible,
);
await step(
  "updateRegistryConfig",
  data(
    client.PUT("/api/v1/topics/{topicId}/registry-config", {
      params: { path },
      body: { compatibility: false },
    }),
  ),
  story.empty,
);
await step(
  "getRegistryInfo",
  data(client.GET("/api/v1/topics/{topicId}/registry-info", { params: { path } })),
  (info) => info.isModifiable,
);

// openapi-fetch has one base URL for all paths: the message host is given per call.
const send = (topic: string, key: string, value: string, partition?: number) =>
  step(
    "sendMessage",
    data(
      client.POST("/api/produce", {
        baseUrl: story.messageUrl,
        body: { topic, key, value, partition },
      }),
    ),
    (answer) => `${answer.status} ${answer.detail}`,
  );
await send(name, "주문-1", '안녕하세요, 100% + "1"');
await send(name, "k", "", 5);
await send(`${prefix}nowhere`, "k", "v");

await story.order("getTopic", 200, { topicId, topicName: name, status: "ARCHIVING" });
await getTopic(topicId);
await story.order("getConnector", 403, { error: { errorCode: "230", message: "Forbidden" } });
await getConnector();
await story.order("sendMessage", 503, { error: { errorCode: 500, message: "Endpoint Error" } });
await send(name, "k", "v");

await step(
  "deleteConnector",
  data(
    client.DELETE("/api/v1/topics/{topicId}/connectors/{connectorId}", {
      params: { path: { topicId, connectorId } },
    }),
  ),
  story.empty,
);
await step(
  "deleteSchema",
  data(
    client.DELETE("/api/v1/topics/{topicId}/schemas/{resourceId}", { params: { path: resource } }),
  ),
  story.empty,
);
await getTopic("없는-토픽");
await step(
  "deleteTopic",
  data(client.DELETE("/api/v1/topics/{topicId}", { params: { path } })),
  (answer) => answer,
);
