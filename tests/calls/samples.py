"""A call, options and responses for the tests of `calls`."""

from __future__ import annotations

import json
from typing import Any

from ncloud_datastream import Retry
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.options import Options
from ncloud_datastream.calls.servers import MANAGEMENT, MESSAGE, Server

PATIENT = Retry(max_elapsed=1e6)
SERVERS = {name: Server.at(name, "https://h") for name in (MANAGEMENT, MESSAGE)}


def a_call(method: str = "GET", *, message: bool = False, **more: Any) -> Call:
    headers = (
        ("x-ncp-iam-access-key", "AK"),
        ("X-NCP-APIGW-Signature-V2", "signed"),
        ("x-other", "y"),
    )
    server = SERVERS[MESSAGE if message else MANAGEMENT]
    return Call(server, "theCall", method, "/api/v1?query=1", headers, b"{}")._replace(**more)


def an_answer(status: int, body: Any = None, unread: str | None = None, **headers: str) -> Answer:
    """Return a response; a body that is not bytes is encoded, header names have ``_`` for ``-``."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Answer(status, pairs, content, unread)


def some_options(retry: Retry = PATIENT, **more: Any) -> Options:
    return Options(SERVERS, retry, 30.0, **{"headers": {}, **more})
