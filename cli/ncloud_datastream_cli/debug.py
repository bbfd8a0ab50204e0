"""``--debug``: each exchange as it went over the wire, with what authenticates it masked."""

from __future__ import annotations

import sys

import httpx
from ncloud_datastream import DataStream

_MASKED = ("x-ncp-iam-access-key", "x-ncp-apigw-signature-v2")
_LIMIT = 2000


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
        lines += ["", text if len(text) <= _LIMIT else f"{text[:_LIMIT]}… ({len(body):,} bytes)"]
    for line in lines:
        sys.stderr.write(f"{mark} {line}".rstrip() + "\n")
