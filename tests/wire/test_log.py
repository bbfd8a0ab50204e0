"""The loggers ``ncloud_datastream.wire`` and ``ncloud_datastream.wire.body``."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from ncloud_datastream import DataStream, Message, NotFoundError
from wire.clients import calling, sent
from wire.helpers import close, done, each_client, each_kind, http, options
from wire.proof import ACCESS_KEY, SECRET_KEY
from wire.server import RawServer, answer

WIRE, BODY = "ncloud_datastream.wire", "ncloud_datastream.wire.body"
by_carrier = pytest.mark.parametrize("carrier", ["own", "httpx"])


class Kept(logging.Handler):
    """Collects log records."""

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
    request, response = lines
    assert request.startswith(f"> POST /api/produce to {server.url}, headers ")
    assert request.endswith(f", body {sent_bytes} bytes")
    assert "'Content-Type': 'application/json'" in request
    for name in ("x-ncp-iam-access-key", "x-ncp-apigw-signature-v2"):
        assert f"'{name}': '***'" in request
    assert re.fullmatch(r"< 200 after \d+\.\d ms, headers \{.*\}, body 50 bytes", response)
    assert "'x-of': 'answer'" in response
    assert "'set-cookie': '***'" in response


def assert_nothing_secret(kept: Kept, *signatures: str) -> None:
    for record in kept.records:
        shown = f"{record.getMessage()} {vars(record)!r}"
        for secret in (ACCESS_KEY, SECRET_KEY, "answer-cookie", *signatures):
            assert secret not in shown


@each_kind
@by_carrier
def test_each_attempt_is_logged_on_two_lines(
    kind: str, carrier: str, server: RawServer, kept: Kept
) -> None:
    more = {"transport": transport(kind)} if carrier == "httpx" else {}
    with calling(kind, **options(server, **more)) as call:
        call("send_message", topic="t", key="k", value="v")
    sent(kind, [Message("t", "k", "v")], **options(server, **more))
    lines = kept.of(WIRE)
    for part in (lines[:2], lines[2:]):
        seen = server.take()
        check_lines(part, server, len(seen.body))
        assert_nothing_secret(kept, seen.header("x-ncp-apigw-signature-v2"))
    assert kept.of(BODY) == []


@each_client
@by_carrier
async def test_requests_built_by_httpx_are_logged_the_same(
    kind: Any, carrier: str, server: RawServer, kept: Kept
) -> None:
    name = "sync" if kind is DataStream else "async"
    more = {"transport": transport(name)} if carrier == "httpx" else {}
    client = kind(**options(server, **more))
    http(client).headers.update({"Authorization": "Bearer hunter2", "Cookie": "hunter2"})
    await done(client.send_message(topic="t", key="k", value="v"))
    await close(client)
    seen = server.take()
    assert seen.header("authorization") == "Bearer hunter2"
    check_lines(kept.of(WIRE), server, len(seen.body))
    assert_nothing_secret(kept, seen.header("x-ncp-apigw-signature-v2"), "hunter2")


@each_kind
def test_bodies_are_logged_only_at_the_level_of_their_own_logger(
    kind: str, server: RawServer, kept: Kept
) -> None:
    value = "귀" * 700
    with calling(kind, **options(server)) as call:

        def send() -> None:
            call("send_message", topic="t", key="k", value=value)

        logging.getLogger("ncloud_datastream").setLevel(logging.DEBUG)
        send()
        assert kept.of(BODY) == []
        logging.getLogger(BODY).setLevel(logging.DEBUG)
        send()
        request, response = kept.of(BODY)
        body = server.take().body
        assert request.startswith('> {"topic":"t","key":"k","value":"귀')
        assert request.endswith(f"… ({len(body):,} bytes)")
        assert response == '< {"status": 200, "prefix": "abcde-", "detail": "x"}'
        logging.getLogger(BODY).setLevel(logging.WARNING)
        send()
        assert len(kept.of(BODY)) == 2


@each_kind
def test_failed_attempts_are_logged_with_their_status_or_error(kind: str, kept: Kept) -> None:
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
def test_nothing_is_logged_above_debug(kind: str, server: RawServer, kept: Kept) -> None:
    logging.getLogger(WIRE).setLevel(logging.INFO)
    logging.getLogger(BODY).setLevel(logging.DEBUG)
    with calling(kind, **options(server)) as call:
        call("get_topic_prefix")
    assert kept.records == []
