"""The arguments of `send_messages`, its progress, and runs that are never iterated."""

from __future__ import annotations

import contextlib
import gc
import warnings
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
    every_form,
    messages,
    opened,
    options,
    send,
    whole,
)
from sending.server import Reply, Server, answer


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


def test_the_options_of_with_options_are_used() -> None:
    last = 2
    with (
        Server(lambda r: Reply(b"" if r.number == last else answer(429))) as server,
        DataStream(**options(server)) as ds,
    ):
        other = ds.with_options(timeout=0.2, retry=Retry(max_attempts=5))
        (delivery,) = other.send_messages(messages(1))
    assert delivery.attempts == last + 1
    assert isinstance(delivery.error, TransportError)
    assert isinstance(delivery.error.__cause__, TimeoutError)


@pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])
@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        *[(source, {}) for source in ("text", b"bytes", Message("t", "k", "v"), 7)],
        ([], {"concurrency": 0}),
        ([], {"ordered": "topic"}),
        ([], {"rate": 0}),
        ([], {"progress": 1}),
    ],
)
def test_invalid_arguments_are_rejected_at_the_call(
    kind: Any, source: Any, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match="send_messages"):
        kind(**options("http://127.0.0.1:1")).send_messages(source, **arguments)


@pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])
def test_a_run_that_is_never_iterated_warns(kind: Any, server: Server) -> None:
    ds = kind(**options(server))
    with pytest.warns(RuntimeWarning, match=r"nothing was sent because .* never iterated"):
        ds.send_messages(messages(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConfigurationError):
            ds.send_messages(messages(1), concurrency=0)
        gc.collect()


@every_form
def test_run_sends_everything_and_returns_the_final_progress(form: str, server: Server) -> None:
    with opened(form, server) as ds:
        sending = ds.send_messages(messages(20), concurrency=3, ordered="key")
        kind = "Sending" if form == "blocking" else "AsyncSending"
        assert repr(sending) == f"{kind}({server.url}, concurrency=3, ordered='key')"
        assert sending.progress.total == 0
        progress = sending.run()
        assert (progress.delivered, progress.total) == (20, 20)
        assert sending.progress.delivered == 20


def test_an_error_does_not_hold_the_message_a_second_time() -> None:
    value = "x" * 1000
    with Server(lambda request: Reply(answer(400))) as server:
        (delivery,) = send("blocking", server, [Message("t", "k", value)]).deliveries
    error: Any = delivery.error
    assert delivery.message.value is value
    assert value.encode() not in error.response.request.content
    assert error.response.request.headers["x-ncp-apigw-signature-v2"] == "***"
