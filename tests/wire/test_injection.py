"""No argument of any operation can affect another part of the signed request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ncloud_datastream import (
    ConfigurationError,
    DataStreamError,
    Message,
    Outcome,
    Retry,
)
from wire.clients import KINDS, Caller, calling, sent
from wire.helpers import options, two_servers
from wire.operations import DOCUMENT, HOSTILE, Operation, operations
from wire.proof import proved
from wire.server import RawServer, Seen, answer

OPERATIONS = operations()
HEADERS = {
    "host",
    "accept",
    "accept-encoding",
    "user-agent",
    "x-ncp-apigw-timestamp",
    "x-ncp-iam-access-key",
    "x-ncp-apigw-signature-v2",
}
FORBIDDEN = {"", ".", ".."}
LONGEST_URL = 65_536
"""Characters: the limit of httpx."""


@dataclass
class Wire:
    """A recording server for each server of the document, and both clients."""

    callers: list[Caller]
    servers: dict[str, RawServer]

    @property
    def connections(self) -> int:
        return sum(server.connections for server in self.servers.values())

    def check(self, call: Caller, operation: Operation, arguments: dict[str, Any]) -> None:
        """Make a call, and compare the request with the document."""
        before = self.connections
        rejected = False
        try:
            call(operation.name, **arguments)
        except ConfigurationError:
            rejected = True
        except DataStreamError:
            pass  # `{}` is not a valid response of most operations
        if self.connections > before:
            server = self.servers[operation.server]
            assert_is_the_call(proved(server.take(), server), operation, arguments)
            assert not must_be_rejected(operation, arguments)
            assert not rejected
        else:
            assert rejected
            assert may_be_rejected(operation, arguments)
        assert all(server.nothing_more() for server in self.servers.values())


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with two_servers(lambda seen: answer()) as (management, message), ExitStack() as stack:
        given = options(management, message, retry=Retry(max_attempts=1))
        callers = [stack.enter_context(calling(kind, **given)) for kind in KINDS]
        yield Wire(callers, {"management": management, "message": message})


def has_text(operation: Operation) -> bool:
    return any(each.kind == "str" for each in operation.arguments)


def test_nearly_every_operation_has_an_argument_to_try() -> None:
    ids = {each.operation_id for each in OPERATIONS if not has_text(each)}
    assert ids == {"getTopicPrefix"}
    assert len(OPERATIONS) == sum(
        "operationId" in operation
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    )


every_operation = pytest.mark.parametrize(
    "operation",
    [pytest.param(each, id=each.operation_id) for each in OPERATIONS if has_text(each)],
)


@every_operation
@given(data=st.data())
@settings(max_examples=6, derandomize=True, deadline=None, database=None)
def test_arguments_affect_only_their_own_part_of_the_request(
    operation: Operation, wire: Wire, data: st.DataObject
) -> None:
    arguments = data.draw(operation.calls())
    for call in wire.callers:
        wire.check(call, operation, arguments)


@every_operation
def test_hostile_texts_affect_only_their_own_part_of_the_request(
    operation: Operation, wire: Wire
) -> None:
    # A third of the texts for each operation; any three operations get all of them.
    texts = HOSTILE[OPERATIONS.index(operation) % 3 :: 3]
    for call, text in zip(cycle(wire.callers), texts, strict=False):
        wire.check(call, operation, operation.filled(text))


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_texts_in_bulk_affect_only_the_body(kind: str) -> None:
    (operation,) = [each for each in OPERATIONS if each.operation_id == "sendMessage"]
    messages = [Message(text, text, text, 7) for text in HOSTILE]
    with RawServer() as server:
        deliveries = sent(kind, messages, **options(server, retry=Retry(max_attempts=1)))
        requests = {}
        for _ in range(server.connections):
            seen = server.take()
            requests[json.loads(seen.body)["value"]] = seen
        assert server.nothing_more()
    for delivery in deliveries:
        message = delivery.message
        if delivery.outcome is Outcome.DELIVERED:
            assert_is_the_call(requests.pop(message.value), operation, message._asdict())
        else:
            assert isinstance(delivery.error, ConfigurationError)
            assert has_surrogate(message.value)
    assert not requests


def test_a_url_that_is_too_long_is_rejected(wire: Wire) -> None:
    before = wire.connections
    for call in wire.callers:
        for method, argument in (("get_topic", "topic_id"), ("list_topics", "search_text")):
            with pytest.raises(ConfigurationError, match="Nothing was sent"):
                call(method, **{argument: "x" * LONGEST_URL})
    assert wire.connections == before


def must_be_rejected(operation: Operation, arguments: dict[str, Any]) -> bool:
    """Return whether a path addresses another resource, or a URL contains a surrogate."""
    path = operation.sent(arguments, "path").values()
    query = operation.sent(arguments, "query").values()
    return not FORBIDDEN.isdisjoint(path) or any(map(has_surrogate, (*path, *query)))


def may_be_rejected(operation: Operation, arguments: dict[str, Any]) -> bool:
    """Return whether a call must be rejected, or may be: JSON can escape a surrogate in a body."""
    body = operation.sent(arguments, "body").values()
    return must_be_rejected(operation, arguments) or any(map(has_surrogate, body))


def has_surrogate(value: object) -> bool:
    return isinstance(value, str) and any("\ud800" <= each <= "\udfff" for each in value)


def assert_is_the_call(seen: Seen, operation: Operation, arguments: dict[str, Any]) -> None:
    assert seen.rest == b""
    assert all(0x21 <= byte < 0x7F or byte in b" \r\n" for byte in seen.head)
    method, target, version = seen.request_line
    assert (method.decode(), version) == (operation.method, b"HTTP/1.1")

    path, mark, query = target.partition(b"?")
    filled = [unquote_to_bytes(segment).decode() for segment in path.split(b"/")]
    values = operation.sent(arguments, "path")
    assert filled == [
        values[step[1:-1]] if step.startswith("{") else step for step in operation.path.split("/")
    ]

    pairs = [pair.split(b"=") for pair in query.split(b"&")] if query else []
    found = {decoded(name): decoded(value) for name, value in pairs}
    expected = operation.sent(arguments, "query")
    assert len(pairs) == len(found)
    assert found == {name: as_text(value) for name, value in expected.items()}
    assert bool(mark) == bool(expected)

    names = [name for name, _ in seen.headers if name != "connection"]
    body = operation.sent(arguments, "body")
    if operation.method in ("POST", "PUT"):
        assert sorted(names) == sorted(HEADERS | {"content-type", "content-length"})
        assert seen.header("content-type") == "application/json"
        assert json.loads(seen.body) == body
    else:
        assert sorted(names) == sorted(HEADERS)
        assert seen.body == b""


def decoded(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode()


def as_text(value: object) -> str:
    return value if isinstance(value, str) else str(value).lower()
