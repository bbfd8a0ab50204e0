from __future__ import annotations

import errno
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from ncloud_datastream import Credentials
from ncloud_datastream_emulator import Emulator

THREAD = "ncloud-datastream-emulator"


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == THREAD]


def test_it_serves_within_the_with_block_only() -> None:
    before = len(threads())
    with Emulator() as emulator:
        url = emulator.url
        assert urlsplit(url).hostname == "127.0.0.1"
        assert httpx.get(url).status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    with pytest.raises(RuntimeError, match="not started"):
        _ = emulator.url
    assert len(threads()) == before


def test_starting_twice_is_refused() -> None:
    with Emulator() as emulator:
        with pytest.raises(RuntimeError, match=emulator.url):
            emulator.start()
        with pytest.raises(RuntimeError, match=emulator.url):
            emulator.bind()
        assert httpx.get(emulator.url).status_code == 404


def test_stopping_twice_does_nothing() -> None:
    emulator = Emulator()
    emulator.stop()
    with emulator:
        pass
    emulator.stop()


def test_started_again_it_goes_on_where_it_was() -> None:
    emulator = Emulator()
    for count in (1, 2):
        with emulator:
            assert httpx.get(emulator.url).status_code == 404
            assert len(emulator.calls) == count


def test_a_bound_port_accepts_nothing_until_the_start() -> None:
    emulator = Emulator()
    url = emulator.bind()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    emulator.start()
    assert emulator.url == url
    assert httpx.get(url).status_code == 404
    emulator.stop()


def test_a_bound_port_is_given_back_without_a_start() -> None:
    emulator = Emulator()
    port = urlsplit(emulator.bind()).port
    emulator.stop()
    with Emulator(port=port or 0) as other:
        assert urlsplit(other.url).port == port


def test_a_taken_port_is_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        emulator = Emulator(port=port)
        with pytest.raises(OSError, match="in use") as failure:
            emulator.start()
        assert failure.value.errno == errno.EADDRINUSE
    with emulator:
        assert urlsplit(emulator.url).port == port


def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    emulator = Emulator()
    before = len(threads())
    with monkeypatch.context() as patch:
        patch.setattr(uvicorn, "Config", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            emulator.start()
    with emulator:
        assert httpx.get(emulator.url).status_code == 404
    assert len(threads()) == before


def test_ipv6() -> None:
    with Emulator(host="::1") as emulator:
        assert emulator.url.startswith("http://[::1]:")
        assert httpx.get(emulator.url).status_code == 404


def test_the_keys_are_letters_and_digits() -> None:
    emulator = Emulator()
    for keys in (emulator.credentials, emulator.main_credentials):
        assert isinstance(keys, Credentials)
        assert (len(keys.access_key), len(keys.secret_key)) == (20, 40)
        assert (keys.access_key + keys.secret_key).isascii()
        assert (keys.access_key + keys.secret_key).isalnum()
    assert emulator.credentials != emulator.main_credentials


@pytest.mark.parametrize("prefix", ["A", "a_", "가", "a\n", "a" * 200])
def test_a_prefix_has_a_form(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        Emulator(prefix=prefix)


def transcript(call_class: Any, document: Any, clock: Any, **options: Any) -> list[str]:
    emulator = Emulator(clock=clock, **options)
    with httpx.Client(transport=emulator.transport()) as client:
        call = call_class(emulator, client, document, clock)
        topic = call.topic()
        path = f"/api/v1/topics/{topic['topicId']}"
        call("POST", f"{path}/schemas", {"schemaType": "AVRO", "schema": '"string"'})
        answers = [
            call("GET", "/api/v1/topics"),
            call("GET", f"{path}/schemas"),
            call("GET", f"{path}/registry-info"),
        ]
    return [*(answer.text for answer in answers), emulator.credentials.secret_key]


def test_a_seed_and_a_clock_make_everything_repeatable(call: Any) -> None:
    first, second, other, none, none_again = [
        transcript(type(call), call.document, call.clock, seed=seed)
        for seed in (1, 1, "1", None, None)
    ]
    assert first == second
    for one, two in ((first, other), (none, none_again)):
        assert not any(a == b for a, b in zip(one, two, strict=True))


def test_prefix_and_limit_can_be_chosen(call: Any, clock: Any) -> None:
    emulator = Emulator(clock=clock, prefix="", topic_limit=5)
    with httpx.Client(transport=emulator.transport()) as client:
        other = type(call)(emulator, client, call.document, clock)
        assert other.emulator_prefix == ""
        statuses = [
            other("POST", "/api/v1/topics", {"name": name}).status_code for name in "abcdef"
        ]
    assert statuses == [200] * 5 + [429]
