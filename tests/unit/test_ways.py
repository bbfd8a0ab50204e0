"""Which way requests take to the servers: transports, proxies, and what every request carries."""

from __future__ import annotations

import os
import ssl
import sys
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Credentials,
    DataStream,
    proxies,
    servers,
    transports,
)
from ncloud_datastream.calls.attempt import Attempt, current
from ncloud_datastream.calls.headers import standard_headers
from ncloud_datastream.wire.proxies import proxy_for

KEYS = Credentials("AK", "SK")
TLS = ssl.create_default_context()  # made once: it takes most of the time of a client
URLS = {"one": "https://one.example", "other": "http://127.0.0.1:1"}
REQUEST = httpx.Request("GET", "http://127.0.0.1:1/")

each_client = pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])


# --- proxies


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the environment says of proxies."""
    found: dict[str, str] = {}
    monkeypatch.setattr(proxies, "getproxies", lambda: found)
    monkeypatch.setattr(proxies, "proxy_bypass", lambda host: host == "direct.example")
    return found


@pytest.mark.parametrize(
    ("url", "settings", "expected"),
    [
        ("https://h.example", {}, None),
        ("https://h.example", {"https": "http://p:1"}, "http://p:1"),
        ("https://h.example", {"https": "p:1"}, "http://p:1"),
        ("https://h.example", {"all": "socks5://p:1"}, "socks5://p:1"),
        ("https://h.example", {"all": "http://p:1", "https": "http://q:1"}, "http://q:1"),
        ("https://h.example", {"http": "http://p:1"}, None),
        ("https://direct.example", {"https": "http://p:1"}, None),
        ("http://127.0.0.1:1", {"http": "http://p:1", "all": "http://p:1"}, None),
    ],
)
def test_of_the_environment(
    url: str, settings: dict[str, str], expected: str | None, environment: dict[str, str]
) -> None:
    environment.update(settings)
    assert proxy_for(url, None) == expected


def test_one_that_was_given(environment: dict[str, str]) -> None:
    environment["https"] = "http://p:1"
    assert proxy_for("https://direct.example", "http://given:1") == "http://given:1"
    with pytest.raises(ConfigurationError, match="in clear"):
        proxy_for("http://127.0.0.1:1", "http://given:1")


HOST = "https://api.host.example"


@pytest.mark.parametrize(
    ("names", "excepted"),
    [
        ("", False),
        ("*", True),
        ("other.example, *", True),
        ("api.host.example", True),
        ("host.example", True),
        (".host.example", True),
        ("API.Host.EXAMPLE", True),
        ("host.example.", True),
        ("other.example,host.example", True),
        ("other.example host.example", True),
        ("ost.example", False),
        ("i.host.example", False),
        ("x.api.host.example", False),
        ("host.example:443", True),
        ("api.host.example:443", True),
        (".host.example:443", True),
        ("*:443", True),
        ("host.example:8443", False),
        ("*:80", False),
        ("https://host.example", True),
        ("https://api.host.example:443/", True),
        ("https://*", True),
        ("http://host.example", False),
        ("host.example:port", False),
        ("https://", False),
        ("://", False),
        (":443", False),
        (".", False),
        ("user@host.example", False),
        ("host.example/path", False),
        ("[", False),
    ],
)
def test_who_is_excepted(names: str, excepted: bool, environment: dict[str, str]) -> None:
    environment.update({"https": "http://p:1", "no": names})
    assert proxy_for(HOST, None) == (None if excepted else "http://p:1")


@pytest.mark.parametrize(
    ("url", "names", "excepted"),
    [
        ("https://192.0.2.1:8443", "192.0.2.1", True),
        ("https://192.0.2.1:8443", "192.0.2.1:8443", True),
        ("https://192.0.2.1:8443", "2.1", True),
        ("https://[2001:db8::1]", "2001:db8::1", True),
        ("https://[2001:db8::1]", "[2001:db8::1]:443", True),
        ("https://[2001:db8::1]", "[2001:db8::1]:80", False),
        ("https://[2001:db8::1]", "2001:db8::2", False),
        ("https://host.example.", "host.example", True),
    ],
)
def test_which_addresses_are_excepted(
    url: str, names: str, excepted: bool, environment: dict[str, str]
) -> None:
    environment.update({"https": "http://p:1", "no": names})
    assert (proxy_for(url, None) is None) == excepted


NO_PROXY_URL = [
    "http://user:hunter2#x@host:3128",
    "http://user:hunter2/x@host:3128",
    "http://user:hunter2?x@host:3128",
    "http://user:12/hunter2@host:3128",
    "http://host:hunter2",
    "http://hunter2@",
    "http://hunter2@:3128",
    "http://xn--/?hunter2",
    "http://xn--:80",
    "http://host:99999",
    "http://[::1",
    "",
]


@pytest.mark.parametrize("text", NO_PROXY_URL)
@each_client
def test_what_is_no_proxy_is_refused_when_a_client_is_made(
    kind: Any, text: str, environment: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ConfigurationError, match=r"^The proxy cannot be used: it must") as one:
        kind(KEYS, verify=TLS, proxy=text)
    shown = str(one.value)
    if text:
        environment["https"] = text
        with pytest.raises(ConfigurationError, match=r"^The environment's proxy \(https_") as two:
            kind(KEYS, verify=TLS)
        assert two.value.__cause__ is None
        shown += str(two.value)
    assert "hunter2" not in shown + caplog.text
    assert one.value.__cause__ is None


@pytest.mark.parametrize("text", ["ftp://user:hunter2@host", "socks4://host", "ws://host:1"])
def test_which_proxies_there_are(text: str) -> None:
    with pytest.raises(ConfigurationError, match="its scheme must be http, https, socks5") as found:
        proxy_for(HOST, text)
    assert "hunter2" not in str(found.value)


@pytest.mark.parametrize(
    "given",
    [
        "http://user:p%40ss%3Aword@host:3128",
        "http://user:pa@ss:word@host:3128",
        "http://host:3128/",
        "https://host",
        "socks5h://[2001:db8::1]:1080",
        httpx.URL("http://host:3128"),
        httpx.Proxy("http://host:3128", auth=("user", "pa@ss:word")),
    ],
)
def test_a_proxy_is_taken_as_it_was_given(given: Any) -> None:
    assert proxy_for(HOST, given) is given


def test_what_is_no_proxy_at_all() -> None:
    with pytest.raises(ConfigurationError, match="cannot be used: it must be a URL"):
        proxy_for(HOST, 5)  # type: ignore[arg-type]


@each_client
def test_who_goes_through_httpx(kind: Any, environment: dict[str, str]) -> None:
    def only(**options: Any) -> bool:
        found = kind(KEYS, verify=TLS, **options)._setup.only_httpx
        assert isinstance(found, bool)
        return found

    assert not only()
    assert only(proxy="http://p:1")
    assert only(transport=httpx.MockTransport(lambda request: httpx.Response(200)))
    environment["https"] = "http://p:1"
    assert only()
    assert not only(message_url="http://127.0.0.1:1")


@each_client
def test_a_proxy_that_needs_what_is_not_installed(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    for url in ("socks5://p:1", "ftp://p:1"):
        with pytest.raises(ConfigurationError, match="proxy cannot be used"):
            kind(KEYS, verify=TLS, proxy=url)


# --- transports


class Line(httpx.MockTransport):
    """A transport that says whether it was closed."""

    def __init__(self) -> None:
        super().__init__(lambda request: httpx.Response(200))
        self.closed = False

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def of_threads() -> Any:
    return transports.sync_transport(URLS, TLS, None)


def of_tasks() -> Any:
    return transports.async_transport(URLS, TLS, None)


def replaced(transport: Any) -> list[Line]:
    """Put lines in the place of its transports."""
    transport._transports = {each: Line() for each in transport._transports}
    return list(transport._transports.values())


def test_each_server_has_its_connections() -> None:
    expected = {servers.origin(httpx.URL(url)) for url in URLS.values()}
    transport = of_threads()
    assert set(transport._transports) == set(of_tasks()._transports) == expected
    for each in transport._transports.values():
        assert each._pool._max_connections == transports.THREADS
        assert each._pool._max_keepalive_connections == transports.THREADS
        each.close()


async def test_all_are_closed() -> None:
    transport = of_threads()
    lines = replaced(transport)
    transport.close()
    assert [line.closed for line in lines] == [True, True]
    transport = of_tasks()
    lines = replaced(transport)
    await transport.aclose()
    assert [line.closed for line in lines] == [True, True]


def test_an_answer_knows_whether_the_client_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    monkeypatch.setattr(transports, "retire", lambda *_, closed: told.append(closed))
    transport = of_threads()
    replaced(transport)
    first, second = (transport.handle_request(REQUEST).stream for _ in range(2))
    first.close()
    transport.close()
    second.close()
    assert told == [False, True]


def test_a_child_has_connections_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = of_threads()
    lines = replaced(transport)
    transport.handle_request(REQUEST)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    transport.close()
    assert [line.closed for line in lines] == [False, False]


async def test_from_here_on_it_is_known_what_was_written() -> None:
    for transport in (of_threads(), of_tasks()):
        replaced(transport)
        attempt = Attempt(0.0)
        assert (attempt.watched, attempt.written) == (False, False)
        attempt.written = True
        token = current.set(attempt)
        try:
            if isinstance(transport, httpx.BaseTransport):
                transport.handle_request(REQUEST)
            else:
                await transport.handle_async_request(REQUEST)
        finally:
            current.reset(token)
        assert (attempt.watched, attempt.written) == (True, False)


def test_what_httpcore_traces() -> None:
    """The first byte is written with the head, and not with what is said to a proxy."""

    class Request:
        def __init__(self, method: bytes) -> None:
            self.method = method

    attempt = Attempt(0.0)
    attempt.trace("connection.close.started", {})
    assert (attempt.watched, attempt.written) == (True, False)
    attempt.trace("http11.send_request_headers.started", {"request": Request(b"CONNECT")})
    assert not attempt.written
    attempt.trace("http11.send_request_headers.started", {"request": Request(b"POST")})
    assert attempt.written
    attempt.trace("http11.receive_response_headers.started", {})
    assert attempt.written
    attempt.trace("connection.connect_tcp.started", {})
    assert not attempt.written


# --- headers, and the generated client inside


def test_what_every_request_carries() -> None:
    major, minor = sys.version_info[:2]
    found = standard_headers("my-app/1.2 (x)")
    assert set(found) == {"Accept", "Accept-Encoding", "User-Agent"}
    assert found["Accept-Encoding"] == "identity"
    own = standard_headers()["User-Agent"]
    assert f" (python {major}.{minor}; httpx {httpx.__version__})" in own
    assert found["User-Agent"] == f"{own} my-app/1.2 (x)"


@pytest.mark.parametrize("words", ["", " x", "x ", "x  y", "x\ny", "ä", b"x", 5])
def test_words_that_no_header_can_have(words: Any) -> None:
    with pytest.raises(ConfigurationError, match="user_agent must be words"):
        standard_headers(words)


@each_client
def test_the_client_inside_raises_what_the_document_does_not_name(kind: Any) -> None:
    assert kind(KEYS, verify=TLS).client.raise_on_unexpected_status is True


def test_a_proxy_that_cannot_be_used() -> None:
    with pytest.raises(ConfigurationError, match="proxy cannot be used"):
        DataStream(KEYS, proxy="ftp://127.0.0.1:9")
