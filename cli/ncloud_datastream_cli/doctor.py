"""``doctor``: diagnose why this machine cannot use Data Stream.

It changes nothing: it requests the prefix and the list of topics, and sends a message to a topic
name outside the account's prefix, which cannot exist.
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click
import httpx
from jmespath.parser import ParsedResult
from ncloud_datastream import (
    ApiError,
    AuthenticationError,
    DataStream,
    DataStreamError,
    Retry,
    TransportError,
)
from ncloud_datastream.retry import http_date

from . import debug, failure, session, terminal
from .commands import example
from .output import show

TIMEOUT = 10.0
"""Timeout of each check, in seconds."""

CLOCK_WARNING = 60.0
"""Clock skew, in seconds, from which a warning is given."""


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    what: str
    says: str
    code: int = 0
    remedy: str = ""


@click.command(epilog=example(("doctor",)))
@session.output_option
@session.connection_options
def doctor(output: str, query: ParsedResult | None, **options: Any) -> int:
    """Check keys, clock, network and permissions, and suggest fixes.

    Nothing is changed. The check of the message host sends a message to a random topic name that
    cannot belong to the account.
    """
    code = 0
    findings = _examine(options)
    if output != "table":
        all_findings = list(findings)
        show([_as_json(each) for each in all_findings], output, query)
        return next((each.code for each in all_findings if each.code), 0)
    for finding in findings:
        mark = "!!" if finding.code or finding.remedy else "ok"
        terminal.out(terminal.safe(f"{mark}  {finding.what:<12} {finding.says}"))
        if finding.remedy:
            terminal.out(f"    {'':<12} {finding.remedy}")
        terminal.flush()
        code = code or finding.code
    return code


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.what,
        "ok": not (finding.code or finding.remedy),
        "says": finding.says,
        "next": finding.remedy or None,
    }


def _examine(options: dict[str, Any]) -> Iterator[Finding]:
    debug = options.pop("debug")
    try:
        credentials = session.find_credentials(options["profile"])
    except DataStreamError as error:
        yield Finding("credentials", str(error), failure.CREDENTIALS)
        return
    yield Finding("credentials", f"{credentials.access_key} from {credentials.source}")

    options["timeout"] = options["timeout"] or TIMEOUT
    with session.client(options | {"debug": False}, retry=Retry(max_attempts=1)) as ds:
        reached = True
        for name, place in ds.urls.items():
            for finding in _network(name, httpx.URL(place), ds.proxies[name]):
                reached = reached and finding.code == 0
                yield finding
        if reached:
            yield from _service(ds, show=debug)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _network(name: str, url: httpx.URL, proxy: str | None) -> Iterator[Finding]:
    if _is_loopback(url.host):
        yield Finding(name, f"{url}: loopback; DNS and TLS are not checked")
        return
    if url.scheme == "http":
        yield Finding(
            name, f"{url}: plain http, allowed by --insecure-host or the environment; not encrypted"
        )
        return
    if proxy is not None:
        yield Finding(
            name, f"{url}: through a proxy set in the environment; DNS and TLS are not checked"
        )
        return
    try:
        port = url.port or 443
        address = socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)[0][4]
    except OSError as error:
        yield Finding(
            name,
            f"DNS: {url.host}: {error.strerror}",
            failure.NO_RESPONSE,
            "Check the URL and this machine's DNS.",
        )
        return
    try:
        with (
            socket.create_connection((str(address[0]), port), timeout=TIMEOUT) as plain,
            httpx.create_ssl_context().wrap_socket(plain, server_hostname=url.host) as secure,
        ):
            version = secure.version()
    except ssl.SSLError as error:
        yield Finding(
            name,
            f"TLS: {url.host}: {getattr(error, 'reason', None) or error}",
            failure.NO_RESPONSE,
            "Check this machine's clock, its CA certificates and any TLS-inspecting proxy.",
        )
        return
    except OSError as error:
        yield Finding(
            name,
            f"{url.host} ({address[0]}): {error.strerror or error}",
            failure.NO_RESPONSE,
            "Check the firewall and routes: outbound connections to port 443 must be allowed.",
        )
        return
    yield Finding(name, f"{url}: {address[0]}, {version}")


def _service(ds: DataStream, *, show: bool) -> Iterator[Finding]:
    dates: list[float] = []
    if show:
        debug.show_exchanges()
    hooks = ds.client.get_httpx_client().event_hooks
    hooks["response"].append(lambda response: _note_date(response, dates))
    ds.client.get_httpx_client().event_hooks = hooks

    prefix, finding = _request("keys", lambda: ds.get_topic_prefix().prefix, "accepted, prefix {}")
    if dates:
        yield _clock(dates[0])
    yield finding
    if not isinstance(prefix, str):
        return
    yield _request("permissions", lambda: len(ds.list_topics()), "may list topics; there are {}")[1]
    yield _messages(ds, prefix)


def _request(what: str, call: Callable[[], object], words: str) -> tuple[object, Finding]:
    try:
        found = call()
    except DataStreamError as error:
        return None, Finding(
            what,
            f"{type(error).__name__}: {error}",
            failure.exit_code(error),
            "Compare both keys with the console and check the policies of the sub account."
            if isinstance(error, AuthenticationError)
            else "",
        )
    return found, Finding(what, words.format(found))


def _messages(ds: DataStream, prefix: str) -> Finding:
    if not prefix:
        return Finding("messages", "not checked: without a prefix, any topic name could exist")
    accepted = Finding("messages", "keys accepted (our reading of the response)")
    # Without the account's prefix, the name cannot be one of its topics.
    name = f"{'b' if prefix[0] == 'a' else 'a'}-doctor-{secrets.token_hex(8)}"
    try:
        ds.send_message(topic=name, key="doctor", value="doctor")
    except ApiError as error:
        if error.status_code != 401:
            return accepted
        return Finding(
            "messages",
            f"keys rejected: {error.detail or error.title or error}",
            failure.CREDENTIALS,
            "The keys of a main account cannot send messages. Use those of a sub account.",
        )
    except TransportError as error:
        return Finding("messages", str(error), failure.NO_RESPONSE)
    except DataStreamError:
        pass  # a response nonetheless, and not a 401
    return accepted


def _note_date(response: httpx.Response, dates: list[float]) -> None:
    theirs = http_date(response.headers.get("Date"))
    if theirs is not None:
        dates.append(theirs - time.time())


def _clock(offset: float) -> Finding:
    if abs(offset) < CLOCK_WARNING:
        return Finding("clock", "within a minute of the service's clock")
    return Finding(
        "clock",
        f"{abs(offset):.0f} s {'behind' if offset > 0 else 'ahead of'} the service's clock",
        0,
        "The client compensates for the clock skew when it signs, but synchronize the clock.",
    )
