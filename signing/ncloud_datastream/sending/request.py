"""From a message to the bytes of its request; what does not change is prepared once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from ncloud_datastream_api.api.message import send_message
from ncloud_datastream_api.models import SendMessageRequest

from ncloud_datastream.auth import SignatureAuth
from ncloud_datastream.credentials import Credentials
from ncloud_datastream.errors import ConfigurationError
from ncloud_datastream.signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

from .messages import Message

# As httpx encodes JSON.
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Call:
    """What the document says of the operation: the same for every message."""

    method: str
    target: str
    extensions: dict[str, str]
    headers: Mapping[str, str]

    @classmethod
    def documented(cls, headers: Mapping[str, str]) -> Call:
        """Return it, taken from the generated function.

        Args:
            headers: What every request of the client carries.
        """
        nothing = SendMessageRequest(topic="", key="", value="")
        kwargs = send_message._get_kwargs(body=nothing)
        return cls(
            method=kwargs["method"].upper(),
            target=kwargs["url"],
            extensions=kwargs["extensions"],
            headers={**headers, **kwargs["headers"]},
        )

    def request(self, url: str, body: bytes) -> httpx.Request:
        """Return the call as httpx has it, unsigned, for the errors that are made of it."""
        return httpx.Request(
            self.method,
            url + self.target,
            headers=self.headers,
            content=body,
            extensions=dict(self.extensions),
        )


class Writer:
    """Writes requests to one server.

    Args:
        auth: Signs.
        url: The base URL of the server.
        call: The operation.
    """

    def __init__(self, auth: SignatureAuth, url: str, call: Call) -> None:
        self._auth = auth
        self._method = call.method
        self._target = call.target
        lines = [
            f"{call.method} {call.target} HTTP/1.1",
            f"Host: {httpx.URL(url).netloc.decode('ascii')}",
            *(f"{name}: {value}" for name, value in call.headers.items()),
        ]
        self._begin = "\r\n".join(lines) + f"\r\n{TIMESTAMP_HEADER}: "
        self._then = f"\r\n{ACCESS_KEY_HEADER}: "
        self._finally = f"\r\n{SIGNATURE_HEADER}: "

    def write(self, body: bytes, credentials: Credentials | None = None) -> tuple[bytes, float]:
        """Return the bytes of a request, signed now, and the clock offset it was signed with.

        Args:
            body: Its body.
            credentials: The pair to sign with; None for the one in force, which may block.
        """
        timestamp, access_key, signature, offset = self._auth.stamp(
            self._method, self._target, credentials
        )
        head = (
            f"{self._begin}{timestamp}{self._then}{access_key}{self._finally}{signature}"
            f"\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body, offset


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
