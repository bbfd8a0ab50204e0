"""Recorded calls and responses set in advance, from Python and over HTTP."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from ncloud_datastream_emulator import Call
from ncloud_datastream_emulator.records import Calls

TOPICS = "/api/v1/topics"
ROOT = "http://localhost:8765/_emulator"


def test_a_call_is_recorded(call: Any) -> None:
    call("POST", f"{TOPICS}?a=%20b", {"name": "x"}, headers={"X-Mine": "1"})
    last = call.emulator.calls[-1]
    assert last == Call(
        operation="createTopic",
        method="POST",
        target=f"{TOPICS}?a=%20b",
        header_names=last.header_names,
        body=b'{"name": "x"}',
        signature_valid=True,
        status=400,
    )
    assert {"x-mine", "x-ncp-apigw-timestamp", "host"} <= set(last.header_names)
    with pytest.raises(FrozenInstanceError):
        last.status = 200


@pytest.mark.parametrize(("body", "kept"), [(b"", 10_000), (b" " * 1024 * 1024, 64)])
def test_ten_thousand_calls_or_64_mebibytes_of_bodies_are_kept(body: bytes, kept: int) -> None:
    calls = Calls()
    for number in range(kept + 2):
        calls.add(Call(None, "GET", f"/{number}", (), body, True, 404))
    assert [each.target for each in calls.all()] == [f"/{number}" for number in range(2, kept + 2)]


def test_calls_and_messages_are_available_over_http(call: Any) -> None:
    name = call.topic()["topicName"]
    body = {"topic": name, "key": "k", "value": "주문", "partition": 1}
    call("POST", "/api/produce", body)
    call("GET", f"{TOPICS}/nope", content=b"\xff")
    calls = call.client.get(f"{ROOT}/calls").json()
    assert len(calls) == len(call.emulator.calls)
    assert calls[-1] == {
        "operation": "getTopic",
        "method": "GET",
        "target": f"{TOPICS}/nope",
        "header_names": list(call.emulator.calls[-1].header_names),
        "body": "\ufffd",
        "signature_valid": True,
        "status": 404,
        "diagnosis": None,
    }
    messages = call.client.get(f"{ROOT}/messages", params={"topic": name})
    assert messages.json() == [
        {"topic": name, "key": "k", "value": "주문", "partition": 1, "offset": 0}
    ]
    assert messages.headers["date"] == "Mon, 21 Sep 2026 14:13:20 GMT"
    assert call.client.get(f"{ROOT}/messages").json() == []


def test_a_response_set_in_advance_replaces_the_effect_of_one_call(call: Any) -> None:
    name = call.emulator_prefix + "a"
    problem = {"status": 503, "code": "InternalError"}
    call.emulator.answer_next("createTopic", 503, problem, headers={"Retry-After": "1"})
    response = call("POST", TOPICS, {"name": name})
    assert (response.status_code, response.json()) == (503, problem)
    assert response.headers["retry-after"] == "1"
    assert call.emulator.calls[-1].status == 503
    assert call("GET", TOPICS).json() == {"list": []}
    assert call("POST", TOPICS, {"name": name}).status_code == 200


def test_responses_follow_in_order_for_their_operation_only(call: Any) -> None:
    call.emulator.answer_next("getTopic", 500, {}, times=2)
    call.emulator.answer_next("getTopic", 400, {})
    assert call("GET", TOPICS).status_code == 200
    assert [call("GET", f"{TOPICS}/a").status_code for _ in range(4)] == [500, 500, 400, 404]


def test_a_response_needs_a_valid_signature_but_no_valid_body(call: Any) -> None:
    call.emulator.answer_next("sendMessage", 200, {"status": 202})
    unsigned = call.client.post("https://api.datastream.naverncp.com/api/produce")
    assert unsigned.status_code == 401
    main = call.emulator.main_credentials
    assert call("POST", "/api/produce", {}, credentials=main).status_code == 401
    assert call("POST", "/api/produce", {}).json() == {"status": 202}
    for content in (b"{", b" " * (11 * 1024 * 1024)):
        call.emulator.answer_next("createTopic", 429, {"error": {"errorCode": "420"}})
        assert call("POST", TOPICS, content=content).status_code == 429


@pytest.mark.parametrize(
    ("body", "headers", "content", "content_type"),
    [
        (None, None, b"", None),
        (b"\xff\x00", None, b"\xff\x00", "application/octet-stream"),
        ("<p>가</p>", None, "<p>가</p>".encode(), "text/plain; charset=utf-8"),
        ("<p></p>", {"Content-Type": "text/html"}, b"<p></p>", "text/html"),
        ([1], None, b"[1]", "application/json"),
        (True, {"content-type": "text/plain"}, b"true", "text/plain"),
    ],
)
def test_status_body_and_headers_are_sent_as_set(
    call: Any, body: Any, headers: Any, content: bytes, content_type: str | None
) -> None:
    call.emulator.answer_next("listTopics", 520, body, headers=headers)
    signed = call.headers("GET", TOPICS)
    answer = call.client.get(f"https://datastream.apigw.ntruss.com{TOPICS}", headers=signed)
    assert (answer.status_code, answer.content) == (520, content)
    assert answer.headers.get_list("content-type") == ([content_type] if content_type else [])
    assert answer.headers["date"] == "Mon, 21 Sep 2026 14:13:20 GMT"


def test_a_date_and_a_response_without_content_can_be_set(serve: Any) -> None:
    caller = serve()
    date = "Thu, 01 Jan 1970 00:00:00 GMT"
    caller.emulator.answer_next("listTopics", 401, {}, headers={"Date": date})
    assert caller("GET", TOPICS).headers.get_list("date") == [date]
    caller.emulator.answer_next("listTopics", 204)
    response = caller.client.get(TOPICS, headers=caller.headers("GET", TOPICS))
    assert (response.status_code, response.content) == (204, b"")
    assert "content-length" not in response.headers
    assert caller("GET", TOPICS).status_code == 200


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"operation_id": "create_topic", "status": 200}, "Unknown operation 'create_topic'"),
    ({"status": 600}, "from 200 to 599"),
    ({"times": 0}, "at least 1"),
    ({"status": 204, "body": "x"}, "cannot have a body"),
    ({"headers": {"Content-Length": "5"}}, "set by the server"),
    ({"headers": {"transfer-encoding": "chunked"}}, "set by the server"),
    ({"headers": {"a b": "x"}}, "cannot be sent"),
    ({"headers": {"a": "x\r\nb: y"}}, "cannot be sent"),
    ({"headers": {"a": "가"}}, "cannot be sent"),
]


@pytest.mark.parametrize(("order", "reason"), IMPOSSIBLE)
def test_an_invalid_response_is_a_value_error_and_a_400(
    call: Any, order: dict[str, Any], reason: str
) -> None:
    arguments = {"operation_id": "listTopics", "status": 200, "body": None} | order
    with pytest.raises(ValueError, match=reason):
        call.emulator.answer_next(**arguments)
    rejected = call.client.post(f"{ROOT}/answers", json=arguments)
    assert rejected.status_code == 400
    assert reason in rejected.json()["detail"]
    assert call("GET", TOPICS).json() == {"list": []}


def test_responses_can_be_set_over_http(serve: Any) -> None:
    caller = serve()
    order = {
        "operation_id": "listTopics",
        "status": 429,
        "body": {"error": {"errorCode": "410"}},
        "headers": {"Retry-After": "7"},
        "times": 2,
    }
    ordered = caller.client.post("/_emulator/answers", json=order)
    assert (ordered.status_code, ordered.content) == (204, b"")
    for _ in range(2):
        answer = caller("GET", TOPICS)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
        assert answer.json() == order["body"]
    assert caller("GET", TOPICS).status_code == 200
    assert len(caller.client.get("/_emulator/calls").json()) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (b"[]", "at least operation_id and status"),
        (b'{"status": 200}', "at least operation_id and status"),
        (b'{"operation_id": "listTopics", "status": 200, "time": 1}', "unknown properties: time"),
        (b'{"operation_id": "listTopics", "status": "200"}', "must be integers"),
        (b'{"operation_id": "listTopics", "status": 200, "times": true}', "must be integers"),
        (b'{"operation_id": "listTopics", "status": 200, "headers": []}', None),
        (b'{"operation_id": "listTopics", "status": 200, "headers": [1]}', "an object whose"),
        (b'{"operation_id": "listTopics", "status": 200, "headers": {"a": 1}}', "are strings"),
    ],
)
def test_an_invalid_request_for_a_response_is_a_400(
    call: Any, content: bytes, reason: str | None
) -> None:
    headers = {"content-type": "application/json"}
    answer = call.client.post(f"{ROOT}/answers", content=content, headers=headers)
    if reason is None:
        assert answer.status_code == 204
        return
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path"), [("GET", "nope"), ("PUT", "answers"), ("GET", "")])
def test_other_paths_below_the_root_are_a_404(call: Any, method: str, path: str) -> None:
    answer = call.client.request(method, f"{ROOT}/{path}")
    assert answer.status_code == 404
    assert answer.json() == {"detail": f"The emulator has no operation {method} /_emulator/{path}."}
    assert call.emulator.calls == []
