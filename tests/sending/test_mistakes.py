"""What a program does wrong is raised, warned of, or ends a sending; and `run` and `progress`."""

from __future__ import annotations

import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    Message,
    NotFoundError,
    Outcome,
)
from sending.sendings import as_async, every_form, messages, options, run, send
from sending.server import Reply, Request, Server, answer


@pytest.mark.parametrize("client", [DataStream, AsyncDataStream])
@pytest.mark.parametrize("source", ["text", b"bytes", Message("t", "k", "v"), 7])
def test_no_source_is_refused_at_the_call(client: Any, source: Any) -> None:
    with pytest.raises(ConfigurationError, match="iterable"):
        client(**options("http://127.0.0.1:1")).send_messages(source)


@every_form
@pytest.mark.parametrize("bad", ["no message", None, ("t", "k", "v")])
def test_an_item_that_is_no_message_ends_it_after_those_before(
    form: str, server: Server, bad: Any
) -> None:
    result = send(form, server, [*messages(2), bad, *messages(1)])
    assert result.outcomes == {Outcome.DELIVERED: 2}
    assert isinstance(result.failure, ConfigurationError)
    assert "instead of Message" in str(result.failure)
    assert len(server.received) == 2


def test_an_asynchronous_source_is_looked_at_as_well(server: Server) -> None:
    async def source() -> AsyncIterator[Any]:
        async for message in as_async(messages(2)):
            yield message
        yield "no message"

    result = send("async", server, source())  # type: ignore[arg-type]
    assert result.outcomes == {Outcome.DELIVERED: 2}
    assert isinstance(result.failure, ConfigurationError)


@pytest.mark.parametrize("client", [DataStream, AsyncDataStream])
def test_one_that_is_never_iterated_over_warns(client: Any, server: Server) -> None:
    ds = client(**options(server))
    with pytest.warns(RuntimeWarning, match=r"nothing was sent because .* never iterated"):
        ds.send_messages(messages(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConfigurationError):
            ds.send_messages(messages(1), concurrency=0)
        gc.collect()


def test_run_and_progress(server: Server) -> None:
    with DataStream(**options(server)) as ds:
        sending = ds.send_messages(messages(20))
        assert sending.progress.total == 0
        progress = sending.run()
        assert (progress.delivered, progress.total) == (20, 20)
        assert sending.progress.delivered == 20


@every_form
def test_run_and_progress_of_tasks(form: str, server: Server) -> None:
    if form == "blocking":
        return

    async def main() -> None:
        async with AsyncDataStream(**options(server)) as ds:
            sending = ds.send_messages(messages(20))
            assert sending.progress.total == 0
            progress = await sending.run()
            assert (progress.delivered, sending.progress.total) == (20, 20)

    run(form, main())


def test_deliveries_are_counted_while_the_source_is_quiet(server: Server) -> None:
    seen: list[int] = []

    def source() -> Iterator[Message]:
        yield from messages(3)
        while sending.progress.delivered < 3:
            pass
        seen.append(sending.progress.delivered)

    with DataStream(**options(server)) as ds:
        sending = ds.send_messages(source())
        sending.run()
    assert seen == [3]


@every_form
def test_a_topic_that_does_not_exist_ends_it(form: str) -> None:
    with Server(lambda request: Reply(answer(404, b"{}"))) as server:
        result = send(form, server, messages(50), concurrency=1)
    assert isinstance(result.failure, NotFoundError)
    assert result.outcomes[Outcome.REJECTED] == 5


@every_form
def test_one_among_several_topics_does_not(form: str) -> None:
    def behave(request: Request) -> Reply:
        return Reply(answer() if request.value == "v0" else answer(404, b"{}"))

    with Server(behave) as server:
        result = send(form, server, messages(50), concurrency=1)
    assert result.failure is None
    assert result.outcomes == {Outcome.DELIVERED: 1, Outcome.REJECTED: 49}


def test_a_failed_delivery_holds_its_message_once() -> None:
    value = "x" * 1000
    with Server(lambda request: Reply(answer(400))) as server:
        (delivery,) = send("blocking", server, [Message("t", "k", value)]).deliveries
    error: Any = delivery.error
    assert delivery.message.value is value
    assert value.encode() not in error.response.request.content
