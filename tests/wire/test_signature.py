"""The signature covers the exact bytes that are sent; see also `test_injection`."""

from __future__ import annotations

import json
import subprocess

import pytest
from ncloud_datastream import Message, Outcome
from wire.clients import KINDS, calling, sent
from wire.helpers import PREFIX, options
from wire.operations import HOSTILE
from wire.proof import SECRET_KEY, proved, signature
from wire.server import RawServer, answer

CLOCK = 1_700_000_000.123
MILLISECONDS = "1700000000123"


def test_openssl_computes_the_same_signature() -> None:
    """The checks of these tests compute it in process."""
    message = "GET /주문?a=b\n1\nAK".encode()
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-binary"]
    command += ["-macopt", f"hexkey:{SECRET_KEY.encode().hex()}"]
    digest = subprocess.run(command, input=message, capture_output=True, check=True).stdout
    encoded = subprocess.run(["base64", "-w0"], input=digest, capture_output=True, check=True)
    assert signature(message) == encoded.stdout.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_query_is_signed_as_it_is_sent(host: str) -> None:
    with (
        RawServer(lambda seen: PREFIX, host=host) as server,
        calling("sync", **options(server, clock=lambda: CLOCK)) as call,
    ):
        call("get_topic_prefix")
        seen = proved(server.take(), server)
        assert (seen.target, seen.header("x-ncp-apigw-timestamp")) == (
            "/api/v1/topic-prefix",
            MILLISECONDS,
        )
        server.respond = lambda seen: answer(body=b'{"list": []}')
        for given, target in (({}, ""), ({"search_text": ""}, "?searchText=")):
            call("list_topics", **given)
            assert proved(server.take(), server).target == f"/api/v1/topics{target}"


@pytest.mark.parametrize("kind", KINDS)
def test_messages_in_bulk_are_signed(kind: str) -> None:
    values = [value for value in HOSTILE if not any("\ud800" <= each <= "\udfff" for each in value)]
    with RawServer() as server:
        messages = [Message(value, value, value) for value in values]
        deliveries = sent(kind, messages, **options(server, clock=lambda: CLOCK))
        seen = [proved(server.take(), server) for _ in messages]
        assert server.nothing_more()
    assert {delivery.outcome for delivery in deliveries} == {Outcome.DELIVERED}
    assert {(each.method, each.target) for each in seen} == {("POST", "/api/produce")}
    assert {each.header("x-ncp-apigw-timestamp") for each in seen} == {MILLISECONDS}
    bodies = [json.loads(each.body) for each in seen]
    assert sorted(body["value"] for body in bodies) == sorted(values)
    for body in bodies:
        assert body == dict.fromkeys(("topic", "key", "value"), body["value"])
