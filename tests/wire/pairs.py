"""The two servers of the service, as raw sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from wire.clients import KINDS
from wire.proof import KEYS
from wire.server import RawServer, Seen, answer

PREFIX = answer(body=b'{"prefix": "abcde-"}')
MESSAGE = {"topic": "abcde-orders", "key": "k", "value": "v"}

each_kind = pytest.mark.parametrize("kind", KINDS)


@contextmanager
def two_servers(
    respond: Callable[[Seen], bytes] = lambda seen: PREFIX,
) -> Iterator[list[RawServer]]:
    with ExitStack() as stack:
        yield [stack.enter_context(RawServer(respond)) for _ in range(2)]


def options(management: RawServer, message: RawServer | None = None, **more: Any) -> dict[str, Any]:
    message = message or management
    urls = {"management_url": management.url, "message_url": message.url}
    return {"credentials": KEYS, "verify": False, **urls, **more}
