"""Failures that affect every message stop the run after a few; others do not."""

from __future__ import annotations

import pytest
from ncloud_datastream import (
    AuthenticationError,
    ConfigurationError,
    Message,
    NotFoundError,
    Outcome,
    PermissionDeniedError,
)
from sending.sendings import Counted, every_form, messages, opened, send, whole
from sending.server import Reply, Request, Server, answer

DELIVERED, REJECTED, UNSENT = Outcome.DELIVERED, Outcome.REJECTED, Outcome.UNSENT


@every_form
@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthenticationError), (403, PermissionDeniedError), (404, NotFoundError)],
)
def test_five_rejections_for_rights_or_topic_stop_the_run(
    form: str, status: int, kind: type[Exception]
) -> None:
    source = Counted(messages(100_000))
    with Server(lambda r: Reply(answer(status, b"{}"))) as server:
        result = send(form, server, source, concurrency=4)
    outcomes = whole(result.deliveries, source.taken).outcomes
    assert outcomes.keys() <= {REJECTED, UNSENT}
    assert 5 <= outcomes[REJECTED] <= 16
    assert source.taken <= 24
    assert type(result.failure) is kind


@every_form
@pytest.mark.parametrize(
    ("status", "accepted"), [(403, lambda n: n % 2 == 0), (404, lambda n: n == 0)]
)
def test_a_topic_that_is_rejected_among_others_does_not_stop_the_run(
    form: str, status: int, accepted: type[bool]
) -> None:
    def behave(request: Request) -> Reply:
        return Reply(answer() if accepted(int(request.value)) else answer(status, b"{}"))

    with Server(behave) as server:
        sent = [Message("t", "k", str(n)) for n in range(50)]
        result = send(form, server, sent, concurrency=1)
    result.check(sent)
    assert result.failure is None
    assert result.outcomes.keys() == {DELIVERED, REJECTED}


@every_form
def test_closing_the_client_stops_the_run(form: str, server: Server) -> None:
    source = Counted(messages(1000))
    got = []
    with opened(form, server) as ds:
        sending = ds.send_messages(source, concurrency=4)
        with pytest.raises(ConfigurationError, match="closed"), sending:
            for delivery in sending:
                got.append(delivery)
                ds.close()
        whole(got + sending.unfinished, source.taken)
    assert {delivery.outcome for delivery in got} <= {DELIVERED, UNSENT}


@every_form
def test_a_clock_skew_is_corrected_once_for_all_messages(form: str) -> None:
    def behave(request: Request) -> Reply:
        theirs = 1_795_000_000 + 3600
        skew = abs(int(request.headers["x-ncp-apigw-timestamp"]) / 1000 - theirs)
        if skew < 300:
            return Reply(answer())
        return Reply(answer(401, b"{}", "Date: Wed, 18 Nov 2026 12:06:40 GMT"))

    with Server(behave) as server:
        client = {"clock": lambda: 1_795_000_000.0}
        result = send(form, server, messages(50), client=client, concurrency=8)
        assert result.outcomes == {DELIVERED: 50}
        assert {delivery.attempts for delivery in result.deliveries} == {1}
        assert len(server.received) <= 58
