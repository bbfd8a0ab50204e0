"""The addresses that a client is given, and the origins that it signs for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Credentials,
    DataStream,
    ForeignHostError,
    SignatureAuth,
)
from ncloud_datastream.calls import servers
from ncloud_datastream.calls.servers import base_urls, insecure_hosts, is_loopback, origin, origins
from ncloud_datastream_api.api import SERVERS

GOOD = {
    "https://datastream.example.com": "https://datastream.example.com",
    "https://datastream.example.com/": "https://datastream.example.com",
    "https://datastream.example.com:8443": "https://datastream.example.com:8443",
    "https://datastream.example.com:443": "https://datastream.example.com",
    "https://datastream.example.com:": "https://datastream.example.com",
    "https://datastream.example.com?": "https://datastream.example.com",
    "https://datastream.example.com/#": "https://datastream.example.com",
    "https://datastream.example.com./": "https://datastream.example.com.",
    "HTTPS://DataStream.EXAMPLE.com:443/": "https://datastream.example.com",
    "https://@datastream.example.com": "https://datastream.example.com",
    "https://192.0.2.1:1": "https://192.0.2.1:1",
    "https://192.0.2.1:65535": "https://192.0.2.1:65535",
    "https://[2001:db8::1]": "https://[2001:db8::1]",
    "https://데이터.example": "https://xn--2n1bp39av7g.example",
    "http://localhost:8765": "http://localhost:8765",
    "http://LOCALHOST": "http://localhost",
    "http://localhost:80": "http://localhost",
    "http://127.0.0.1:8765/": "http://127.0.0.1:8765",
    "http://127.8.9.10": "http://127.8.9.10",
    "http://[::1]:8765": "http://[::1]:8765",
}
NO_URL = "is no URL"
NO_USER = "holds a user name or password"
NOT_PRIVATE = "must be https://host"
TOO_MUCH = "must end after host and port"
BAD = {
    "": NOT_PRIVATE,
    "datastream.example.com": NOT_PRIVATE,
    "https://": NOT_PRIVATE,
    "https:///path": NOT_PRIVATE,
    "https:datastream.example.com": NOT_PRIVATE,
    "ftp://datastream.example.com": NOT_PRIVATE,
    "//datastream.example.com": NOT_PRIVATE,
    "http://datastream.example.com": NOT_PRIVATE,
    "http://192.0.2.1": NOT_PRIVATE,
    "http://0.0.0.0:8765": NOT_PRIVATE,
    "http://127.1": NOT_PRIVATE,
    "http://2130706433": NOT_PRIVATE,
    "http://localhost.example.com": NOT_PRIVATE,
    "http://127.0.0.1.example.com": NOT_PRIVATE,
    "http://[2001:db8::1]": NOT_PRIVATE,
    "https://user@datastream.example.com": NO_USER,
    "https://user:hunter2@datastream.example.com": NO_USER,
    "https://:@datastream.example.com": NO_USER,
    "https://datastream.example.com\\@example.org": NO_USER,
    "https://datastream.example.com/base": TOO_MUCH,
    "https://datastream.example.com//": TOO_MUCH,
    "https://datastream.example.com/%2e": TOO_MUCH,
    "https://datastream.example.com?a=b": TOO_MUCH,
    "https://datastream.example.com#top": TOO_MUCH,
    "https://datastream.example.com:99999": NO_URL,
    "https://datastream.example.com:0": NO_URL,
    "https://datastream.example.com:65536": NO_URL,
    "https://datastream.example.com:port": NO_URL,
    "https://[::1": NO_URL,
    "https://[fe80::1%25eth0]": NO_URL,
    "https://a b": NO_URL,
    "https://a%41.example.com": NO_URL,
    "https://a..example.com": NO_URL,
    "https://.example.com": NO_URL,
    f"https://{'a' * 64}.example.com": NO_URL,
    f"https://{'a.' * 127}example.com": NO_URL,
    "https://exa\nmple.com": NO_URL,
    "https://exa\x00mple.com": NO_URL,
    "https://\ud800.example.com": NO_URL,
    "https://ex\u00adample..com": NO_URL,
    "https://xn--": NO_URL,
    "https://xn--a.example.com": NO_URL,
    "https://xn--hunter2-\u00e4.example.com": NO_URL,
}

KEYS = Credentials("AK", "SK")

each_client = pytest.mark.parametrize("make", [DataStream, AsyncDataStream])


@pytest.mark.parametrize(("given", "used"), GOOD.items())
@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("place", ["argument", "environment"])
def test_what_a_client_goes_to(
    name: str, given: str, used: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert urls(name, given, place, monkeypatch) == {**SERVERS, name: used}


@pytest.mark.parametrize(("given", "why"), BAD.items(), ids=map(ascii, BAD))
@pytest.mark.parametrize("name", SERVERS)
def test_what_a_client_refuses(name: str, given: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}_url {why}") as caught:
        base_urls(**{f"{name}_url": given})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("given", "why"), BAD.items(), ids=map(ascii, BAD))
@pytest.mark.parametrize("name", SERVERS)
def test_what_a_client_refuses_of_the_environment(
    name: str, given: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"NCLOUD_DATASTREAM_{name.upper()}_URL"
    # As the system would hand it over, where no variable can hold such a text.
    monkeypatch.setattr("os.environ", {variable: given})
    if not given:
        assert base_urls() == SERVERS  # set to nothing is not set
        return
    with pytest.raises(ConfigurationError, match=f"^{variable} {why}") as caught:
        base_urls()
    assert "hunter2" not in str(caught.value)


def urls(name: str, given: str, place: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    if place == "argument":
        return base_urls(**{f"{name}_url": given})
    monkeypatch.setenv(f"NCLOUD_DATASTREAM_{name.upper()}_URL", f"  {given}\t")
    return base_urls()


def test_no_text_is_no_url() -> None:
    with pytest.raises(ConfigurationError, match="management_url is no URL"):
        base_urls(management_url=5)  # type: ignore[arg-type]


def test_by_default_it_is_the_documents() -> None:
    assert base_urls() == SERVERS


def test_an_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCLOUD_DATASTREAM_MANAGEMENT_URL", "https://environment.example")
    monkeypatch.setenv("NCLOUD_DATASTREAM_MESSAGE_URL", " ")
    assert base_urls("https://argument.example") == {
        "management": "https://argument.example",
        "message": SERVERS["message"],
    }


@each_client
@pytest.mark.parametrize("name", SERVERS)
def test_a_client_checks_when_it_is_made(
    make: Callable[..., object], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Credentials("AK", "SK")
    with pytest.raises(ConfigurationError, match=f"{name}_url"):
        make(keys, **{f"{name}_url": "http://example.com"}, verify=False)
    monkeypatch.setenv(f"NCLOUD_DATASTREAM_{name.upper()}_URL", "http://example.com")
    with pytest.raises(ConfigurationError, match=f"NCLOUD_DATASTREAM_{name.upper()}_URL"):
        make(keys, verify=False)
    shown = repr(make(keys, **{f"{name}_url": "https://a.example:1"}, verify=False))
    assert f"{name}_url='https://a.example:1'" in shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example", "https://a.example:443/x?y"),
        ("https://a.example", "HTTPS://A.example"),
        ("http://[::1]", "http://[::1]:80"),
    ],
)
def test_the_same_origin(one: str, other: str) -> None:
    assert origin(httpx.URL(one)) == origin(httpx.URL(other))


@pytest.mark.parametrize(
    "other",
    [
        "http://a.example",
        "https://a.example:444",
        "https://a.example:0",
        "https://b.a.example",
        "https://a.example.",
        "ws://a.example:443",
        "//a.example:443",
    ],
)
def test_another_origin(other: str) -> None:
    assert origin(httpx.URL("https://a.example")) != origin(httpx.URL(other))


def test_origins_name_the_server_that_has_no_url() -> None:
    with pytest.raises(ConfigurationError, match="The URL of the message server is no URL"):
        origins({"management": "https://a.example", "message": "https://a..example"})


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:8765/x", True),
        ("https://127.0.0.1", True),
        ("http://[::1]:8765", True),
        ("http://LOCALHOST", True),
        ("http://localhost.example.com", False),
        ("http://user@example.com", False),
        ("https://xn--", False),
        ("http://[::1", False),
        ("http://", False),
    ],
)
def test_loopback_is_known_by_url(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


def test_a_call_to_no_name_is_one_of_our_errors() -> None:
    with DataStream(KEYS, verify=False) as ds, pytest.raises(ConfigurationError):
        ds.client.get_httpx_client().get("https://xn--/")


# --- servers by name


def test_urls_by_the_names_of_servers() -> None:
    given = {"message": "https://a.example:1/"}
    assert base_urls(urls=given) == {**SERVERS, "message": "https://a.example:1"}
    assert base_urls("https://b.example", urls=given) == {
        "management": "https://b.example",
        "message": "https://a.example:1",
    }


def test_urls_go_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCLOUD_DATASTREAM_MESSAGE_URL", "https://environment.example")
    given = {"message": "https://a.example"}
    assert base_urls(urls=given)["message"] == "https://a.example"
    assert base_urls(urls={})["message"] == "https://environment.example"


def test_a_server_that_the_document_gains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SERVERS, "bulk-import", "https://bulk.example")
    assert base_urls()["bulk-import"] == "https://bulk.example"
    given = {"bulk-import": "https://a.example"}
    assert base_urls(urls=given)["bulk-import"] == "https://a.example"
    monkeypatch.setenv("NCLOUD_DATASTREAM_BULK_IMPORT_URL", "https://b.example")
    assert base_urls()["bulk-import"] == "https://b.example"


@each_client
@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"urls": {"massage": "https://a.example"}}, "no server 'massage'; known are: management"),
        (
            {"urls": {"message": "https://a.example"}, "message_url": "https://a.example"},
            "message_url is given twice",
        ),
        ({"urls": {"message": "http://a.example"}}, r"urls\['message'\] must be https://host"),
        ({"urls": {"message": "https://u:hunter2@a"}}, r"urls\['message'\] holds a user name"),
        ({"urls": {"message": 5}}, r"urls\['message'\] is no URL"),
        ({"urls": ["message"]}, "urls must map server names to URLs: list"),
    ],
)
def test_urls_are_checked_when_a_client_is_made(
    make: Callable[..., object], more: dict[str, Any], why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        make(KEYS, verify=False, **more)
    assert "hunter2" not in str(caught.value)


# --- plain http where the user says so


@pytest.fixture(autouse=True)
def _not_yet_warned() -> None:
    servers._warn.cache_clear()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((), set()),
        (("emulator",), {"emulator"}),
        (["Emulator", "emulator"], {"emulator"}),
        ({"10.0.0.7", "fd00::1"}, {"10.0.0.7", "fd00::1"}),
        (("데이터.example",), {"xn--2n1bp39av7g.example"}),
    ],
)
def test_hosts_that_may_be_reached_in_clear(given: Iterable[str], found: set[str]) -> None:
    assert insecure_hosts(given) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("", set()), (" , ", set()), ("emulator", {"emulator"}), (" a , b.c,", {"a", "b.c"})],
)
def test_such_hosts_from_the_environment(
    text: str, found: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert insecure_hosts(None) == set()
    monkeypatch.setenv("NCLOUD_DATASTREAM_INSECURE_HOSTS", text)
    assert insecure_hosts(None) == found
    assert insecure_hosts(()) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        "http://emulator",
        "emulator:8765",
        "user:hunter2@emulator",
        "",
        "*",
        "a b",
        "a/b",
        "xn--",
        "a..b",
        None,
        5,
    ],
)
def test_what_is_no_host(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"^insecure_hosts must hold host names") as caught:
        insecure_hosts((wrong,))
    assert "hunter2" not in str(caught.value)
    if wrong:
        monkeypatch.setenv("NCLOUD_DATASTREAM_INSECURE_HOSTS", str(wrong))
        name = "^NCLOUD_DATASTREAM_INSECURE_HOSTS must hold"
        if wrong != 5:
            with pytest.raises(ConfigurationError, match=name):
                insecure_hosts(None)


@pytest.mark.parametrize("wrong", ["emulator", 5, True])
def test_what_are_no_hosts(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="must be several host names"):
        insecure_hosts(wrong)


def test_an_emulator_in_a_container(caplog: pytest.LogCaptureFixture) -> None:
    url = "http://emulator:8765"
    with pytest.raises(ConfigurationError, match="may be named in insecure_hosts"):
        DataStream(KEYS, message_url=url, verify=False)
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"prefix": "a-"})

    transport = httpx.MockTransport(answer)
    for _ in range(2):
        with DataStream(
            KEYS,
            management_url=url,
            verify=False,
            transport=transport,
            insecure_hosts=("emulator",),
        ) as ds:
            ds.get_topic_prefix()
            assert "insecure_hosts=['emulator']" in repr(ds)
            with pytest.raises(ForeignHostError):  # the host alone does not make it ours
                ds.client.get_httpx_client().get("http://emulator:1/")
    assert [request.url.host for request in asked] == ["emulator"] * 2
    assert "x-ncp-apigw-signature-v2" in asked[0].headers
    (record,) = caplog.records
    assert (record.levelname, "plain http to emulator" in record.getMessage()) == ("WARNING", True)


async def test_an_emulator_in_a_container_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NCLOUD_DATASTREAM_INSECURE_HOSTS", "emulator")
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"prefix": "a-"}))
    async with AsyncDataStream(
        KEYS, management_url="http://emulator", verify=False, transport=transport
    ) as ds:
        assert (await ds.get_topic_prefix()).prefix == "a-"
        assert "insecure_hosts" in repr(ds)


def test_nothing_is_insecure_by_default(caplog: pytest.LogCaptureFixture) -> None:
    assert "insecure" not in repr(DataStream(KEYS, verify=False))
    assert "insecure" not in repr(SignatureAuth(KEYS))
    assert not caplog.records


def test_the_middleware_alone_takes_such_hosts_too() -> None:
    origins = {"management": "http://emulator:8765"}
    request = httpx.Request("GET", "http://emulator:8765/x")
    with pytest.raises(ForeignHostError, match="others could read along"):
        next(SignatureAuth(KEYS, origins).auth_flow(request))
    auth = SignatureAuth(KEYS, origins, insecure_hosts=("emulator",))
    assert "x-ncp-apigw-signature-v2" in next(auth.auth_flow(request)).headers
    assert "insecure_hosts=['emulator']" in repr(auth)


def test_loopback_is_known_by_name_and_by_address() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.255.0.1", "::1")))
    assert not any(map(is_loopback, ("", "0.0.0.0", "10.0.0.1", "::", "fe80::1", "localhost.lan")))
