"""``--debug``: each exchange as it went over the wire, with what authenticates it masked."""

from __future__ import annotations

import httpx
from ncloud_datastream import DataStream
from ncloud_datastream.servers import base_urls
from ncloud_datastream.tls import ssl_context
from ncloud_datastream.transports import sync_transport

from . import terminal

_MASKED = ("x-ncp-iam-access-key", "x-ncp-apigw-signature-v2")
_LIMIT = 2000


def transport(management_url: str | None, message_url: str | None) -> httpx.BaseTransport:
    """Return the client's own connections as a transport of the user's.

    A client that is given one sends everything through httpx, many messages too, so that each
    exchange can be seen.

    Raises:
        ConfigurationError: A URL cannot be right.
    """
    return sync_transport(base_urls(management_url, message_url), ssl_context(True), None)


def show_exchanges(ds: DataStream) -> None:
    """Print every request and answer of a client to stderr."""
    session = ds.client.get_httpx_client()
    session.event_hooks = {"request": [_request], "response": [_response]}


def _request(request: httpx.Request) -> None:
    target = request.url.raw_path.decode("ascii")
    _lines(">", f"{request.method} {target}", request.headers, request.content)


def _response(response: httpx.Response) -> None:
    response.read()
    _lines("<", f"{response.status_code}", response.headers, response.content)


def _lines(mark: str, first: str, headers: httpx.Headers, body: bytes) -> None:
    lines = [first]
    for name, value in headers.multi_items():
        lines.append(f"{name}: {'***' if name.lower() in _MASKED else value}")
    text = body.decode("utf-8", errors="replace")
    if text:
        shown = text if len(text) <= _LIMIT else f"{text[:_LIMIT]}… ({len(body):,} bytes)"
        lines += ["", *shown.split("\n")]
    # In one piece: messages are sent by several threads.
    terminal.err("\n".join(f"{mark} {terminal.safe(line)}".rstrip() for line in lines))
