"""Arguments, progress, and what a sending says of itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from typing import Any

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    Delivery,
    Message,
    Progress,
    Retry,
    TransportError,
)
from ncloud_datastream.sending import plan as plan_module
from sending.sendings import (
    as_async,
    every_form,
    messages,
    options,
    send,
    whole,
)
from sending.server import Reply, Request, Server, answer


@every_form
def test_progress(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "PROGRESS_EVERY", 0.0)
    seen: list[Progress] = []

    def behave(request: Request) -> Reply:
        return Reply({"v3": answer(400), "v4": answer(500)}.get(request.value, answer()))

    with Server(behave) as server:
        sent = [*messages(8), Message("t", "k", "\ud800")]
        send(form, server, sent, progress=seen.append)
    last = seen[-1]
    assert (last.delivered, last.rejected, last.unsent, last.unknown) == (6, 1, 1, 1)
    assert last.total == 9
    assert last.elapsed > 0
    totals = [progress.total for progress in seen]
    # Once for each delivery and at the end; what is not handed out yet counts.
    assert (len(totals), totals) == (10, sorted(totals))


@every_form
def test_progress_comes_every_so_often(form: str, server: Server) -> None:
    seen: list[Progress] = []
    send(form, server, messages(50), progress=seen.append)
    assert [progress.total for progress in seen] == [50]
    assert seen[0].rate > 0


async def test_a_progress_callback_that_raises_loses_no_delivery(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "PROGRESS_EVERY", 0.0)
    raised = 0

    def report(progress: Progress) -> None:
        nonlocal raised
        if raised < 3:
            raised += 1
            raise LookupError

    got: list[Delivery] = []
    async with AsyncDataStream(**options(server)) as ds:
        sending = ds.send_messages(messages(10), progress=report)
        while len(got) < 10:
            with contextlib.suppress(LookupError):
                got.append(await anext(sending))
    whole(got, 10)
    assert raised == 3


@pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])
@pytest.mark.parametrize(
    "arguments",
    [
        {"concurrency": 0},
        {"concurrency": True},
        {"concurrency": 1.5},
        {"ordered": "topic"},
        {"rate": 0},
        {"rate": "fast"},
        {"rate": True},
        {"rate": float("nan")},
        {"progress": 1},
    ],
    ids=str,
)
def test_arguments_that_cannot_be_right(kind: Any, arguments: dict[str, Any]) -> None:
    client = kind(**options("http://127.0.0.1:1"))
    with pytest.raises(ConfigurationError, match="send_messages"):
        client.send_messages([], **arguments)
    with pytest.raises(ConfigurationError, match="iterable, not int"):
        client.send_messages(1)


def test_an_asynchronous_source_needs_the_asynchronous_client() -> None:
    client = DataStream(**options("http://127.0.0.1:1"))
    with pytest.raises(ConfigurationError, match="AsyncDataStream takes it"):
        client.send_messages(as_async([]))  # type: ignore[arg-type]


def test_asyncio_is_needed(server: Server) -> None:
    """As under trio: no event loop of asyncio runs."""
    sending = AsyncDataStream(**options(server)).send_messages(messages(1))
    step = sending.__anext__()
    with pytest.raises(ConfigurationError, match="no asyncio event loop"):
        step.send(None)


def test_what_it_says_of_itself(server: Server) -> None:
    made = options(server)
    with DataStream(**made).send_messages([], concurrency=3, ordered="key") as sending:
        assert repr(sending) == f"Sending({server.url}, concurrency=3, ordered='key')"
    sent = AsyncDataStream(**made).send_messages([])
    assert repr(sent) == f"AsyncSending({server.url}, concurrency=64)"
    asyncio.run(sent.aclose())


def test_the_options_of_a_twin_are_used() -> None:
    """Its timeout and its retries."""
    last = 2
    with (
        Server(lambda r: Reply(b"" if r.number == last else answer(429))) as server,
        DataStream(**options(server)) as ds,
    ):
        twin = ds.with_options(timeout=0.2, retry=Retry(max_attempts=5))
        (delivery,) = twin.send_messages(messages(1))
    assert delivery.attempts == last + 1
    assert isinstance(delivery.error, TransportError)
    assert isinstance(delivery.error.__cause__, TimeoutError)


@every_form
def test_a_line_for_each_message(form: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    answers = iter([Reply(answer(429)), Reply(answer()), Reply(answer(400))])
    with Server(lambda request: next(answers)) as server:
        send(form, server, messages(2), concurrency=1, client={"retry": Retry()})
    lines = [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name == "ncloud_datastream"
    ]
    assert [level for level, _ in lines] == ["INFO", "DEBUG", "DEBUG"]
    retry, delivered, rejected = (text for _, text in lines)
    assert re.search(r"429.*\. Retrying in \d\.\d s\.$", retry)
    assert re.fullmatch(r"sendMessage: DELIVERED, attempts 2, \d+\.\d ms", delivered)
    assert re.fullmatch(r"sendMessage: REJECTED BadRequestError, attempts 1, \d+\.\d ms", rejected)
