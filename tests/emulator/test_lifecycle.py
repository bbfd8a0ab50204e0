"""Start, stop and options of an emulator."""

from __future__ import annotations

import errno
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from ncloud_datastream import Credentials, DataStream
from ncloud_datastream_emulator import Emulator

INITIAL = {
    "topics": [{"name": "orders", "partitions": 3}],
    "messages": [{"topic": "orders", "key": "1", "value": "주문", "partition": 2}],
}


def threads() -> int:
    return sum(each.name == "ncloud-datastream-emulator" for each in threading.enumerate())


def status(url: str) -> int:
    return httpx.get(f"{url}/api/produce").status_code


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_it_serves_between_start_and_stop_and_keeps_its_state(host: str) -> None:
    before = threads()
    emulator = Emulator(host=host)
    emulator.stop()
    for count in (1, 2):
        with emulator:
            url = emulator.url
            assert urlsplit(url).hostname == host
            assert status(url) == 405
            for start in (emulator.start, emulator.bind):
                with pytest.raises(RuntimeError, match="already bound to http"):
                    start()
            assert len(emulator.calls) == count
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        with pytest.raises(RuntimeError, match="not started"):
            _ = emulator.url
    emulator.stop()
    assert threads() == before


def test_a_bound_port_accepts_nothing_until_start_and_is_released_by_stop() -> None:
    emulator = Emulator()
    url = emulator.bind()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    emulator.start()
    assert emulator.url == url
    assert status(url) == 405
    emulator.stop()
    emulator.bind()
    port = urlsplit(emulator.url).port
    emulator.stop()
    with Emulator(port=port or 0) as other:
        assert urlsplit(other.url).port == port


def test_a_port_in_use_is_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        emulator = Emulator(port=port)
        with pytest.raises(OSError, match="in use") as failure:
            emulator.start()
        assert failure.value.errno == errno.EADDRINUSE
    with emulator:
        assert urlsplit(emulator.url).port == port


def test_a_failed_start_raises_its_cause_and_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    emulator = Emulator()
    before = threads()
    with monkeypatch.context() as patch:
        patch.setattr(uvicorn, "Config", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            emulator.start()
    with emulator:
        assert status(emulator.url) == 405
    assert threads() == before


def test_drawn_keys_are_letters_and_digits() -> None:
    emulator = Emulator()
    for keys in (emulator.credentials, emulator.main_credentials):
        assert isinstance(keys, Credentials)
        assert (len(keys.access_key), len(keys.secret_key)) == (20, 40)
        assert (keys.access_key + keys.secret_key).isascii()
        assert (keys.access_key + keys.secret_key).isalnum()
    assert emulator.credentials != emulator.main_credentials


def test_keys_and_initial_content_can_be_chosen() -> None:
    keys = Credentials("AKIDFIXED", "SECRETFIXED")
    emulator = Emulator(credentials=keys, initial=INITIAL, seed=1)
    assert emulator.credentials == keys
    assert emulator.main_credentials == Emulator(seed=1).main_credentials
    with DataStream(keys, transport=emulator.transport()) as ds:
        assert [topic.topic_name for topic in ds.list_topics()] == ["orders"]
    for _ in range(2):
        with emulator:
            pass
    assert [message.value for message in emulator.messages("orders")] == ["주문"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        *(({"prefix": prefix}, "prefix") for prefix in ("A", "a_", "가", "a\n", "a" * 200)),
        ({"prefix": "h4j6l-", "initial": INITIAL}, r"topics\[0\]: name must be 'h4j6l-'"),
        *(
            ({"allowed_hosts": [host]}, "An allowed host must be a name or an address")
            for host in ("", "a:80", "a/b", "http://a", "[::1", "a b")
        ),
    ],
)
def test_an_invalid_option_is_a_value_error(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Emulator(**options)


def test_readiness_is_reported_to_any_host_and_the_rest_to_allowed_ones() -> None:
    emulator = Emulator(allowed_hosts=["Emulator", "10.0.0.7", "fd00::7"])
    with httpx.Client(transport=emulator.transport()) as client:
        for host in ("pod.cluster.example:8765", "10.1.2.3"):
            assert client.get(f"http://{host}/_emulator/ready").json() == {"ready": True}
            assert client.post(f"http://{host}/_emulator/ready").status_code == 403
            assert client.get(f"http://{host}/_emulator/calls").status_code == 403
        for host in ("emulator", "EMULATOR:8765", "10.0.0.7", "[fd00::7]:8765", "localhost"):
            assert client.get(f"http://{host}/_emulator/calls").status_code == 200


def test_the_environment_allows_plain_http_beyond_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Emulator() as emulator:
        assert "NCLOUD_DATASTREAM_INSECURE_HOSTS" not in emulator.environment
        monkeypatch.setattr(Emulator, "url", "http://172.18.0.2:8765")
        assert emulator.environment["NCLOUD_DATASTREAM_INSECURE_HOSTS"] == "172.18.0.2"


def transcript(call_class: Any, document: Any, clock: Any, **options: Any) -> list[str]:
    emulator = Emulator(clock=clock, **options)
    with httpx.Client(transport=emulator.transport()) as client:
        call = call_class(emulator, client, document, clock)
        path = f"/api/v1/topics/{call.topic()['topicId']}"
        call("POST", f"{path}/schemas", {"schemaType": "AVRO", "schema": '"string"'})
        targets = ("/api/v1/topics", f"{path}/schemas", f"{path}/registry-info")
        return [*(call("GET", each).text for each in targets), emulator.credentials.secret_key]


def test_seed_and_clock_make_everything_repeatable(call: Any) -> None:
    first, second, other, none, none_again = [
        transcript(type(call), call.document, call.clock, seed=seed)
        for seed in (1, 1, "1", None, None)
    ]
    assert first == second
    for one, two in ((first, other), (none, none_again)):
        assert not any(a == b for a, b in zip(one, two, strict=True))


def test_prefix_and_topic_limit_can_be_chosen(call: Any, clock: Any) -> None:
    emulator = Emulator(clock=clock, prefix="", topic_limit=5)
    with httpx.Client(transport=emulator.transport()) as client:
        other = type(call)(emulator, client, call.document, clock)
        assert other.emulator_prefix == ""
        statuses = [
            other("POST", "/api/v1/topics", {"name": name}).status_code for name in "abcdef"
        ]
    assert statuses == [200] * 5 + [429]
