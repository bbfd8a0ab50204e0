"""Which proxy is taken to a server, who speaks to it, and which are refused."""

from __future__ import annotations

import ssl
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Credentials,
    DataStream,
)
from ncloud_datastream.calls.servers import Server
from ncloud_datastream.wire import proxies
from ncloud_datastream.wire.network import Network
from ncloud_datastream.wire.proxies import proxy_for

KEYS = Credentials("AK", "SK")
TLS = ssl.create_default_context()  # made once: it takes most of the time of a client
SERVERS = {
    name: Server.at(name, url)
    for name, url in {"one": "https://one.example", "other": "http://127.0.0.1:1"}.items()
}

each_client = pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])


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
    with pytest.raises(ConfigurationError, match="in plain text"):
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


@pytest.fixture
def socks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What httpx needs for SOCKS is installed."""
    stand_in = ModuleType("socksio")
    stand_in.__spec__ = ModuleSpec("socksio", None)
    monkeypatch.setitem(sys.modules, "socksio", stand_in)


def network(proxy: Any = None) -> Network:
    only = {"one": SERVERS["one"]} if proxy is not None else SERVERS
    return Network.of(only, TLS, proxy)


@pytest.mark.usefixtures("socks")
def test_http_proxies_are_spoken_to_here_and_all_others_by_httpx(
    environment: dict[str, str],
) -> None:
    direct = network().routes["one"]
    assert (direct.proxy, direct.httpx_proxy, direct.tls) == (None, None, TLS)
    for given in ("http://u:p@p.example:1", httpx.Proxy("http://p.example:1")):
        route = network(given).routes["one"]
        assert route.proxy is not None
        assert route.httpx_proxy is None
    for given in (
        "https://p.example:1",
        "socks5://p.example:1",
        httpx.Proxy("http://p.example:1", ssl_context=TLS),
    ):
        route = network(given).routes["one"]
        assert route.proxy is None
        assert isinstance(route.httpx_proxy, httpx.Proxy)
    environment["https"] = "http://p.example:1"
    routes = network().routes
    assert routes["one"].proxy is not None
    assert (routes["other"].proxy, routes["other"].httpx_proxy) == (None, None)
    assert routes["other"].tls is None


@each_client
def test_a_proxy_that_needs_what_is_not_installed(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    for url in ("socks5://u:hunter2@p:1", "ftp://u:hunter2@p:1"):
        with pytest.raises(ConfigurationError, match="proxy cannot be used") as caught:
            kind(KEYS, verify=TLS, proxy=url)
        assert "hunter2" not in str(caught.value)


def test_a_scheme_that_this_httpx_does_not_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refuses:
        def __init__(self, url: object) -> None:
            raise ValueError(f"Unknown scheme for proxy URL {url!r}")

    monkeypatch.setattr(httpx, "Proxy", Refuses)
    with pytest.raises(ConfigurationError, match="proxy cannot be used") as caught:
        network("socks5h://u:hunter2@p.example:1")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        ("http://user:pass@proxy.test:3128", "http://proxy.test:3128"),
        ("https://user:pass@proxy.test:8443", "https://proxy.test:8443"),
        (None, None),
    ],
)
def test_proxies_are_shown_without_their_credentials(proxy: str | None, shown: str | None) -> None:
    with DataStream(Credentials("AK", "SK"), proxy=proxy) as ds:
        assert ds.proxies == {"management": shown, "message": shown}


def test_httpx_is_told_of_an_http_proxy_too() -> None:
    url = "https://service.test"
    server = Server.at("management", url)
    network = Network.of({"management": server}, ssl.create_default_context(), "http://a:b@p.test")
    with network.transport(server, httpx.Limits()) as transport:
        assert isinstance(transport, httpx.HTTPTransport)
