"""From a message to its call; what does not change is prepared once."""

from __future__ import annotations

import json

from ncloud_datastream_api.api.message import send_message
from ncloud_datastream_api.models import SendMessageRequest

from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.options import Options
from ncloud_datastream.calls.servers import MESSAGE
from ncloud_datastream.errors import ConfigurationError

from .messages import Message

# As httpx encodes JSON.
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Encoder:
    """Makes the calls that send messages.

    Args:
        options: What the client is set up to do.
    """

    def __init__(self, options: Options) -> None:
        # The generated function says what the document says of the operation.
        nothing = SendMessageRequest(topic="", key="", value="")
        kwargs = send_message._get_kwargs(body=nothing)
        extensions = kwargs["extensions"]
        self._fixed = (
            options.servers[extensions.get("server", MESSAGE)],
            extensions["operation"],
            kwargs["method"].upper(),
            kwargs["url"],
            (*options.headers.items(), *kwargs["headers"].items()),
        )

    def call(self, message: Message) -> Call:
        """Return the call that sends a message.

        Raises:
            ConfigurationError: The message cannot be encoded.
        """
        server, operation, method, target, headers = self._fixed
        return Call(
            server, operation, method, target, headers, encode(message), expects_object=True
        )


def encode(message: Message) -> bytes:
    """Return the body of the request for a message, as the generated model would be encoded.

    Raises:
        ConfigurationError: It cannot be encoded.
    """
    if not isinstance(message, Message):
        kind = type(message).__name__
        raise ConfigurationError(f"sendMessage: {kind} is no Message. Nothing was sent.")
    try:
        topic, key, value, partition = message
        end = "}" if partition is None else f',"partition":{_json(partition)}}}'
        text = f'{{"topic":{_json(topic)},"key":{_json(key)},"value":{_json(value)}{end}'
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"sendMessage: the message cannot be sent: {type(error).__name__}: {error}. "
            "Nothing was sent."
        ) from error
