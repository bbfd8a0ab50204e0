"""The URLs of a client's servers, and the origins to which it sends signed requests."""

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
from ncloud_datastream.calls.servers import base_urls, insecure_hosts, is_loopback, origin
from ncloud_datastream_api.api import SERVERS

VALID = {
    "https://datastream.example.com/": "https://datastream.example.com",
    "https://datastream.example.com:8443": "https://datastream.example.com:8443",
    "https://datastream.example.com:": "https://datastream.example.com",
    "https://datastream.example.com/#": "https://datastream.example.com",
    "https://datastream.example.com./?": "https://datastream.example.com.",
    "HTTPS://DataStream.EXAMPLE.com:443/": "https://datastream.example.com",
    "https://@datastream.example.com": "https://datastream.example.com",
    "https://192.0.2.1:1": "https://192.0.2.1:1",
    "https://192.0.2.1:65535": "https://192.0.2.1:65535",
    "https://데이터.example": "https://xn--2n1bp39av7g.example",
    "http://LOCALHOST:80": "http://localhost",
    "http://127.8.9.10": "http://127.8.9.10",
    "http://[::1]:8765": "http://[::1]:8765",
}
INVALID_URL = "is not a valid URL"
USER = "must not contain a user name or password"
NOT_PRIVATE = "must be https://host"
TOO_MUCH = "must end after host and port"
INVALID = {
    "datastream.example.com": NOT_PRIVATE,
    "https://": NOT_PRIVATE,
    "https:///path": NOT_PRIVATE,
    "ftp://datastream.example.com": NOT_PRIVATE,
    "//datastream.example.com": NOT_PRIVATE,
    "http://datastream.example.com": NOT_PRIVATE,
    "http://192.0.2.1": NOT_PRIVATE,
    "http://0.0.0.0:8765": NOT_PRIVATE,
    "http://2130706433": NOT_PRIVATE,
    "http://localhost.example.com": NOT_PRIVATE,
    "http://[2001:db8::1]": NOT_PRIVATE,
    "https://user@datastream.example.com": USER,
    "https://user:hunter2@datastream.example.com": USER,
    "https://datastream.example.com\\@example.org": USER,
    "https://datastream.example.com/base": TOO_MUCH,
    "https://datastream.example.com//": TOO_MUCH,
    "https://datastream.example.com?a=b": TOO_MUCH,
    "https://datastream.example.com#top": TOO_MUCH,
    "https://datastream.example.com:0": INVALID_URL,
    "https://datastream.example.com:65536": INVALID_URL,
    "https://datastream.example.com:port": INVALID_URL,
    "https://[::1": INVALID_URL,
    "https://[fe80::1%25eth0]": INVALID_URL,
    "https://a b": INVALID_URL,
    "https://a%41.example.com": INVALID_URL,
    "https://a..example.com": INVALID_URL,
    f"https://{'a' * 64}.example.com": INVALID_URL,
    f"https://{'a.' * 127}example.com": INVALID_URL,
    "https://exa\nmple.com": INVALID_URL,
    "https://exa\x00mple.com": INVALID_URL,
    "https://\ud800.example.com": INVALID_URL,
    "https://xn--": INVALID_URL,
    "https://xn--a.example.com": INVALID_URL,
    "https://xn--hunter2-\u00e4.example.com": INVALID_URL,
}

KEYS = Credentials("AK", "SK")

each_client = pytest.mark.parametrize("make", [DataStream, AsyncDataStream])


@pytest.mark.parametrize(("given", "used"), VALID.items())
def test_a_url_is_taken_from_an_argument_or_the_environment(
    given: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SERVERS:
        assert base_urls(**{f"{name}_url": given}) == {**SERVERS, name: used}
        with monkeypatch.context() as patch:
            patch.setenv(f"NCLOUD_DATASTREAM_{name.upper()}_URL", f"  {given}\t")
            assert base_urls() == {**SERVERS, name: used}


@pytest.mark.parametrize(("given", "why"), INVALID.items(), ids=map(ascii, INVALID))
def test_an_invalid_url_is_rejected_without_showing_it(
    given: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=f"^message_url {why}") as caught:
        base_urls(message_url=given)
    assert "hunter2" not in str(caught.value)
    # Replaced as a whole, because no variable can have some of these values.
    monkeypatch.setattr("os.environ", {"NCLOUD_DATASTREAM_MESSAGE_URL": given})
    with pytest.raises(ConfigurationError, match=f"^NCLOUD_DATASTREAM_MESSAGE_URL {why}") as caught:
        base_urls()
    assert "hunter2" not in str(caught.value)


def test_an_argument_takes_precedence_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert base_urls() == SERVERS
    monkeypatch.setenv("NCLOUD_DATASTREAM_MANAGEMENT_URL", "https://environment.example")
    monkeypatch.setenv("NCLOUD_DATASTREAM_MESSAGE_URL", " ")
    assert base_urls(urls={})["management"] == "https://environment.example"
    expected = {"management": "https://argument.example", "message": SERVERS["message"]}
    assert base_urls("https://argument.example") == expected
    assert base_urls(urls={"management": "https://argument.example/"}) == expected


@each_client
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"management_url": "http://example.com"}, "management_url must be https"),
        ({"message_url": "http://example.com"}, "message_url must be https"),
        ({"message_url": ""}, "message_url must be https"),
        ({"message_url": 5}, "message_url is not a valid URL"),
        (
            {"urls": {"massage": "https://a.example"}},
            "unknown server 'massage'. Use one of: management",
        ),
        (
            {"urls": {"message": "https://a.example"}, "message_url": "https://a.example"},
            "message_url is given twice",
        ),
        ({"urls": {"message": "http://a.example"}}, r"urls\['message'\] must be https://host"),
        ({"urls": {"message": "https://u:hunter2@a"}}, r"urls\['message'\] must not contain"),
        ({"urls": ["message"]}, "urls must be a mapping of server names to URLs, not list"),
    ],
)
def test_urls_are_checked_when_the_client_is_created(
    make: Callable[..., object], options: dict[str, Any], why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        make(KEYS, verify=False, **options)
    assert "hunter2" not in str(caught.value)


@each_client
def test_the_repr_of_a_client_has_its_urls(make: Callable[..., object]) -> None:
    shown = repr(make(KEYS, message_url="https://a.example:1", verify=False))
    assert "message_url='https://a.example:1'" in shown
    assert "insecure" not in shown


def test_a_server_added_to_the_document_has_its_own_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(SERVERS, "bulk-import", "https://bulk.example")
    assert base_urls()["bulk-import"] == "https://bulk.example"
    given = {"bulk-import": "https://a.example"}
    assert base_urls(urls=given)["bulk-import"] == "https://a.example"
    monkeypatch.setenv("NCLOUD_DATASTREAM_BULK_IMPORT_URL", "https://b.example")
    assert base_urls()["bulk-import"] == "https://b.example"


def test_an_origin_is_scheme_host_and_port() -> None:
    for one, other in (
        ("https://a.example", "https://a.example:443/x?y"),
        ("https://a.example", "HTTPS://A.example"),
        ("http://[::1]", "http://[::1]:80"),
    ):
        assert origin(httpx.URL(one)) == origin(httpx.URL(other))
    for other in (
        "http://a.example",
        "https://a.example:444",
        "https://a.example:0",
        "https://b.a.example",
        "https://a.example.",
        "ws://a.example:443",
    ):
        assert origin(httpx.URL("https://a.example")) != origin(httpx.URL(other))


def test_loopback_is_recognized_by_name_address_and_url() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.255.0.1", "::1")))
    assert all(map(is_loopback, ("http://LOCALHOST:8765/x", "https://127.0.0.1", "http://[::1]")))
    assert not any(map(is_loopback, ("", "0.0.0.0", "10.0.0.1", "::", "fe80::1", "localhost.lan")))
    for url in ("http://localhost.example.com", "https://xn--", "http://[::1", "http://"):
        assert not is_loopback(url)


def test_a_request_to_an_invalid_name_is_a_configuration_error() -> None:
    with DataStream(KEYS, verify=False) as ds, pytest.raises(ConfigurationError):
        ds.client.get_httpx_client().get("https://xn--/")


# --- insecure_hosts ------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _not_yet_warned() -> None:
    servers._warn.cache_clear()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((), set()),
        (["Emulator", "emulator"], {"emulator"}),
        ({"10.0.0.7", "fd00::1"}, {"10.0.0.7", "fd00::1"}),
        (("데이터.example",), {"xn--2n1bp39av7g.example"}),
    ],
)
def test_insecure_hosts_are_names_or_addresses(given: Iterable[str], found: set[str]) -> None:
    assert insecure_hosts(given) == found


@pytest.mark.parametrize(
    ("text", "found"), [("", set()), (" , ", set()), (" a , b.c,", {"a", "b.c"})]
)
def test_insecure_hosts_from_the_environment(
    text: str, found: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert insecure_hosts(None) == set()
    monkeypatch.setenv("NCLOUD_DATASTREAM_INSECURE_HOSTS", text)
    assert insecure_hosts(None) == found
    assert insecure_hosts(()) == set()


@pytest.mark.parametrize(
    "wrong",
    ["http://emulator", "emulator:8765", "user:hunter2@emulator", "*", "a b", "xn--", "", None, 5],
)
def test_invalid_insecure_hosts_are_rejected(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"^insecure_hosts must contain host") as caught:
        insecure_hosts((wrong,))
    assert "hunter2" not in str(caught.value)
    if isinstance(wrong, str) and wrong:
        monkeypatch.setenv("NCLOUD_DATASTREAM_INSECURE_HOSTS", wrong)
        name = "^NCLOUD_DATASTREAM_INSECURE_HOSTS must contain"
        with pytest.raises(ConfigurationError, match=name):
            insecure_hosts(None)
    else:
        with pytest.raises(ConfigurationError, match="must be a collection of host names"):
            insecure_hosts("emulator" if wrong is None else 5)  # type: ignore[arg-type]


def test_a_client_sends_to_an_insecure_host_and_warns_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = "http://emulator:8765"
    with pytest.raises(ConfigurationError, match=r"Allow an emulator .* with insecure_hosts"):
        DataStream(KEYS, message_url=url, verify=False)
    assert not caplog.records
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"prefix": "a-"})

    transport = httpx.MockTransport(respond)
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
            with pytest.raises(ForeignHostError):  # another port is another origin
                ds.client.get_httpx_client().get("http://emulator:1/")
    assert [request.url.host for request in requests] == ["emulator"] * 2
    assert "x-ncp-apigw-signature-v2" in requests[0].headers
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "requests to emulator may be sent over plain http" in record.getMessage()


async def test_an_asynchronous_client_reads_insecure_hosts_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NCLOUD_DATASTREAM_INSECURE_HOSTS", "emulator")
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"prefix": "a-"}))
    async with AsyncDataStream(
        KEYS, management_url="http://emulator", verify=False, transport=transport
    ) as ds:
        assert (await ds.get_topic_prefix()).prefix == "a-"
        assert "insecure_hosts" in repr(ds)


def test_signature_auth_has_insecure_hosts_too() -> None:
    origins = {"management": "http://emulator:8765"}
    request = httpx.Request("GET", "http://emulator:8765/x")
    with pytest.raises(ForeignHostError, match="others could read it"):
        next(SignatureAuth(KEYS, origins).auth_flow(request))
    auth = SignatureAuth(KEYS, origins, insecure_hosts=("emulator",))
    assert "x-ncp-apigw-signature-v2" in next(auth.auth_flow(request)).headers
    assert "insecure_hosts=['emulator']" in repr(auth)
