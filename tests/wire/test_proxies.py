"""Proxy selection: the argument, the environment and NO_PROXY; invalid proxies are rejected."""

from __future__ import annotations

import ssl
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    ConfigurationError,
    Credentials,
    DataStream,
)
from ncloud_datastream.calls.servers import Server
from ncloud_datastream.wire import proxies
from ncloud_datastream.wire.network import Network
from ncloud_datastream.wire.proxies import proxy_for
from wire.helpers import each_client

KEYS = Credentials("AK", "SK")
HOST = "https://api.host.example"
TLS = ssl.create_default_context()  # shared: creating it takes most of the time of a client
SERVERS = {
    name: Server.at(name, url)
    for name, url in {"one": "https://one.example", "other": "http://127.0.0.1:1"}.items()
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The proxy settings of the environment."""
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
def test_the_environment_names_the_proxy(
    url: str, settings: dict[str, str], expected: str | None, environment: dict[str, str]
) -> None:
    environment.update(settings)
    assert proxy_for(url, None) == expected


def test_a_given_proxy_takes_precedence_but_not_for_plain_http(environment: dict[str, str]) -> None:
    environment["https"] = "http://p:1"
    assert proxy_for("https://direct.example", "http://given:1") == "http://given:1"
    with pytest.raises(ConfigurationError, match="in plain text"):
        proxy_for("http://127.0.0.1:1", "http://given:1")


@pytest.mark.parametrize(
    ("names", "excluded", "url"),
    [
        ("192.0.2.1", True, "https://192.0.2.1:8443"),
        ("192.0.2.1:8443", True, "https://192.0.2.1:8443"),
        ("2.1", True, "https://192.0.2.1:8443"),
        ("2001:db8::1", True, "https://[2001:db8::1]"),
        ("[2001:db8::1]:443", True, "https://[2001:db8::1]"),
        ("[2001:db8::1]:80", False, "https://[2001:db8::1]"),
        ("2001:db8::2", False, "https://[2001:db8::1]"),
        ("host.example", True, "https://host.example."),
        ("", False, HOST),
        ("*", True, HOST),
        ("other.example, *", True, HOST),
        ("api.host.example", True, HOST),
        ("host.example", True, HOST),
        (".host.example", True, HOST),
        ("API.Host.EXAMPLE", True, HOST),
        ("host.example.", True, HOST),
        ("other.example,host.example", True, HOST),
        ("other.example host.example", True, HOST),
        ("ost.example", False, HOST),
        ("i.host.example", False, HOST),
        ("x.api.host.example", False, HOST),
        ("host.example:443", True, HOST),
        ("api.host.example:443", True, HOST),
        (".host.example:443", True, HOST),
        ("*:443", True, HOST),
        ("host.example:8443", False, HOST),
        ("*:80", False, HOST),
        ("https://host.example", True, HOST),
        ("https://api.host.example:443/", True, HOST),
        ("https://*", True, HOST),
        ("http://host.example", False, HOST),
        ("host.example:port", False, HOST),
        ("https://", False, HOST),
        ("://", False, HOST),
        (":443", False, HOST),
        (".", False, HOST),
        ("user@host.example", False, HOST),
        ("host.example/path", False, HOST),
        ("[", False, HOST),
    ],
)
def test_no_proxy_excludes_names_subdomains_and_addresses(
    names: str, excluded: bool, url: str, environment: dict[str, str]
) -> None:
    environment.update({"https": "http://p:1", "no": names})
    assert proxy_for(url, None) == (None if excluded else "http://p:1")


INVALID = [
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


@pytest.mark.parametrize("text", INVALID)
@each_client
def test_an_invalid_proxy_is_rejected_without_showing_it(
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


def test_unknown_schemes_and_types_are_rejected() -> None:
    for text in ("ftp://user:hunter2@host", "socks4://host", "ws://host:1"):
        with pytest.raises(ConfigurationError, match="scheme must be http, https, socks5") as found:
            proxy_for(HOST, text)
        assert "hunter2" not in str(found.value)
    with pytest.raises(ConfigurationError, match="cannot be used: it must be a URL"):
        proxy_for(HOST, 5)  # type: ignore[arg-type]


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
def test_a_valid_proxy_is_used_as_given(given: Any) -> None:
    assert proxy_for(HOST, given) is given


@pytest.fixture
def socks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that socksio, which httpx needs for SOCKS, is installed."""
    module = ModuleType("socksio")
    module.__spec__ = ModuleSpec("socksio", None)
    monkeypatch.setitem(sys.modules, "socksio", module)


def network(proxy: Any = None) -> Network:
    only = {"one": SERVERS["one"]} if proxy is not None else SERVERS
    return Network.of(only, TLS, proxy)


@pytest.mark.usefixtures("socks")
def test_only_plain_http_proxies_use_our_own_connections(
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
def test_a_proxy_whose_package_is_missing_is_rejected(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    for url in ("socks5://u:hunter2@p:1", "ftp://u:hunter2@p:1"):
        with pytest.raises(ConfigurationError, match="proxy cannot be used") as caught:
            kind(KEYS, verify=TLS, proxy=url)
        assert "hunter2" not in str(caught.value)


def test_a_scheme_that_httpx_does_not_support_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unsupported:
        def __init__(self, url: object) -> None:
            raise ValueError(f"Unknown scheme for proxy URL {url!r}")

    monkeypatch.setattr(httpx, "Proxy", Unsupported)
    with pytest.raises(ConfigurationError, match="proxy cannot be used") as caught:
        network("socks5h://u:hunter2@p.example:1")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_proxies_are_shown_without_their_credentials() -> None:
    for proxy, shown in (
        ("http://user:pass@proxy.test:3128", "http://proxy.test:3128"),
        ("https://user:pass@proxy.test:8443", "https://proxy.test:8443"),
        (None, None),
    ):
        with DataStream(KEYS, proxy=proxy, verify=TLS) as ds:
            assert ds.proxies == {"management": shown, "message": shown}


def test_an_httpx_transport_gets_the_http_proxy_too() -> None:
    server = SERVERS["one"]
    with network("http://a:b@p.test").transport(server, httpx.Limits()) as transport:
        assert isinstance(transport, httpx.HTTPTransport)
