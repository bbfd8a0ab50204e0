"""Client for Data Stream of NAVER Cloud Platform, with request signing and typed errors.

::

    from ncloud_datastream import DataStream

    with DataStream() as ds:
        prefix = ds.get_topic_prefix().prefix
        topic = ds.create_topic(name=f"{prefix}orders", partitions=3)
        ds.wait_for_topic(topic.topic_id)
        ds.send_message(topic=topic.topic_name, key="k1", value="hello")

Each public name is imported on first use, so importing this package is fast.
"""

from ._version import __version__

# Importing `typing` would take longer than the rest of this module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream_api.models import (
        ConnectorStatus,
        ConsumerSpec,
        DateFormat,
        ExportType,
        MessageFormat,
        SchemaType,
        TopicSortKey,
        TopicStatus,
    )

    from .auth import SignatureAuth
    from .client import AsyncDataStream, DataStream
    from .codes import ErrorCode, GatewayErrorCode
    from .credentials import Credentials
    from .document import openapi_document
    from .errors import (
        ApiError,
        AuthenticationError,
        BadRequestError,
        BufferFullError,
        ConfigurationError,
        ConflictError,
        DataStreamError,
        ForeignHostError,
        NotFoundError,
        PayloadTooLargeError,
        PermissionDeniedError,
        RateLimitedError,
        ServerError,
        TransportError,
        UnexpectedAnswerError,
        WaitError,
        WaitTimeoutError,
    )
    from .retry import Retry
    from .sending.async_producer import AsyncProducer
    from .sending.messages import Delivery, Message, Outcome, Progress
    from .sending.partitions import partition_for
    from .sending.producer import Producer
    from .signature import sign, string_to_sign

__all__ = [
    "ApiError",
    "AsyncDataStream",
    "AsyncProducer",
    "AuthenticationError",
    "BadRequestError",
    "BufferFullError",
    "ConfigurationError",
    "ConflictError",
    "ConnectorStatus",
    "ConsumerSpec",
    "Credentials",
    "DataStream",
    "DataStreamError",
    "DateFormat",
    "Delivery",
    "ErrorCode",
    "ExportType",
    "ForeignHostError",
    "GatewayErrorCode",
    "Message",
    "MessageFormat",
    "NotFoundError",
    "Outcome",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "Producer",
    "Progress",
    "RateLimitedError",
    "Retry",
    "SchemaType",
    "ServerError",
    "SignatureAuth",
    "TopicSortKey",
    "TopicStatus",
    "TransportError",
    "UnexpectedAnswerError",
    "WaitError",
    "WaitTimeoutError",
    "__version__",
    "openapi_document",
    "partition_for",
    "sign",
    "string_to_sign",
]

_MODULES = {
    "auth": ("SignatureAuth",),
    "client": ("AsyncDataStream", "DataStream"),
    "codes": ("ErrorCode", "GatewayErrorCode"),
    "credentials": ("Credentials",),
    "document": ("openapi_document",),
    "retry": ("Retry",),
    "sending.async_producer": ("AsyncProducer",),
    "sending.producer": ("Producer",),
    "sending.messages": ("Delivery", "Message", "Outcome", "Progress"),
    "sending.partitions": ("partition_for",),
    "signature": ("sign", "string_to_sign"),
    "errors": tuple(name for name in __all__ if name.endswith("Error")),
}
_MODELS = "ncloud_datastream_api.models"
_HOMES = {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names}

if not TYPE_CHECKING:  # pragma: no branch

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(_HOMES.get(name, _MODELS)), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
