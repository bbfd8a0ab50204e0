"""Builds the request for a message; everything that does not change is prepared once."""

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
    """Builds the calls that send messages.

    Args:
        options: The options of the client.
    """

    def __init__(self, options: Options) -> None:
        # The generated function is the only source for method, path and headers.
        kwargs = _arguments_of_the_generated_function()
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


def _arguments_of_the_generated_function() -> dict[str, Any]:
    """Return the arguments that ``send_message`` passes to ``httpx.Client.request``."""
    arguments: dict[str, Any] = {}

    class Recorder:
        def request(self, **kwargs: Any) -> httpx.Response:
            arguments.update(kwargs)
            return httpx.Response(200, json={})

    client = Client(base_url="")
    client.set_httpx_client(cast(httpx.Client, Recorder()))
    send_message.sync_detailed(client=client, body=SendMessageRequest(topic="", key="", value=""))
    return arguments


def encode(message: Message) -> bytes:
    """Return the request body for a message, encoded as the generated model would be.

    Raises:
        ConfigurationError: The message cannot be encoded.
    """
    if not isinstance(message, Message):
        kind = type(message).__name__
        raise ConfigurationError(f"sendMessage: expected a Message, not {kind}. Nothing was sent.")
    try:
        topic, key, value, partition = message
        end = "}" if partition is None else f',"partition":{encode_json(partition)}}}'
        fields = f'"topic":{encode_json(topic)},"key":{encode_json(key)}'
        return f'{{{fields},"value":{encode_json(value)}{end}'.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"sendMessage: the message cannot be encoded: {type(error).__name__}: {error}. "
            "Nothing was sent."
        ) from error
