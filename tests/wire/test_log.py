"""What the loggers ``ncloud_datastream.wire`` and ``.wire.body`` say of each attempt."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from ncloud_datastream import AsyncDataStream, DataStream, Message, NotFoundError, Retry
from wire.clients import KINDS, calling, sent
from wire.pairs import options
from wire.proof import ACCESS_KEY, SECRET_KEY
from wire.server import RawServer, answer

WIRE, BODY = "ncloud_datastream.wire", "ncloud_datastream.wire.body"
ONCE = Retry(max_attempts=1)

each_kind = pytest.mark.parametrize("kind", KINDS)


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def of(self, name: str) -> list[str]:
        return [record.getMessage() for record in self.records if record.name == name]


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept()
    loggers = {name: logging.getLogger(name) for name in ("ncloud_datastream", WIRE, BODY)}
    levels = {name: logger.level for name, logger in loggers.items()}
    loggers["ncloud_datastream"].addHandler(kept)
    loggers[WIRE].setLevel(logging.DEBUG)
    yield kept
    loggers["ncloud_datastream"].removeHandler(kept)
    for name, logger in loggers.items():
        logger.setLevel(levels[name])


@pytest.fixture
def server() -> Iterator[RawServer]:
    body = b'{"status": 200, "prefix": "abcde-", "detail": "x"}'
    headers = ("Set-Cookie: answer-cookie", "X-Of: answer")
    with RawServer(lambda seen: answer(body=body, headers=headers)) as server:
        yield server


def transport(kind: str) -> Any:
    return httpx.HTTPTransport() if kind == "sync" else httpx.AsyncHTTPTransport()


def check_lines(lines: list[str], server: RawServer, sent_bytes: int) -> None:
    asked, came = lines
    assert asked.startswith(f"> POST /api/produce to {server.url}, headers ")
    assert asked.endswith(f", body {sent_bytes} bytes")
    assert "'Content-Type': 'application/json'" in asked
    for name in ("x-ncp-iam-access-key", "x-ncp-apigw-signature-v2"):
        assert f"'{name}': '***'" in asked
    assert re.fullmatch(r"< 200 after \d+\.\d ms, headers \{.*\}, body 50 bytes", came)
    assert "'x-of': 'answer'" in came
    assert "'set-cookie': '***'" in came


def assert_nothing_secret(kept: Kept, *signatures: str) -> None:
    for record in kept.records:
        shown = f"{record.getMessage()} {vars(record)!r}"
        for secret in (ACCESS_KEY, SECRET_KEY, "answer-cookie", *signatures):
            assert secret not in shown


@each_kind
@pytest.mark.parametrize("carrier", ["own", "httpx"])
@pytest.mark.parametrize("bulk", [False, True], ids=["call", "messages in bulk"])
def test_two_lines_an_attempt(
    kind: str, carrier: str, bulk: bool, server: RawServer, kept: Kept
) -> None:
    more = {"transport": transport(kind)} if carrier == "httpx" else {}
    if bulk:
        sent(kind, [Message("t", "k", "v")], **options(server, **more))
    else:
        with calling(kind, **options(server, **more)) as call:
            call("send_message", topic="t", key="k", value="v")
    seen = server.take()
    check_lines(kept.of(WIRE), server, len(seen.body))
    assert kept.of(BODY) == []
    assert_nothing_secret(kept, seen.header("x-ncp-apigw-signature-v2"))


@pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])
@pytest.mark.parametrize("carrier", ["own", "httpx"])
async def test_requests_that_httpx_makes_are_logged_alike(
    kind: Any, carrier: str, server: RawServer, kept: Kept
) -> None:
    name = "sync" if kind is DataStream else "async"
    more = {"transport": transport(name)} if carrier == "httpx" else {}
    client = kind(**options(server, **more))
    secrets = {"Authorization": "Bearer hunter2", "Cookie": "hunter2"}
    if isinstance(client, DataStream):
        client.client.get_httpx_client().headers.update(secrets)
        client.send_message(topic="t", key="k", value="v")
        client.close()
    else:
        client.client.get_async_httpx_client().headers.update(secrets)
        await client.send_message(topic="t", key="k", value="v")
        await client.aclose()
    seen = server.take()
    assert seen.header("authorization") == "Bearer hunter2"
    check_lines(kept.of(WIRE), server, len(seen.body))
    assert_nothing_secret(kept, seen.header("x-ncp-apigw-signature-v2"), "hunter2")


@each_kind
@pytest.mark.parametrize("bulk", [False, True], ids=["call", "messages in bulk"])
def test_bodies_are_shown_only_where_their_own_logger_says_so(
    kind: str, bulk: bool, server: RawServer, kept: Kept
) -> None:
    value = "귀" * 700

    def send() -> None:
        if bulk:
            sent(kind, [Message("t", "k", value)], **options(server))
        else:
            with calling(kind, **options(server)) as call:
                call("send_message", topic="t", key="k", value=value)

    logging.getLogger("ncloud_datastream").setLevel(logging.DEBUG)
    send()
    assert kept.of(BODY) == []
    logging.getLogger(BODY).setLevel(logging.DEBUG)
    send()
    asked, came = kept.of(BODY)
    body = server.take().body
    assert asked.startswith('> {"topic":"t","key":"k","value":"귀')
    assert asked.endswith(f"… ({len(body):,} bytes)")
    assert came == '< {"status": 200, "prefix": "abcde-", "detail": "x"}'
    logging.getLogger(BODY).setLevel(logging.WARNING)
    send()
    assert len(kept.of(BODY)) == 2


@each_kind
def test_each_attempt_and_its_failure(kind: str, kept: Kept) -> None:
    answers = iter([answer(503, headers=("Retry-After: 0",)), b"", answer(404)])
    with (
        RawServer(lambda seen: next(answers)) as server,
        calling(kind, **options(server)) as call,
        pytest.raises(NotFoundError),
    ):
        call("get_topic", "t")
    lines = kept.of(WIRE)
    assert [line.partition(" to ")[0] for line in lines[::2]] == ["> GET /api/v1/topics/t"] * 3
    refused, failed, missing = (re.sub(r" after .*", "", line) for line in lines[1::2])
    assert (refused, missing) == ("< 503", "< 404")
    assert re.fullmatch(r"< \w+Error", failed)


@each_kind
def test_nothing_is_said_where_nobody_asks(kind: str, server: RawServer, kept: Kept) -> None:
    logging.getLogger(WIRE).setLevel(logging.INFO)
    logging.getLogger(BODY).setLevel(logging.DEBUG)
    with calling(kind, **options(server)) as call:
        call("get_topic_prefix")
    assert kept.records == []
