# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class SchemaType(OpenEnum):
    """The language of a schema; our reading: JSON means JSON Schema."""

    AVRO = "AVRO", "Apache Avro."
    JSON = "JSON", "JSON Schema."
    PROTOBUF = "PROTOBUF", "Protocol Buffers."
