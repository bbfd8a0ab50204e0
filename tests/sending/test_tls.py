"""TLS: the certificate must be trusted and issued for the host."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from ncloud_datastream import Outcome, TransportError
from sending.sendings import every_loop, messages, send
from sending.server import Reply, Server, answer

CERTIFICATES = Path(__file__).parent / "tls"


def pair(name: str) -> tuple[str, str]:
    return str(CERTIFICATES / f"{name}.pem"), str(CERTIFICATES / f"{name}.key")


def trusting(name: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATES / f"{name}.pem")


@every_loop
def test_messages_are_sent_over_tls_with_the_host_name(form: str) -> None:
    names: list[Any] = []
    with Server(tls=pair("localhost"), on_name=names.append) as server:
        sent = messages(50)
        result = send(form, server, sent, concurrency=4, client={"verify": trusting("localhost")})
    result.check(sent)
    assert result.outcomes == {Outcome.DELIVERED: 50}
    assert server.connections <= 4
    assert set(names) == {"localhost"}


@every_loop
@pytest.mark.parametrize(
    ("served", "trusted"), [("elsewhere", "elsewhere"), ("localhost", "elsewhere")]
)
def test_an_untrusted_certificate_or_one_for_another_host_is_rejected(
    form: str, served: str, trusted: str
) -> None:
    with Server(tls=pair(served)) as server:
        sent = messages(2)
        result = send(form, server, sent, client={"verify": trusting(trusted)})
        assert server.received == []
    result.check(sent)
    assert result.outcomes == {Outcome.UNSENT: 2}
    error = result.deliveries[0].error
    assert isinstance(error, TransportError)
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)
    assert not error.retryable


@every_loop
def test_verify_false_accepts_any_certificate(form: str) -> None:
    with Server(tls=pair("elsewhere")) as server:
        result = send(form, server, messages(2), client={"verify": False})
    assert result.outcomes == {Outcome.DELIVERED: 2}


@every_loop
def test_large_messages_and_responses_pass(form: str) -> None:
    body = b'{"status":200,"detail":"' + b"x" * 3_000_000 + b'"}'
    sent = [message._replace(value="x" * 3_000_000) for message in messages(3)]
    with Server(lambda r: Reply(answer(200, body)), tls=pair("localhost")) as server:
        result = send(form, server, sent, client={"verify": trusting("localhost")})
        assert server.values == [message.value for message in sent]
    assert result.outcomes == {Outcome.DELIVERED: 3}
