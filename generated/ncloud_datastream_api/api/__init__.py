# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""All operations as methods, and the servers of the document."""

from .connector import AsyncConnectorOperations, ConnectorOperations
from .message import AsyncMessageOperations, MessageOperations
from .schema import AsyncSchemaOperations, SchemaOperations
from .topic import AsyncTopicOperations, TopicOperations

__all__ = ("SERVERS", "AsyncOperations", "Operations")

SERVERS: dict[str, str] = {
    "management": "https://datastream.apigw.ntruss.com",
    "message": "https://api.datastream.naverncp.com",
}
"""The URL of each server, by the name that requests carry in `extensions["server"]`."""


class Operations(TopicOperations, ConnectorOperations, SchemaOperations, MessageOperations):
    """Every operation, as a method."""


class AsyncOperations(
    AsyncTopicOperations,
    AsyncConnectorOperations,
    AsyncSchemaOperations,
    AsyncMessageOperations,
):
    """Every operation, as an asynchronous method."""
