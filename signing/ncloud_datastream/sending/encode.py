"""From a message to its call; what does not change is prepared once."""

from __future__ import annotations

from typing import Any, cast

import httpx
from ncloud_datastream_api import Client
from ncloud_datastream_api.api.message import send_message
from ncloud_datastream_api.models import SendMessageRequest

from ncloud_datastream.calls.call import Call, encode_json
from ncloud_datastream.calls.options import Options
from ncloud_datastream.calls.servers import MESSAGE
from ncloud_datastream.errors import ConfigurationError

from .messages import Message


class Encoder:
    """Makes the calls that send messages.

    Args:
        options: What the client is set up to do.
    """

    def __init__(self, options: Options) -> None:
        # The generated function says what the document says of the operation.
        kwargs = _asked_by_the_generated_function()
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


def _asked_by_the_generated_function() -> dict[str, Any]:
    """Return what ``send_message`` asks of the client of httpx that it is given."""
    asked: dict[str, Any] = {}

    class Listener:
        def request(self, **kwargs: Any) -> httpx.Response:
            asked.update(kwargs)
            return httpx.Response(200, json={})

    client = Client(base_url="")
    client.set_httpx_client(cast(httpx.Client, Listener()))
    send_message.sync_detailed(client=client, body=SendMessageRequest(topic="", key="", value=""))
    return asked


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
        end = "}" if partition is None else f',"partition":{encode_json(partition)}}}'
        fields = f'"topic":{encode_json(topic)},"key":{encode_json(key)}'
        return f'{{{fields},"value":{encode_json(value)}{end}'.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"sendMessage: the message cannot be sent: {type(error).__name__}: {error}. "
            "Nothing was sent."
        ) from error
