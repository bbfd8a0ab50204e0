# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class SchemaType(OpenEnum):
    """The language that a schema is written in; our reading, JSON is JSON Schema."""

    AVRO = "AVRO", "Apache Avro."
    JSON = "JSON", "JSON Schema."
    PROTOBUF = "PROTOBUF", "Protocol Buffers."
