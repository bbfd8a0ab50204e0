"""Rules for every request: path, method, host, body and size."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

TOPICS = "/api/v1/topics"


def gateway(response: httpx.Response) -> tuple[int, str]:
    assert response.json().keys() == {"error"}
    assert response.json()["error"].keys() == {"errorCode", "message", "details"}
    return response.status_code, response.json()["error"]["errorCode"]


UNKNOWN = [
    "/",
    "/api/v1",
    "/api/v1/topics/",
    "/api/v1/topic",
    "/api/v1//topics",
    "/API/v1/topics",
    "/api/v1/%74opics",
    "/api/v1/topics//connectors",
    "/api/v1/topics/a/connectors/",
    "/api/v1/topics/a/schemas/validate/compatibility",
    "/api/v1/produce",
]


def test_an_unknown_path_is_the_gateways_404_even_without_a_signature(call: Any) -> None:
    for path in UNKNOWN:
        response = call("GET", path)
        assert gateway(response) == (404, "300")
        assert path in response.json()["error"]["details"]
        assert (call.emulator.calls[-1].operation, call.emulator.calls[-1].status) == (None, 404)
    assert gateway(call.client.get("https://datastream.apigw.ntruss.com/nope")) == (404, "300")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PATCH", TOPICS, "GET, POST"),
        ("HEAD", TOPICS, "GET, POST"),
        ("POST", f"{TOPICS}/a", "DELETE, GET, PUT"),
        ("GET", "/api/produce", "POST"),
    ],
)
def test_a_wrong_method_is_a_405(call: Any, method: str, path: str, allow: str) -> None:
    response = call(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == allow
    if method == "HEAD":
        assert response.content == b""
    else:
        assert gateway(response) == (405, "300")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("https://api.datastream.naverncp.com", TOPICS),
        ("https://datastream.apigw.ntruss.com", "/api/produce"),
        ("https://API.datastream.naverncp.com:443", TOPICS),
    ],
)
def test_an_operation_exists_only_on_its_own_host(call: Any, host: str, path: str) -> None:
    body = {"topic": "t", "key": "k", "value": "v"} if path == "/api/produce" else None
    response = call("POST" if body else "GET", path, body, host=host)
    assert gateway(response) == (404, "300")


def test_any_other_host_serves_all_operations(call: Any) -> None:
    for host in ("http://localhost:8765", "http://127.0.0.1"):
        assert call("GET", TOPICS, host=host).status_code == 200
        body = {"topic": "t", "key": "k", "value": "v"}
        assert call("POST", "/api/produce", body, host=host).json()["status"] == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain; charset=utf-8", "accept": "text/html"},
        {"accept": "", "content-type": ""},
    ],
)
def test_media_types_are_ignored(call: Any, headers: dict[str, str]) -> None:
    name = call.emulator_prefix + "a"
    response = call("POST", TOPICS, {"name": name}, headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the request has no body"),
        (b"{", "is not JSON"),
        (b'{"name": NaN}', "NaN is not a JSON value"),
        (b'{"name": -Infinity}', "-Infinity is not a JSON value"),
        (b'{"name": "\xff"}', "is not JSON in UTF-8"),
        (b'\xef\xbb\xbf{"name": "a"}', "is not JSON in UTF-8"),
        ('{"name": "a"}'.encode("utf-16"), "is not JSON in UTF-8"),
        (b'{"name": "\\ud800"}', "is not JSON in UTF-8"),
        (b'{"name": "a", "n": ' + b"9" * 5000 + b"}", "is not JSON in UTF-8"),
        (b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b"[]", "The body must be a JSON object, but [] was given."),
        (b"null", "The body must be a JSON object, but null was given."),
        (b'"name"', 'The body must be a JSON object, but "name" was given.'),
        (b"{} {}", "is not JSON"),
    ],
)
def test_a_body_that_is_not_a_json_object_is_a_400(call: Any, content: bytes, reason: str) -> None:
    response = call("POST", TOPICS, content=content)
    assert (response.status_code, response.json()["code"]) == (400, "InvalidParameter")
    assert reason in response.json()["detail"]


def test_a_body_near_the_recursion_limit_is_a_400(call: Any) -> None:
    for depth in range(880, 1000, 8):
        response = call("POST", TOPICS, content=b'{"name": ' + b"[" * depth + b"]" * depth + b"}")
        assert response.status_code == 400
        assert response.json()["code"] in {"InvalidName", "InvalidParameter"}


def test_escapes_unknown_fields_and_bodies_of_get_are_accepted(call: Any) -> None:
    name = call.topic()["topicName"]
    content = b'{"topic": "%s", "key": "\\ud83d\\ude00", "value": "\\u0000", "x": [1]}'
    assert call("POST", "/api/produce", content=content % name.encode()).status_code == 200
    message = call.emulator.messages(name)[0]
    assert (message.key, message.value) == ("😀", "\0")
    assert call("GET", TOPICS, content=b"{").status_code == 200


def test_a_body_may_have_ten_mebibytes(call: Any) -> None:
    body = b'{"topic": "t", "key": "k", "value": "v"}'
    largest = 10 * 1024 * 1024
    fits = call("POST", "/api/produce", content=body + b" " * (largest - len(body)))
    assert fits.status_code == 404
    response = call("POST", "/api/produce", content=body + b" " * (largest - len(body) + 1))
    assert gateway(response) == (413, "430")
    assert call.emulator.calls[-1].body == b""


def test_a_body_without_a_length_is_limited_while_it_is_read(serve: Callable[..., Any]) -> None:
    caller = serve()

    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 1024 * 1024

    headers = caller.headers("POST", TOPICS)
    response = caller.client.post(TOPICS, content=endless(), headers=headers)
    assert gateway(response) == (413, "430")
    assert caller("GET", TOPICS).status_code == 200


def test_an_internal_error_is_a_500_and_is_logged(
    call: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    topic = call.topic()

    update = {"description": "", "partitions": 3, "retentionMs": 3_600_000}
    state = call.emulator._state
    monkeypatch.setattr(state, "ready_topic", lambda _: 1 / 0)
    monkeypatch.setattr(state, "require_ready", lambda _: 1 / 0)
    response = call("PUT", f"{TOPICS}/{topic['topicId']}", update)
    assert (response.status_code, response.json()["code"]) == (500, "InternalError")
    body = {"topic": topic["topicName"], "key": "k", "value": "v"}
    response = call("POST", "/api/produce", body)
    assert response.status_code == 500
    assert response.json() == {
        "status": 500,
        "detail": "Internal error of the emulator: ZeroDivisionError('division by zero').",
    }
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


def test_the_date_follows_the_emulators_clock(call: Any) -> None:
    assert call("GET", TOPICS).headers["date"] == "Mon, 21 Sep 2026 14:13:20 GMT"
    call.clock.now += 61
    assert call("GET", TOPICS).headers["date"] == "Mon, 21 Sep 2026 14:14:21 GMT"
    assert call("GET", "/nope").headers["date"] == "Mon, 21 Sep 2026 14:14:21 GMT"


def test_responses_are_json_in_utf8(call: Any) -> None:
    body = {"name": call.emulator_prefix + "a", "description": "설명"}
    response = call("POST", TOPICS, content=json.dumps(body).encode())
    assert "설명".encode() in response.content
    assert int(response.headers["content-length"]) == len(response.content)
