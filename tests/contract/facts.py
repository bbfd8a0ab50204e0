"""NCP's documentation of the Data Stream API, operation by operation, as a table.

The table repeats the contract on purpose, from the documentation: a change of openapi.yaml must
also be made here, deliberately. Where NCP is silent, it contains our reading.
"""

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
class Parameter:
    """A parameter of the path (always required) or the query (never required)."""

    place: str
    schema: Schema

    @property
    def required(self) -> bool:
        return self.place == "path"


PATH_ID = Parameter("path", text(minLength=1))


@dataclass(frozen=True)
class Fact:
    """One operation as NCP documents it."""

    method: str
    path: str
    page: str
    reply: Schema | None
    body: Schema | None = None
    query: dict[str, Schema] = field(default_factory=dict)
    path_ids: tuple[str, ...] = ()
    success: tuple[int, ...] = (200,)
    errors: tuple[int, ...] = ()
    """In addition to `default`, which every operation has."""
    error: str = "ErrorResponse"
    server: tuple[str, str] = MANAGEMENT
    tag: str = "Topic"

    @property
    def parameters(self) -> dict[str, Parameter]:
        query = {name: Parameter("query", schema) for name, schema in self.query.items()}
        return dict.fromkeys(self.path_ids, PATH_ID) | query


# ---- operations
ANY = (400, 401, 403, 404, 429, 500, 503, 504)
TOPICS = "/api/v1/topics"
ONE_TOPIC = f"{TOPICS}/{{topicId}}"
CONNECTORS = f"{ONE_TOPIC}/connectors"
ONE_CONNECTOR = f"{CONNECTORS}/{{connectorId}}"
SCHEMAS = f"{ONE_TOPIC}/schemas"
ONE_SCHEMA = f"{SCHEMAS}/{{resourceId}}"

FACTS: dict[str, Fact] = {
    "getTopicPrefix": Fact(
        method="get",
        path="/api/v1/topic-prefix",
        page="gettopicprefix",
        reply=fields("prefix", prefix=text()),
        errors=ANY,
    ),
    "listTopics": Fact(
        method="get",
        path=TOPICS,
        page="gettopic",
        query={"sortBy": TOPIC_SORT_KEY, "descending": BOOLEAN, "searchText": text()},
        reply=fields("list", list=array(TOPIC_SUMMARY)),
        errors=ANY,
    ),
    "createTopic": Fact(
        method="post",
        path=TOPICS,
        page="posttopic",
        body=fields(
            "name",
            name=NAME,
            description=DESCRIPTION,
            partitions=PARTITIONS,
            retentionMs=RETENTION_MS,
        ),
        reply=TOPIC,
        success=(200, 201, 202),
        errors=(*ANY, 409),
    ),
    "getTopic": Fact(
        method="get",
        path=ONE_TOPIC,
        page="gettopicid",
        path_ids=("topicId",),
        reply=TOPIC,
        errors=ANY,
    ),
    "updateTopic": Fact(
        method="put",
        path=ONE_TOPIC,
        page="puttopicid",
        path_ids=("topicId",),
        body=fields(
            "description partitions retentionMs",
            description=DESCRIPTION,
            partitions=PARTITIONS,
            retentionMs=RETENTION_MS,
        ),
        reply=TOPIC,
        success=(200, 202),
        errors=ANY,
    ),
    "deleteTopic": Fact(
        method="delete",
        path=ONE_TOPIC,
        page="deletetopicid",
        path_ids=("topicId",),
        reply=BOOLEAN,
        success=(200, 202),
        errors=ANY,
    ),
    "getConnector": Fact(
        method="get",
        path=CONNECTORS,
        page="getexport",
        tag="Connector",
        path_ids=("topicId",),
        reply=CONNECTOR,
        errors=ANY,
    ),
    "createConnector": Fact(
        method="post",
        path=CONNECTORS,
        page="postexport",
        tag="Connector",
        path_ids=("topicId",),
        body=CONNECTOR_REQUEST,
        reply=CONNECTOR,
        success=(200, 201, 202),
        errors=(*ANY, 409),
    ),
    "updateConnector": Fact(
        method="put",
        path=ONE_CONNECTOR,
        page="putexportid",
        tag="Connector",
        path_ids=("topicId", "connectorId"),
        body=CONNECTOR_REQUEST,
        reply=CONNECTOR,
        success=(200, 202),
        errors=ANY,
    ),
    "deleteConnector": Fact(
        method="delete",
        path=ONE_CONNECTOR,
        page="deleteexportid",
        tag="Connector",
        path_ids=("topicId", "connectorId"),
        reply=NOTHING,
        errors=ANY,
    ),
    "listSchemas": Fact(
        method="get",
        path=SCHEMAS,
        page="getschemas",
        tag="Schema",
        path_ids=("topicId",),
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
        errors=ANY,
    ),
    "createSchema": Fact(
        method="post",
        path=SCHEMAS,
        page="createschemas",
        tag="Schema",
        path_ids=("topicId",),
        body=SCHEMA_REQUEST,
        reply=NOTHING,
        success=(200, 201, 202),
        errors=(*ANY, 409, 413),
    ),
    "getSchema": Fact(
        method="get",
        path=ONE_SCHEMA,
        page="getschemaid",
        tag="Schema",
        path_ids=("topicId", "resourceId"),
        reply=fields("schema", schema=text()),
        errors=ANY,
    ),
    "deleteSchema": Fact(
        method="delete",
        path=ONE_SCHEMA,
        page="deleteschemas",
        tag="Schema",
        path_ids=("topicId", "resourceId"),
        reply=NOTHING,
        errors=ANY,
    ),
    "checkSchemaCompatibility": Fact(
        method="post",
        path=f"{SCHEMAS}/validate/compatibility/latest",
        page="postschemasversionslatest",
        tag="Schema",
        path_ids=("topicId",),
        body=SCHEMA_REQUEST,
        reply=fields("is_compatible", is_compatible=BOOLEAN),
        errors=(*ANY, 413),
    ),
    "getRegistryConfig": Fact(
        method="get",
        path=f"{ONE_TOPIC}/registry-config",
        page="getregistryconfig",
        tag="Schema",
        path_ids=("topicId",),
        reply=fields(
            "compatibility",
            compatibility=fields(compatibilityLevel=BOOLEAN, isSchemaExist=BOOLEAN),
        ),
        errors=ANY,
    ),
    "updateRegistryConfig": Fact(
        method="put",
        path=f"{ONE_TOPIC}/registry-config",
        page="updateregistryconfig",
        tag="Schema",
        path_ids=("topicId",),
        body=fields("compatibility", compatibility=BOOLEAN),
        reply=NOTHING,
        errors=ANY,
    ),
    "getRegistryInfo": Fact(
        method="get",
        path=f"{ONE_TOPIC}/registry-info",
        page="getregistryinfo",
        tag="Schema",
        path_ids=("topicId",),
        reply=fields(endpoint=URI, isModifiable=BOOLEAN),
        errors=ANY,
    ),
    "sendMessage": Fact(
        method="post",
        path="/api/produce",
        page="postproduce",
        tag="Message",
        server=MESSAGE,
        error="MessageErrorResponse",
        body=fields(
            "topic key value", topic=text(), key=text(), value=text(), partition=int32(minimum=0)
        ),
        reply=fields(status=NUMBER_OR_TEXT, detail=text()),
        success=(200, 201, 202),
        errors=(*ANY, 413),
    ),
}
