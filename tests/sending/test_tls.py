"""TLS: the certificate must be trusted and made out for the host."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from ncloud_datastream import Outcome, TransportError
from sending.sendings import every_form, messages, send
from sending.server import Reply, Server, answer

CERTIFICATES = Path(__file__).parent / "tls"


def pair(name: str) -> tuple[str, str]:
    return str(CERTIFICATES / f"{name}.pem"), str(CERTIFICATES / f"{name}.key")


def trusting(name: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATES / f"{name}.pem")


@every_form
def test_messages_over_tls(form: str) -> None:
    with Server(tls=pair("localhost")) as server:
        sent = messages(50)
        result = send(form, server, sent, concurrency=4, client={"verify": trusting("localhost")})
    result.check(sent)
    assert result.outcomes == {Outcome.DELIVERED: 50}
    assert server.connections <= 4


@every_form
def test_the_name_of_the_host_is_sent(form: str) -> None:
    """Servers with many names choose their certificate by it."""
    names: list[Any] = []
    with Server(tls=pair("localhost"), on_name=names.append) as server:
        send(form, server, messages(1), client={"verify": trusting("localhost")})
    assert names == ["localhost"]


@every_form
@pytest.mark.parametrize(
    ("served", "trusted"), [("elsewhere", "elsewhere"), ("localhost", "elsewhere")]
)
def test_a_certificate_that_is_not_good(form: str, served: str, trusted: str) -> None:
    """One for another host, and one of nobody we know."""
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


@every_form
def test_a_certificate_is_not_looked_at_where_the_user_says_so(form: str) -> None:
    with Server(tls=pair("elsewhere")) as server:
        result = send(form, server, messages(2), client={"verify": False})
    assert result.outcomes == {Outcome.DELIVERED: 2}


@every_form
@pytest.mark.parametrize("then", ["close", "reset"])
def test_the_connection_ends_before_the_answer(form: str, then: Any) -> None:
    with Server(lambda r: Reply(b"HTTP/1.1 200", then), tls=pair("localhost")) as server:
        result = send(form, server, messages(1), client={"verify": trusting("localhost")})
    assert result.only.outcome is Outcome.UNKNOWN


@every_form
def test_a_large_message_and_answer(form: str) -> None:
    body = b'{"status":200,"detail":"' + b"x" * 3_000_000 + b'"}'
    sent = [message._replace(value="x" * 3_000_000) for message in messages(3)]
    with Server(lambda r: Reply(answer(200, body)), tls=pair("localhost")) as server:
        result = send(form, server, sent, client={"verify": trusting("localhost")})
        assert server.values == [message.value for message in sent]
    assert result.outcomes == {Outcome.DELIVERED: 3}
