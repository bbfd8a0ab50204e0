"""The signature over the bytes of the request line, recomputed by OpenSSL at the other end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

import pytest
from ncloud_datastream import Message, Outcome
from wire.clients import KINDS, Caller, calling, sent
from wire.proof import KEYS, proved
from wire.server import RawServer, Seen, answer

CLOCK = 1_700_000_000.123
MILLISECONDS = "1700000000123"

VALUES = {
    "plain": "orders-1",
    "korean": "주문 알림",
    "emoji": "😀👩‍👩‍👧",
    "accents": "é ü ñ",
    "plus": "a+b",
    "percent": "100%",
    "percent escape": "%25",
    "percent slash": "%2F",
    "double escape": "%252e%252e",
    "ampersand": "a&b=c&d",
    "equals": "=",
    "hash": "#top",
    "question mark": "?x=y",
    "space": " a  b ",
    "quotes": "\"'`",
    "slash": "a/b/",
    "dots inside": "a..b",
    "dots in segments": "../../etc",
    "three dots": "...",
    "colon": "http://example.com/",
    "semicolon": "a;b,c",
    "brackets": "[x]{y}(z)<w>",
    "backslash": "a\\b",
    "unreserved": "AZaz09-._~",
    "tab and line feed": "a\tb\nc",
    "carriage return": "a\r\nX-Evil: 1",
    "delete and nul": "\x7f\x00",
    "beyond the basic plane": "𐍈",
    "very long": "긴" * 2_000,
}

every_value = pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)


@dataclass
class Wire:
    """Two servers of plain bytes, and a client that talks to them."""

    call: Caller
    management: RawServer
    message: RawServer


@pytest.fixture(scope="module", params=KINDS)
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    with ExitStack() as stack:
        management = stack.enter_context(RawServer(lambda seen: answer(body=b'{"list": []}')))
        message = stack.enter_context(RawServer())
        call = stack.enter_context(
            calling(
                request.param,
                credentials=KEYS,
                management_url=management.url,
                message_url=message.url,
                clock=lambda: CLOCK,
                verify=False,
            )
        )
        yield Wire(call, management, message)


def proved_at_the_time(seen: Seen, server: RawServer) -> Seen:
    assert seen.header("x-ncp-apigw-timestamp") == MILLISECONDS
    return proved(seen, server)


@every_value
def test_a_query(wire: Wire, value: str) -> None:
    wire.call("list_topics", search_text=value, sort_by=value, descending=True)
    seen = proved_at_the_time(wire.management.take(), wire.management)
    assert wire.management.nothing_more()
    assert (seen.method, seen.body) == ("GET", b"")
    path, _, query = seen.target.partition("?")
    assert path == "/api/v1/topics"
    pairs = [pair.partition("=") for pair in query.split("&")]
    assert {unquote(name): unquote_plus(text) for name, _, text in pairs} == {
        "sortBy": value,
        "descending": "true",
        "searchText": value,
    }


def test_an_empty_value_in_a_query(wire: Wire) -> None:
    wire.call("list_topics", search_text="")
    seen = proved_at_the_time(wire.management.take(), wire.management)
    assert seen.target == "/api/v1/topics?searchText="


def test_no_query(wire: Wire) -> None:
    wire.call("list_topics")
    assert proved_at_the_time(wire.management.take(), wire.management).target == "/api/v1/topics"


@every_value
def test_a_path(wire: Wire, value: str) -> None:
    wire.call("delete_schema", value, value[::-1])
    seen = proved_at_the_time(wire.management.take(), wire.management)
    assert wire.management.nothing_more()
    assert seen.method == "DELETE"
    *fixed, topic, schemas, resource = seen.target.split("/")
    assert fixed == ["", "api", "v1", "topics"]
    assert (unquote(topic), schemas, unquote(resource)) == (value, "schemas", value[::-1])


@every_value
def test_a_body_to_the_management_server(wire: Wire, value: str) -> None:
    wire.call("create_schema", value, schema_type=value, schema=value)
    seen = proved_at_the_time(wire.management.take(), wire.management)
    assert seen.method == "POST"
    assert unquote(seen.target.split("/")[4]) == value
    assert seen.header("content-type") == "application/json"
    assert json.loads(seen.body) == {"schemaType": value, "schema": value}


@every_value
def test_a_message(wire: Wire, value: str) -> None:
    wire.call("send_message", topic=value, key=value, value=value)
    seen = proved_at_the_time(wire.message.take(), wire.message)
    assert wire.message.nothing_more()
    assert wire.management.nothing_more()
    assert (seen.method, seen.target) == ("POST", "/api/produce")
    assert json.loads(seen.body) == {"topic": value, "key": value, "value": value}


@pytest.mark.parametrize("kind", KINDS)
def test_messages_in_bulk(kind: str) -> None:
    messages = [Message(value, value, value) for value in VALUES.values()]
    with RawServer() as server:
        deliveries = sent(
            kind,
            messages,
            credentials=KEYS,
            message_url=server.url,
            clock=lambda: CLOCK,
            verify=False,
        )
        seen = [proved_at_the_time(server.take(), server) for _ in messages]
        assert server.nothing_more()
    assert {delivery.outcome for delivery in deliveries} == {Outcome.DELIVERED}
    assert {(each.method, each.target) for each in seen} == {("POST", "/api/produce")}
    bodies = [json.loads(each.body) for each in seen]
    assert sorted(body["value"] for body in bodies) == sorted(VALUES.values())
    for body in bodies:
        assert body == dict.fromkeys(("topic", "key", "value"), body["value"])


def test_ipv6() -> None:
    with (
        RawServer(lambda seen: answer(body=b'{"prefix": "p"}'), host="::1") as server,
        calling(
            "sync",
            credentials=KEYS,
            management_url=server.url,
            clock=lambda: CLOCK,
            verify=False,
        ) as call,
    ):
        assert call("get_topic_prefix").prefix == "p"
        assert proved_at_the_time(server.take(), server).target == "/api/v1/topic-prefix"
