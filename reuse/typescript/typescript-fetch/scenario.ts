// scenario.md with openapi-generator's typescript-fetch.
import { signer } from "../signer.js";
import * as story from "../story.js";
import {
  Configuration,
  ConnectorApi,
  type CreateTopicRequest,
  type ListTopicsRequest,
  MessageApi,
  ResponseError,
  SchemaApi,
  TopicApi,
} from "./generated/index.js";

// A class has one base URL: MessageApi, which has only sendMessage, gets the message host.
const middleware = [signer(story.keys)];
const management = new Configuration({ basePath: story.managementUrl, middleware });
const message = new Configuration({ basePath: story.messageUrl, middleware });
const topics = new TopicApi(management);
const connectors = new ConnectorApi(management);
const schemas = new SchemaApi(management);
const messages = new MessageApi(message);

/** A step whose errors are read from the response. */
function step<T>(operation: string, call: Promise<T>, outcome: (answer: T) => unknown): Promise<T> {
  const told = call.catch(async (error: unknown) => {
    if (!(error instanceof ResponseError)) throw error;
    throw new story.Refusal(error.response.status, await error.response.json());
  });
  return story.step(operation, told, outcome);
}

const { prefix } = await step(
  "getTopicPrefix",
  topics.getTopicPrefix(),
  (answer) => answer.prefix,
);
const name = `${prefix}orders`;

const create = (createTopicRequest: CreateTopicRequest) =>
  step("createTopic", topics.createTopic({ createTopicRequest }), (topic) => topic.status);
const description = "주문 +50% 할인";
const { topicId } = await create({ name, description, partitions: 3, retentionMs: 86400000 });
await create({ name });

const getTopic = (topicId: string) =>
  step("getTopic", topics.getTopic({ topicId }), (topic) => topic.status);
await getTopic(topicId);
await getTopic(topicId);

const list = (query: ListTopicsRequest) =>
  step("listTopics", topics.listTopics(query), ({ list }) =>
    [list.length, ...list.map((topic) => topic.topicName)].join(" "),
  );
await list({ sortBy: "topicName", descending: false, searchText: description });
await list({ searchText: "a=b&c#d?/e ~f" });

for (const partitions of [6, 2]) {
  const updateTopicRequest = { description: "주문과 반품", partitions, retentionMs: 172800000 };
  await step(
    "updateTopic",
    topics.updateTopic({ topicId, updateTopicRequest }),
    (topic) => `${topic.description} ${topic.partitions} ${topic.retentionMs}`,
  );
}

const { id: connectorId } = await step(
  "createConnector",
  connectors.createConnector({
    topicId,
    connectorRequest: { ...story.connector, description: "보관", dateFormat: "DAY" },
  }),
  (connector) => `${connector.status} ${connector.flushCount}`,
);
const getConnector = () =>
  step(
    "getConnector",
    connectors.getConnector({ topicId }),
    (connector) => `${connector.status} ${connector.flushCount}`,
  );
await getConnector();
await step(
  "updateConnector",
  connectors.updateConnector({
    topicId,
    connectorId,
    connectorRequest: {
      ...story.connector,
      dateFormat: "HOUR",
      flushInterval: 5,
      flushCount: 20000,
      schemaType: "JSON",
    },
  }),
  (connector) => `${connector.dateFormat} ${connector.flushCount} ${connector.schemaType}`,
);

await step(
  "getRegistryConfig",
  schemas.getRegistryConfig({ topicId }),
  ({ compatibility }) => `${compatibility.compatibilityLevel} ${compatibility.isSchemaExist}`,
);
await step(
  "createSchema",
  schemas.createSchema({ topicId, schemaRequest: { schemaType: "AVRO", schema: story.schema } }),
  story.empty,
);
const page = await step(
  "listSchemas",
  schemas.listSchemas({ topicId, schemaType: "AVRO", page: 0, size: 10 }),
  ({ totalCount, schemas }) => `${totalCount} ${schemas[0].schemaType} ${schemas[0].version}`,
);
const { resourceId } = page.schemas[0];
await step("getSchema", schemas.getSchema({ topicId, resourceId }), (answer) => answer.schema);
await step(
  "checkSchemaCompatibility",
  schemas.checkSchemaCompatibility({
    topicId,
    schemaRequest: { schemaType: "AVRO", schema: story.otherSchema },
  }),
  (answer) => answer.isCompatible,
);
await step(
  "updateRegistryConfig",
  schemas.updateRegistryConfig({ topicId, updateRegistryConfigRequest: { compatibility: false } }),
  story.empty,
);
await step(
  "getRegistryInfo",
  schemas.getRegistryInfo({ topicId }),
  (info) => info.isModifiable,
);

const send = (topic: string, key: string, value: string, partition?: number) =>
  step(
    "sendMessage",
    messages.sendMessage({ sendMessageRequest: { topic, key, value, partition } }),
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
  connectors.deleteConnector({ topicId, connectorId }),
  story.empty,
);
await step("deleteSchema", schemas.deleteSchema({ topicId, resourceId }), story.empty);
await getTopic("없는-토픽");
await step("deleteTopic", topics.deleteTopic({ topicId }), (answer) => answer);
