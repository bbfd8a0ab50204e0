# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

from ..enums import OpenEnum


class MessageFormat(OpenEnum):
    """The format of the message values that a connector reads; STRING when omitted. Our reading,
    from a third party's copy of NCP's page.
    """

    STRING = "STRING", "Plain text, the default."
    JSON = "JSON", "JSON."
    AVRO = "AVRO", "Apache Avro."
    PROTOBUF = "PROTOBUF", "Protocol Buffers."
