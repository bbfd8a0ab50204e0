"""Servers and clients as most tests of this folder need them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from ncloud_datastream import AsyncDataStream, DataStream
from wire.clients import KINDS
from wire.proof import KEYS
from wire.server import RawServer, Seen, answer

PREFIX = answer(body=b'{"prefix": "abcde-"}')
MESSAGE = {"topic": "abcde-orders", "key": "k", "value": "v"}

each_kind = pytest.mark.parametrize("kind", KINDS)
each_client = pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])


@contextmanager
def two_servers(
    respond: Callable[[Seen], bytes] = lambda seen: PREFIX,
) -> Iterator[list[RawServer]]:
    """The management server and the message server."""
    with ExitStack() as stack:
        yield [stack.enter_context(RawServer(respond)) for _ in range(2)]


def options(management: RawServer, message: RawServer | None = None, **more: Any) -> dict[str, Any]:
    """Arguments for a client of these servers."""
    message = message or management
    urls = {"management_url": management.url, "message_url": message.url}
    return {"credentials": KEYS, "verify": False, **urls, **more}


async def done(value: Awaitable[Any] | Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


async def close(client: Any) -> None:
    await done(client.close() if isinstance(client, DataStream) else client.aclose())


def http(client: DataStream | AsyncDataStream) -> Any:
    """Return the httpx client inside."""
    inside = client.client
    if isinstance(client, DataStream):
        return inside.get_httpx_client()
    return inside.get_async_httpx_client()
