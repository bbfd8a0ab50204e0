# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""All models and enums; each is imported on first use."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connector import Connector
    from .connector_request import ConnectorRequest
    from .connector_status import ConnectorStatus
    from .consumer_spec import ConsumerSpec
    from .create_topic_request import CreateTopicRequest
    from .date_format import DateFormat
    from .error_code import ErrorCode
    from .error_response import ErrorResponse
    from .export_type import ExportType
    from .gateway_error import GatewayError
    from .gateway_error_code import GatewayErrorCode
    from .message_error_response import MessageErrorResponse
    from .message_format import MessageFormat
    from .registry_compatibility import RegistryCompatibility
    from .registry_config import RegistryConfig
    from .registry_info import RegistryInfo
    from .schema_compatibility import SchemaCompatibility
    from .schema_definition import SchemaDefinition
    from .schema_page import SchemaPage
    from .schema_request import SchemaRequest
    from .schema_summary import SchemaSummary
    from .schema_type import SchemaType
    from .send_message_request import SendMessageRequest
    from .send_message_result import SendMessageResult
    from .topic import Topic
    from .topic_list import TopicList
    from .topic_prefix import TopicPrefix
    from .topic_sort_key import TopicSortKey
    from .topic_status import TopicStatus
    from .topic_summary import TopicSummary
    from .update_registry_config_request import UpdateRegistryConfigRequest
    from .update_topic_request import UpdateTopicRequest

__all__ = (
    "Connector",
    "ConnectorRequest",
    "ConnectorStatus",
    "ConsumerSpec",
    "CreateTopicRequest",
    "DateFormat",
    "ErrorCode",
    "ErrorResponse",
    "ExportType",
    "GatewayError",
    "GatewayErrorCode",
    "MessageErrorResponse",
    "MessageFormat",
    "RegistryCompatibility",
    "RegistryConfig",
    "RegistryInfo",
    "SchemaCompatibility",
    "SchemaDefinition",
    "SchemaPage",
    "SchemaRequest",
    "SchemaSummary",
    "SchemaType",
    "SendMessageRequest",
    "SendMessageResult",
    "Topic",
    "TopicList",
    "TopicPrefix",
    "TopicSortKey",
    "TopicStatus",
    "TopicSummary",
    "UpdateRegistryConfigRequest",
    "UpdateTopicRequest",
)

_MODULES: dict[str, str] = {
    "Connector": "connector",
    "ConnectorRequest": "connector_request",
    "ConnectorStatus": "connector_status",
    "ConsumerSpec": "consumer_spec",
    "CreateTopicRequest": "create_topic_request",
    "DateFormat": "date_format",
    "ErrorCode": "error_code",
    "ErrorResponse": "error_response",
    "ExportType": "export_type",
    "GatewayError": "gateway_error",
    "GatewayErrorCode": "gateway_error_code",
    "MessageErrorResponse": "message_error_response",
    "MessageFormat": "message_format",
    "RegistryCompatibility": "registry_compatibility",
    "RegistryConfig": "registry_config",
    "RegistryInfo": "registry_info",
    "SchemaCompatibility": "schema_compatibility",
    "SchemaDefinition": "schema_definition",
    "SchemaPage": "schema_page",
    "SchemaRequest": "schema_request",
    "SchemaSummary": "schema_summary",
    "SchemaType": "schema_type",
    "SendMessageRequest": "send_message_request",
    "SendMessageResult": "send_message_result",
    "Topic": "topic",
    "TopicList": "topic_list",
    "TopicPrefix": "topic_prefix",
    "TopicSortKey": "topic_sort_key",
    "TopicStatus": "topic_status",
    "TopicSummary": "topic_summary",
    "UpdateRegistryConfigRequest": "update_registry_config_request",
    "UpdateTopicRequest": "update_topic_request",
}

# Hidden from type checkers, so that they still report a misspelt name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
