"""What would happen to every message ends the sending after a few."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    AuthenticationError,
    ConfigurationError,
    Credentials,
    DataStream,
    Message,
    Outcome,
    PermissionDeniedError,
)
from sending.sendings import (
    Counted,
    every_form,
    messages,
    options,
    send,
    whole,
)
from sending.server import Reply, Request, Server, answer

DELIVERED, REJECTED, UNSENT = Outcome.DELIVERED, Outcome.REJECTED, Outcome.UNSENT


@every_form
@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (403, PermissionDeniedError)]
)
def test_no_rights_end_the_sending(form: str, status: int, kind: type[Exception]) -> None:
    source = Counted(messages(100_000))
    with Server(lambda r: Reply(answer(status, b"{}"))) as server:
        result = send(form, server, source, concurrency=4)
    outcomes = whole(result.deliveries, source.taken).outcomes
    assert outcomes.keys() <= {REJECTED, UNSENT}
    assert 5 <= outcomes[REJECTED] <= 16
    assert source.taken <= 24
    assert type(result.failure) is kind


async def test_no_rights_end_a_sending_whose_source_waits() -> None:
    never = asyncio.Event()

    async def source() -> AsyncIterator[Message]:
        for message in messages(8):
            yield message
        await never.wait()

    with Server(lambda r: Reply(answer(403, b"{}"))) as server:
        async with AsyncDataStream(**options(server)) as ds:
            got = []
            with pytest.raises(PermissionDeniedError):
                async for delivery in ds.send_messages(source()):
                    got.append(delivery)  # noqa: PERF401 - some come before the error
    whole(got, len(got))


@every_form
def test_one_topic_without_rights_does_not(form: str) -> None:
    def behave(request: Request) -> Reply:
        return Reply(answer(403 if int(request.value) % 2 else 200))

    with Server(behave) as server:
        sent = [Message("t", "k", str(n)) for n in range(100)]
        result = send(form, server, sent, concurrency=1)
    result.check(sent)
    assert result.failure is None
    assert result.outcomes == {DELIVERED: 50, REJECTED: 50}


@every_form
def test_credentials_that_run_out(form: str, server: Server) -> None:
    asked = 0

    def credentials() -> Credentials:
        nonlocal asked
        asked += 1
        raise ConfigurationError("the vault is closed")

    source = Counted(messages(1000))
    result = send(form, server, source, client={"credentials": credentials}, concurrency=4)
    assert whole(result.deliveries, source.taken).outcomes == {UNSENT: source.taken}
    assert isinstance(result.failure, ConfigurationError)
    assert asked <= 4
    assert source.taken <= 12
    assert server.connections == 0


@every_form
def test_credentials_are_asked_for_once(form: str, server: Server) -> None:
    asked = 0

    def credentials() -> Credentials:
        nonlocal asked
        asked += 1
        return Credentials("AK", "SK")

    result = send(form, server, messages(50), client={"credentials": credentials}, concurrency=1)
    assert result.outcomes == {DELIVERED: 50}
    assert asked == 1


async def test_the_client_is_closed_meanwhile(server: Server) -> None:
    ds = AsyncDataStream(**options(server))
    source = Counted(messages(1000))
    sending = ds.send_messages(source, concurrency=4)
    got = [await anext(sending)]
    await ds.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        async for delivery in sending:
            got.append(delivery)  # noqa: PERF401 - some come before the error
    assert whole(got, source.taken).outcomes.keys() <= {DELIVERED, UNSENT}


def test_the_client_is_closed_meanwhile_in_ordinary_code(server: Server) -> None:
    ds = DataStream(**options(server))
    source = Counted(messages(1000))
    got = []
    with (
        pytest.raises(ConfigurationError, match="closed"),
        ds.send_messages(source, concurrency=4) as sending,
    ):
        for delivery in sending:
            got.append(delivery)
            ds.close()
    whole(got + sending.unfinished, source.taken)
    assert {delivery.outcome for delivery in got} == {DELIVERED, UNSENT}


@every_form
def test_a_clock_that_is_off_is_learned_for_all(form: str) -> None:
    def behave(request: Request) -> Reply:
        theirs = 1_795_000_000 + 3600
        off = abs(int(request.headers["x-ncp-apigw-timestamp"]) / 1000 - theirs)
        if off < 300:
            return Reply(answer())
        return Reply(answer(401, b"{}", "Date: Wed, 18 Nov 2026 12:06:40 GMT"))

    with Server(behave) as server:
        made = {"clock": lambda: 1_795_000_000.0}
        result = send(form, server, messages(50), client=made, concurrency=8)
        assert result.outcomes == {DELIVERED: 50}
        assert {delivery.attempts for delivery in result.deliveries} == {1}
        assert len(server.received) <= 58
