"""What both kinds of a run promise, over a fake wire: start, end, errors, progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from ncloud_datastream import ConfigurationError, Delivery, Message, Outcome, Progress
from ncloud_datastream.sending import plan as plan_module
from ncloud_datastream.sending.asynchronous import AsyncSending
from ncloud_datastream.sending.blocking import Sending
from sending.fakes import Wire, answered, each, numbered, planned
from sending.sendings import Blocking, every_form

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED


@contextmanager
def sending(form: str, wire: Any, source: Any, **more: Any) -> Iterator[Any]:
    """A run; an asynchronous one behind a blocking view."""
    plan = planned(wire, **more)
    if form == "blocking":
        yield Sending(source, plan)
        return
    with start_blocking_portal() as portal:
        yield Blocking(portal.call(AsyncSending, source, plan), portal)


@every_form
def test_every_message_is_delivered_in_the_order_of_completion(form: str) -> None:
    wire = Wire()
    with sending(form, wire, numbered(50), concurrency=1) as sent:
        assert sent.unfinished == []
        got = list(sent)
        assert [delivery.index for delivery in got] == list(range(50))
        assert [delivery.message.value for delivery in got] == [str(n) for n in range(50)]
        assert {delivery.outcome for delivery in got} == {DELIVERED}
        assert (sent.unfinished, list(sent), wire.closed) == ([], [], 1)
    assert wire.values == [str(n) for n in range(50)]


@pytest.mark.parametrize("form", ["async", "blocking"])
@pytest.mark.parametrize("kind", [tuple, iter, each, lambda found: (m for m in found)])
def test_any_iterable_is_a_source(form: str, kind: Any) -> None:
    if (form, kind) == ("blocking", each):
        with pytest.raises(ConfigurationError, match="generator; AsyncDataStream takes it"):
            Sending(each([]), planned(None))  # type: ignore[arg-type]
        return
    with sending(form, Wire(), kind(numbered(3))) as sent:
        assert len(list(sent)) == 3


@pytest.mark.parametrize("kind", [Sending, AsyncSending])
def test_a_source_must_be_iterable(kind: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^send_messages: messages must be iterable, not int\.$"
    ):
        kind(5, planned(None))


@every_form
def test_a_run_starts_once(form: str) -> None:
    wires: list[Wire] = []

    def wire() -> Wire:
        wires.append(Wire())
        return wires[-1]

    with sending(form, wire, numbered(5), concurrency=1) as sent, sent:
        next(sent)
        with sent:
            pass
    (only,) = wires
    assert only.closed >= 1


@every_form
def test_a_run_that_was_closed_does_not_start(form: str) -> None:
    wire = Wire()
    with sending(form, wire, numbered(5)) as sent:
        sent.close()
        with sent:
            assert list(sent) == []
        with pytest.raises(LookupError), sent:
            raise LookupError
        assert (wire.begun, wire.closed, sent.unfinished) == ([], 0, [])


@every_form
def test_a_wire_that_cannot_be_created_stops_the_run(form: str) -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    with sending(form, broken, numbered(3)) as sent:
        with pytest.raises(ZeroDivisionError):
            next(sent)
        assert sent.unfinished == []


@every_form
def test_an_exception_of_the_source_is_raised_last_and_once(form: str) -> None:
    def source() -> Iterator[Message]:
        yield from numbered(3)
        raise LookupError

    got: list[Delivery] = []
    with sending(form, Wire(), source()) as sent:
        with pytest.raises(LookupError):
            got.extend(sent)
        assert [delivery.outcome for delivery in got] == [DELIVERED] * 3
        assert list(sent) == []


@every_form
def test_progress_is_reported_with_each_delivery_and_once_at_the_end(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "PROGRESS_EVERY", 0.0)
    seen: list[Progress] = []
    wire = Wire(lambda message, attempt: answered(400) if message.value == "2" else None)
    with sending(form, wire, numbered(3), concurrency=1, progress=seen.append) as sent:
        assert [delivery.outcome for delivery in sent] == [DELIVERED, DELIVERED, REJECTED]
        assert list(sent) == []
    counts = [(progress.delivered, progress.rejected) for progress in seen]
    assert (len(counts), counts[-1]) == (4, (2, 1))
    assert counts == sorted(counts)  # deliveries not handed out yet are included


@every_form
def test_a_last_progress_callback_that_raises_is_called_once(form: str) -> None:
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        raise LookupError

    with sending(form, Wire(), numbered(1), progress=report) as sent:
        next(sent)
        with pytest.raises(LookupError):
            next(sent)
        assert list(sent) == []
    assert len(seen) == 1
