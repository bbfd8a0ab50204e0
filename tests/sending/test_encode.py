"""The request for a message is the same as that of a single call."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Message,
    sign,
    string_to_sign,
)
from ncloud_datastream.calls.headers import standard_headers
from ncloud_datastream.sending.encode import Encoder, encode
from ncloud_datastream_api.models import SendMessageRequest
from sending.fakes import options
from sending.sendings import options as client_options
from sending.server import Server

TEXT = st.text(st.characters(exclude_categories=("Cs",)))


@settings(max_examples=40, deadline=None)
@given(TEXT, TEXT, TEXT, st.none() | st.integers())
def test_the_body_is_that_of_the_generated_model(
    topic: str, key: str, value: str, partition: int | None
) -> None:
    model = SendMessageRequest(topic=topic, key=key, value=value)
    if partition is not None:
        model.partition = partition
    by_httpx = httpx.Request("POST", "https://message.example", json=model.to_dict()).content
    encoded = encode(Message(topic, key, value, partition))
    assert json.loads(encoded) == json.loads(by_httpx) == model.to_dict()
    # httpx before 0.28 writes blanks between the items.
    assert len(encoded) <= len(by_httpx)


BAD: list[Any] = [
    Message("t", "k", "\ud800"),
    Message("t", "k", b"bytes"),  # type: ignore[arg-type]
    Message("t", "k", float("nan")),  # type: ignore[arg-type]
    Message("t", {1}, "v"),  # type: ignore[arg-type]
    ("t", "k", "v", None),
    "four",
    None,
]


@pytest.mark.parametrize("message", BAD, ids=repr)
def test_a_message_that_cannot_be_encoded_is_rejected_before_it_is_sent(message: Any) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was sent") as caught:
        encode(message)
    assert not caught.value.maybe_delivered


def test_a_value_that_nests_too_deeply_is_rejected() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ConfigurationError):
        encode(Message("t", "k", deep))
    while deep:  # level by level: the interpreter would recurse
        deep = deep[0]


def test_the_call_is_that_of_the_generated_function() -> None:
    call = Encoder(options()).call(Message("t", "k", "v"))
    assert (call.server.name, call.operation) == ("message", "sendMessage")
    assert (call.method, call.target) == ("POST", "/api/produce")
    assert dict(call.headers) == {**standard_headers(), "Content-Type": "application/json"}
    assert json.loads(call.body) == {"topic": "t", "key": "k", "value": "v"}
    assert (call.signed, call.documented, call.expects_object) == (False, True, True)


async def test_a_message_in_bulk_is_sent_like_a_single_call(server: Server) -> None:
    async with AsyncDataStream(**client_options(server, clock=lambda: 1_700_000_000.0)) as ds:
        await ds.send_message(topic="t", key="k", value="v", partition=2)
        async for _ in ds.send_messages([Message("t", "k", "v", 2)]):
            pass
    single, bulk = server.received
    assert single.head == bulk.head
    assert json.loads(single.body) == json.loads(bulk.body)
    signed = string_to_sign("POST", "/api/produce", 1_700_000_000_000, "AK")
    assert bulk.headers["x-ncp-apigw-signature-v2"] == sign("SK", signed)
