"""NCP's documentation of the Data Stream API, operation by operation, as a table.

The table repeats the contract on purpose, from the documentation: a change of openapi.yaml must
also be made here, deliberately. Where NCP is silent, it contains our reading.
"""

import re
from dataclasses import dataclass, field

from contract import overview
from contract.shapes import (
    BOOLEAN,
    CONNECTOR,
    CONNECTOR_REQUEST,
    DESCRIPTION,
    NAME,
    NOTHING,
    NUMBER_OR_TEXT,
    PARTITIONS,
    RETENTION_MS,
    SCHEMA_REQUEST,
    SCHEMA_SUMMARY,
    SCHEMA_TYPE,
    TOPIC,
    TOPIC_SORT_KEY,
    TOPIC_SUMMARY,
    URI,
    Schema,
    array,
    fields,
    int32,
    int64,
    text,
)

MANAGEMENT, MESSAGE = overview.HOSTS.items()
SIGNED_HEADERS = {name for name, (required, _) in overview.HEADERS.items() if required}


@dataclass(frozen=True)
class Fact:
    """One operation as NCP documents it."""

    request: str
    """Method and path."""
    page: str
    reply: Schema | None
    body: Schema | None = None
    query: dict[str, Schema] = field(default_factory=dict)
    success: tuple[int, ...] = (200,)
    more_errors: tuple[int, ...] = ()
    """In addition to those of every operation."""
    error: str = "ErrorResponse"
    server: tuple[str, str] = MANAGEMENT
    tag: str = "Topic"

    @property
    def errors(self) -> list[int]:
        return sorted((400, 401, 403, 404, 429, 500, 503, 504, *self.more_errors))

    @property
    def parameters(self) -> dict[str, tuple[str, bool, Schema]]:
        """Location, whether it is required, and schema: all of the path are, none of the query."""
        ids = re.findall(r"\{(\w+)\}", self.request)
        return {name: ("path", True, text(minLength=1)) for name in ids} | {
            name: ("query", False, schema) for name, schema in self.query.items()
        }


# ---- operations
TOPICS = "/api/v1/topics"
ONE_TOPIC = f"{TOPICS}/{{topicId}}"
CONNECTORS = f"{ONE_TOPIC}/connectors"
ONE_CONNECTOR = f"{CONNECTORS}/{{connectorId}}"
SCHEMAS = f"{ONE_TOPIC}/schemas"
ONE_SCHEMA = f"{SCHEMAS}/{{resourceId}}"

FACTS: dict[str, Fact] = {
    "getTopicPrefix": Fact(
        "GET /api/v1/topic-prefix",
        "gettopicprefix",
        reply=fields("prefix", prefix=text()),
    ),
    "listTopics": Fact(
        f"GET {TOPICS}",
        "gettopic",
        query={"sortBy": TOPIC_SORT_KEY, "descending": BOOLEAN, "searchText": text()},
        reply=fields("list", list=array(TOPIC_SUMMARY)),
    ),
    "createTopic": Fact(
        f"POST {TOPICS}",
        "posttopic",
        body=fields(
            "name",
            name=NAME,
            description=DESCRIPTION,
            partitions=PARTITIONS,
            retentionMs=RETENTION_MS,
        ),
        reply=TOPIC,
        success=(200, 201, 202),
        more_errors=(409,),
    ),
    "getTopic": Fact(
        f"GET {ONE_TOPIC}",
        "gettopicid",
        reply=TOPIC,
    ),
    "updateTopic": Fact(
        f"PUT {ONE_TOPIC}",
        "puttopicid",
        body=fields(
            "description partitions retentionMs",
            description=DESCRIPTION,
            partitions=PARTITIONS,
            retentionMs=RETENTION_MS,
        ),
        reply=TOPIC,
        success=(200, 202),
    ),
    "deleteTopic": Fact(
        f"DELETE {ONE_TOPIC}",
        "deletetopicid",
        reply=BOOLEAN,
        success=(200, 202),
    ),
    "getConnector": Fact(
        f"GET {CONNECTORS}",
        "getexport",
        tag="Connector",
        reply=CONNECTOR,
    ),
    "createConnector": Fact(
        f"POST {CONNECTORS}",
        "postexport",
        tag="Connector",
        body=CONNECTOR_REQUEST,
        reply=CONNECTOR,
        success=(200, 201, 202),
        more_errors=(409,),
    ),
    "updateConnector": Fact(
        f"PUT {ONE_CONNECTOR}",
        "putexportid",
        tag="Connector",
        body=CONNECTOR_REQUEST,
        reply=CONNECTOR,
        success=(200, 202),
    ),
    "deleteConnector": Fact(
        f"DELETE {ONE_CONNECTOR}",
        "deleteexportid",
        tag="Connector",
        reply=NOTHING,
    ),
    "listSchemas": Fact(
        f"GET {SCHEMAS}",
        "getschemas",
        tag="Schema",
        query={
            "schemaType": SCHEMA_TYPE,
            "schemaId": int64(),
            "page": int32(minimum=0),
            "size": int32(minimum=1),
        },
        reply=fields(
            "schemas",
            schemas=array(SCHEMA_SUMMARY),
            totalCount=int32(),
            pageNo=int32(),
            pageSize=int32(),
        ),
    ),
    "createSchema": Fact(
        f"POST {SCHEMAS}",
        "createschemas",
        tag="Schema",
        body=SCHEMA_REQUEST,
        reply=NOTHING,
        success=(200, 201, 202),
        more_errors=(409, 413),
    ),
    "getSchema": Fact(
        f"GET {ONE_SCHEMA}",
        "getschemaid",
        tag="Schema",
        reply=fields("schema", schema=text()),
    ),
    "deleteSchema": Fact(
        f"DELETE {ONE_SCHEMA}",
        "deleteschemas",
        tag="Schema",
        reply=NOTHING,
    ),
    "checkSchemaCompatibility": Fact(
        f"POST {SCHEMAS}/validate/compatibility/latest",
        "postschemasversionslatest",
        tag="Schema",
        body=SCHEMA_REQUEST,
        reply=fields("is_compatible", is_compatible=BOOLEAN),
        more_errors=(413,),
    ),
    "getRegistryConfig": Fact(
        f"GET {ONE_TOPIC}/registry-config",
        "getregistryconfig",
        tag="Schema",
        reply=fields(
            "compatibility",
            compatibility=fields(compatibilityLevel=BOOLEAN, isSchemaExist=BOOLEAN),
        ),
    ),
    "updateRegistryConfig": Fact(
        f"PUT {ONE_TOPIC}/registry-config",
        "updateregistryconfig",
        tag="Schema",
        body=fields("compatibility", compatibility=BOOLEAN),
        reply=NOTHING,
    ),
    "getRegistryInfo": Fact(
        f"GET {ONE_TOPIC}/registry-info",
        "getregistryinfo",
        tag="Schema",
        reply=fields(endpoint=URI, isModifiable=BOOLEAN),
    ),
    "sendMessage": Fact(
        "POST /api/produce",
        "postproduce",
        tag="Message",
        server=MESSAGE,
        error="MessageErrorResponse",
        body=fields(
            "topic key value", topic=text(), key=text(), value=text(), partition=int32(minimum=0)
        ),
        reply=fields(status=NUMBER_OR_TEXT, detail=text()),
        success=(200, 201, 202),
        more_errors=(413,),
    ),
}
