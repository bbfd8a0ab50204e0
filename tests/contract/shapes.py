"""The bodies and enumerations that NCP documents, as JSON Schema."""

from typing import Any

from contract import overview

Schema = dict[str, Any]


# ---- the vocabulary of the table
def text(**rules: Any) -> Schema:
    return {"type": "string", **rules}


def int32(**rules: Any) -> Schema:
    return {"type": "integer", "format": "int32", **rules}


def int64(**rules: Any) -> Schema:
    return {"type": "integer", "format": "int64", **rules}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def fields(required: str = "", /, **properties: Schema) -> Schema:
    """An object; `required` lists names."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = sorted(required.split())
    return schema


BOOLEAN: Schema = {"type": "boolean"}
NUMBER_OR_TEXT: Schema = {}
"""Without a type, so that strict languages parse both."""
URI = text(format="uri")
MOMENT = text(format="date-time")
NOTHING = None

# ---- enumerations
TOPIC_STATUS = one_of(
    "CREATING", "CREATED", "PENDING_DELETION", "DELETE_ERROR", "DELETED", "UNKNOWN"
)
CONNECTOR_STATUS = one_of("RUNNING", "FAILED")
CONSUMER_SPEC = one_of("SMALL", "MEDIUM")
EXPORT_TYPE = one_of("OBJECT_STORAGE")
DATE_FORMAT = one_of("NONE", "YEAR", "MONTH", "DAY", "HOUR")
MESSAGE_FORMAT = one_of("STRING", "JSON", "AVRO", "PROTOBUF")
SCHEMA_TYPE = one_of("AVRO", "JSON", "PROTOBUF")
TOPIC_SORT_KEY = one_of("createdDate", "topicName")
ERROR_CODE = one_of(*overview.ERROR_CODES)

# ---- bodies
NAME = text(minLength=1, maxLength=200, pattern="^[a-z0-9-]+$")
DESCRIPTION = text(maxLength=200)
PARTITIONS = int32(minimum=1, maximum=16)
RETENTION_MS = int64(minimum=3_600_000, maximum=1_296_000_000)
CONNECTOR_REQUEST = fields(
    "consumerSpec exportType location includeTopicInPath dateFormat roleNrn",
    description=DESCRIPTION,
    consumerSpec=CONSUMER_SPEC,
    exportType=EXPORT_TYPE,
    location=text(pattern="^s3a://[^/]+(/.*)?$"),
    includeTopicInPath=BOOLEAN,
    dateFormat=DATE_FORMAT,
    roleNrn=text(pattern="^nrn:.+$"),
    flushInterval=int32(minimum=1, maximum=10),
    flushCount=int32(minimum=5_000, maximum=50_000),
    schemaType=MESSAGE_FORMAT,
)
SCHEMA_REQUEST = fields("schemaType schema", schemaType=SCHEMA_TYPE, schema=text())

# ---- responses: ids, names and arrays are required, and no range is given
TOPIC_FIELDS: dict[str, Schema] = {
    "topicId": text(),
    "topicName": text(),
    "description": text(),
    "partitions": int32(),
    "retentionMs": int64(),
    "status": TOPIC_STATUS,
    "tcpEndpoint": text(),
    "createdDate": MOMENT,
}
TOPIC = fields("topicId topicName", **TOPIC_FIELDS, updatedDate=MOMENT)
TOPIC_SUMMARY = fields("topicId topicName", **TOPIC_FIELDS, pinned=BOOLEAN)
CONNECTOR = fields(
    "id",
    id=text(),
    topicId=text(),
    status=CONNECTOR_STATUS,
    failedMessage=text(),
    failedDate=text(),
    connectorName=text(),
    description=text(nullable=True),
    consumerSpec=CONSUMER_SPEC,
    exportType=EXPORT_TYPE,
    location=text(),
    locationWithTopicName=text(),
    objectStorageLocation=text(),
    includeTopicInPath=BOOLEAN,
    dateFormat=DATE_FORMAT,
    roleNrn=text(),
    groupId=text(),
    flushInterval=int32(),
    flushCount=int32(),
    schemaType=MESSAGE_FORMAT,
    createdDate=MOMENT,
)
SCHEMA_SUMMARY = fields(
    "resourceId",
    resourceId=text(),
    schemaId=int64(),
    schemaType=SCHEMA_TYPE,
    version=int32(),
    createdDate=MOMENT,
)
GATEWAY_ERROR = fields(errorCode=NUMBER_OR_TEXT, message=text(), details=text())
ERROR = fields(
    type=URI,
    title=text(),
    status=NUMBER_OR_TEXT,
    instance=text(),
    detail=text(),
    code=ERROR_CODE,
    error=GATEWAY_ERROR,
)
MESSAGE_ERROR = fields(status=NUMBER_OR_TEXT, detail=text(), error=GATEWAY_ERROR)
