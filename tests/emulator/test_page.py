"""The page's files, its state, and the requests that its forms send."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from ncloud_datastream import DataStream
from ncloud_datastream_emulator import Emulator, Fault
from ncloud_datastream_emulator.diagnosis import HIDDEN

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HERE = "http://localhost:8765"
STATE = f"{HERE}/_emulator/state"
FILES = {
    "/": "text/html; charset=utf-8",
    "/_emulator/page.html": "text/html; charset=utf-8",
    "/_emulator/page.css": "text/css; charset=utf-8",
    "/_emulator/page.js": "text/javascript; charset=utf-8",
    "/_emulator/actions.js": "text/javascript; charset=utf-8",
    "/_emulator/dom.js": "text/javascript; charset=utf-8",
    "/_emulator/strings.js": "text/javascript; charset=utf-8",
}


@pytest.mark.parametrize(("path", "kind"), FILES.items())
def test_the_page_loads_only_its_own_files(call: Any, path: str, kind: str) -> None:
    response = call.client.get(f"{HERE}{path}", headers=HTML)
    assert (response.status_code, response.headers["content-type"]) == (200, kind)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not {"unsafe", "http"} & set(policy.replace("-", " ").split())
    assert response.headers["x-content-type-options"] == "nosniff"
    words = response.text.replace("'", " ").split()
    assert {each for each in words if each.startswith("http")} <= {"http://www.w3.org/2000/svg"}
    assert "innerHTML" not in response.text
    assert " style=" not in response.text
    assert call.emulator.calls == []


@pytest.mark.parametrize("headers", [{}, {"accept": "application/json"}, {"accept": "*/*"}])
def test_the_root_names_the_page(call: Any, headers: dict[str, str]) -> None:
    response = call.client.get(HERE, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (
        200,
        "text/plain; charset=utf-8",
    )
    page = f"{HERE}/_emulator/page.html"
    assert page in response.text
    assert "<title>Data Stream emulator</title>" in call.client.get(page).text
    assert call.emulator.calls == []


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/", HTML),
        ("GET", "/index.html", HTML),
        ("GET", "/", {**HTML, "host": "datastream.apigw.ntruss.com"}),
        ("GET", "/", {"host": "emulator.attacker.example"}),
        ("GET", "/", {**HTML, "origin": "http://attacker.example"}),
    ],
)
def test_other_requests_go_to_the_service(
    call: Any, method: str, path: str, headers: dict[str, str]
) -> None:
    response = call.client.request(method, f"{HERE}{path}", headers=headers)
    assert response.status_code == 404
    assert response.json()["error"]["errorCode"] == "300"
    assert len(call.emulator.calls) == 1


def test_the_service_needs_a_signature_in_a_browser_too(call: Any) -> None:
    response = call.client.get(f"{HERE}/api/v1/topics", headers=HTML)
    assert (response.status_code, response.headers["content-type"]) == (401, "application/json")


def state(call: Any) -> dict[str, Any]:
    answer = call.client.get(STATE)
    assert answer.status_code == 200
    secrets = [call.emulator.credentials, call.emulator.main_credentials]
    assert not any(each.secret_key in answer.text for each in secrets)
    found: dict[str, Any] = answer.json()
    return found


def test_the_state_is_empty_at_first(call: Any) -> None:
    sub, main = call.emulator.credentials, call.emulator.main_credentials
    assert state(call) == {
        "prefix": state(call)["prefix"],
        "accounts": {sub.access_key: "sub account", main.access_key: "main account"},
        "topics": [],
        "calls": [],
        "call_count": 0,
        "resets": 0,
    }


def test_the_state_has_topics_with_messages_connector_and_schemas(call: Any) -> None:
    topic = call.topic()
    where = f"/api/v1/topics/{topic['topicId']}"
    connector = {
        "consumerSpec": "SMALL",
        "exportType": "OBJECT_STORAGE",
        "location": "s3a://bucket/a",
        "includeTopicInPath": True,
        "dateFormat": "HOUR",
        "roleNrn": "nrn:PUB:IAM::1:Role/7a1b2c3d",
    }
    assert call("POST", f"{where}/connectors", connector).is_success
    schema = json.dumps({"type": "record", "name": "A", "fields": []})
    assert call("POST", f"{where}/schemas", {"schemaType": "AVRO", "schema": schema}).is_success
    for number in range(25):
        body = {"topic": topic["topicName"], "key": "k", "value": f"값 {number}", "partition": 1}
        assert call("POST", "/api/produce", body).is_success
    (shown,) = state(call)["topics"]
    assert (shown["name"], shown["status"], shown["partitions"]) == (
        topic["topicName"],
        "CREATED",
        3,
    )
    assert shown["schemas"] == [{"version": 1, "type": "AVRO", "id": 1, "text": schema}]
    assert shown["message_count"] == 25
    assert shown["messages"][0] == {"key": "k", "value": "값 24", "partition": 1, "offset": 24}
    assert len(shown["messages"]) == 20
    made = call("GET", f"{where}/connectors").json()
    assert shown["connector"] == made


def test_the_page_does_not_count_as_a_read_of_a_topic(call: Any) -> None:
    name = call.emulator_prefix + "a"
    topic = call("POST", "/api/v1/topics", {"name": name}).json()
    where = f"/api/v1/topics/{topic['topicId']}"
    assert [state(call)["topics"][0]["status"] for _ in range(3)] == ["CREATING"] * 3
    assert call("GET", where).json()["status"] == "CREATING"
    call.clock.now += 0.5
    assert state(call)["topics"][0]["status"] == "CREATED"


def test_the_state_has_the_diagnosis_of_an_invalid_signature(call: Any) -> None:
    headers = call.headers("GET", "/api/v1/topics")
    url = "https://datastream.apigw.ntruss.com/api/v1/topics?a=1"
    call.client.get(url, headers=headers)
    (shown,) = state(call)["calls"]
    key, timestamp = call.emulator.credentials.access_key, headers["x-ncp-apigw-timestamp"]
    right = f"GET /api/v1/topics?a=1\n{timestamp}\n{key}"
    wrong = f"GET /api/v1/topics\n{timestamp}\n{key}"
    signature = headers["x-ncp-apigw-signature-v2"]
    assert shown["diagnosis"] == {
        "verdict": "The signature fits if the query is left out.",
        "advice": [
            {
                "what": "the query is left out",
                "remedy": "The query is part of the string to sign, including its question mark.",
            }
        ],
        "expected": {"text": right, "hex": right.encode().hex()},
        "signed": {"text": wrong, "hex": wrong.encode().hex()},
        "timestamp": timestamp,
        "off_ms": 0,
        "access_key": key,
        "access_key_known": True,
        "signature": f"{signature[:8]}… (44 characters)",
    }
    assert call.client.get(f"{HERE}/_emulator/calls").json()[0]["diagnosis"] == shown["diagnosis"]
    assert (shown["status"], shown["number"], shown["time"]) == (401, 1, call.clock())
    assert "does not match" in json.loads(shown["answer"])["error"]["details"]


def test_the_state_has_the_last_hundred_calls_newest_first(call: Any) -> None:
    for _ in range(103):
        call("GET", "/api/v1/topic-prefix")
    shown = state(call)
    assert shown["call_count"] == 103
    assert [each["number"] for each in shown["calls"]] == list(range(103, 3, -1))


def test_secret_keys_are_hidden_wherever_they_are(call: Any) -> None:
    secret = call.emulator.credentials.secret_key
    topic = call.topic()["topicName"]
    value = "x" * 1990 + secret  # half of it would be beyond what is shown
    call("POST", "/api/produce", {"topic": topic, "key": secret, "value": value})
    assert state(call)["calls"][0]["message"] == {"topic": topic, "key": HIDDEN}
    call("GET", f"/api/v1/topics?searchText={secret}")
    headers = {**call.headers("GET", "/"), "x-ncp-iam-access-key": secret}
    call.client.get("https://datastream.apigw.ntruss.com/api/v1/topics", headers=headers)
    shown = state(call)
    assert shown["calls"][0]["diagnosis"]["access_key"] == HIDDEN
    assert shown["topics"][0]["messages"][0]["key"] == HIDDEN
    assert secret[:10] not in json.dumps(shown)


def test_long_texts_are_truncated(call: Any) -> None:
    topic = call.topic()["topicName"]
    call("POST", "/api/produce", {"topic": topic, "key": "k", "value": "가" * 3000})
    shown = state(call)
    assert shown["topics"][0]["messages"][0]["value"] == "가" * 2000 + "… (1000 more characters)"
    assert shown["calls"][0]["message"] == {"topic": topic, "key": "k"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1]",
        b'{"topic": "t"}',
        b'{"topic": 1, "key": "k"}',
        b'{"topic": "\\ud800"}',
        b"[" * 9999,
    ],
)
def test_a_message_without_topic_and_key_is_shown_without_them(call: Any, content: bytes) -> None:
    call("POST", "/api/produce", content=content)
    assert state(call)["calls"][0]["message"] is None


# --- the forms ------------------------------------------------------------------------------------


def post(call: Any, path: str, body: Any) -> httpx.Response:
    response: httpx.Response = call.client.post(f"{HERE}/_emulator/{path}", json=body)
    return response


def test_the_page_creates_topics_and_sends_messages_by_the_rules_of_the_service(call: Any) -> None:
    name = f"{state(call)['prefix']}orders"
    created = post(call, "topics", {"name": name, "partitions": 2, "description": "주문"})
    assert created.status_code == 200
    assert (created.json()["topicName"], created.json()["status"]) == (name, "CREATING")
    message = {"topic": name, "key": "42", "value": "shipped", "partition": 1}
    assert "still CREATING" in post(call, "messages", message).json()["detail"]
    call.clock.now += 0.5
    assert post(call, "messages", message).json() == {"status": 200, "detail": "OK"}
    (stored,) = call.emulator.messages(name)
    assert (stored.key, stored.value, stored.partition) == ("42", "shipped", 1)
    for path, body, status in [
        ("topics", {"name": name}, 409),
        ("topics", {"name": f"{name}2", "partitions": 17}, 400),
        ("topics", [], 400),
        ("messages", {**message, "topic": "unknown"}, 404),
        ("messages", {**message, "partition": 2}, 400),
        ("messages", {**message, "value": "x" * 1024 * 1024}, 413),
    ]:
        rejected = post(call, path, body)
        assert rejected.status_code == status
        assert rejected.json().keys() == {"detail"}
    assert call.emulator.calls == [], "requests of the page are not calls"


def test_a_reset_restores_the_initial_state(clock: Any) -> None:
    initial = {
        "topics": iter([{"name": "orders"}]),
        "messages": iter([{"topic": "orders", "key": "1", "value": "first"}]),
    }
    emulator = Emulator(clock=clock, initial=initial, faults=[Fault.status("listTopics", 503)])
    keys = emulator.credentials
    with httpx.Client(transport=emulator.transport(), base_url=f"{HERE}/_emulator/") as client:
        client.get("https://datastream.apigw.ntruss.com/api/v1/topics")
        client.post("topics", json={"name": "other"})
        client.post("messages", json={"topic": "orders", "key": "2", "value": "second"})
        emulator.answer_next("getTopicPrefix", 500, times=9)
        for body in (b"", b"[]", b'{"a": 1}'):
            headers = {"content-type": "application/json"}
            assert client.post("reset", content=body, headers=headers).status_code == 400
        assert client.get("state").json()["resets"] == 0
        for count in (1, 2):
            assert client.post("reset", json={}).status_code == 204
            shown = client.get("state").json()
            assert (shown["resets"], shown["calls"], shown["call_count"]) == (count, [], 0)
            assert [each["name"] for each in shown["topics"]] == ["orders"]
            assert shown["topics"][0]["status"] == "CREATED"
            assert [each.value for each in emulator.messages("orders")] == ["first"]
    assert emulator.calls == []
    assert emulator.credentials == keys
    assert len(emulator.faults) == 1
    with DataStream(keys, transport=emulator.transport(), clock=clock) as ds:
        assert ds.get_topic_prefix().prefix == ""
