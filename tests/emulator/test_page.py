"""What a browser is served, and the value that the page is made of."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from ncloud_datastream_emulator.diagnosis import HIDDEN

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HERE = "http://localhost:8765"
STATE = f"{HERE}/_emulator/state"
FILES = [
    ("/", "text/html; charset=utf-8"),
    ("/_emulator/page.css", "text/css; charset=utf-8"),
    ("/_emulator/page.js", "text/javascript; charset=utf-8"),
    ("/_emulator/dom.js", "text/javascript; charset=utf-8"),
    ("/_emulator/strings.js", "text/javascript; charset=utf-8"),
]


@pytest.mark.parametrize(("path", "kind"), FILES)
def test_the_page_and_its_files(call: Any, path: str, kind: str) -> None:
    answer = call.client.get(f"{HERE}{path}", headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert call.emulator.calls == []


def test_it_names_no_other_place(call: Any) -> None:
    for path, _ in FILES:
        text = call.client.get(f"{HERE}{path}", headers=HTML).text
        assert "https://" not in text
        assert {"http://www.w3.org/2000/svg"} >= {
            word for word in text.replace("'", " ").split() if word.startswith("http://")
        }
        assert "innerHTML" not in text
        assert " style=" not in text


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/", {"accept": "application/json"}),
        ("POST", "/", HTML),
        ("GET", "/index.html", HTML),
        ("GET", "/", {**HTML, "host": "datastream.apigw.ntruss.com"}),
        ("GET", "/", {**HTML, "host": "emulator.attacker.example"}),
        ("GET", "/", {**HTML, "origin": "http://attacker.example"}),
    ],
)
def test_everything_else_is_the_service(
    call: Any, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = call.client.request(method, f"{HERE}{path}", headers=headers)
    assert answer.status_code == 404
    assert answer.json()["error"]["errorCode"] == "300"
    assert len(call.emulator.calls) == 1


@pytest.mark.parametrize("path", ["/api/v1/topics", "/api/v1/topic-prefix"])
def test_a_browser_that_calls_the_service_is_refused_as_anyone(call: Any, path: str) -> None:
    answer = call.client.get(f"{HERE}{path}", headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json")


def state(call: Any) -> dict[str, Any]:
    answer = call.client.get(STATE)
    assert answer.status_code == 200
    secrets = [call.emulator.credentials, call.emulator.main_credentials]
    assert not any(each.secret_key in answer.text for each in secrets)
    found: dict[str, Any] = answer.json()
    return found


def test_the_state_of_an_account_without_anything(call: Any) -> None:
    sub, main = call.emulator.credentials, call.emulator.main_credentials
    assert state(call) == {
        "prefix": state(call)["prefix"],
        "accounts": {sub.access_key: "sub account", main.access_key: "main account"},
        "topics": [],
        "calls": [],
        "call_count": 0,
    }


def test_topics_with_all_that_belongs_to_them(call: Any) -> None:
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


def test_looking_does_not_read_a_topic(call: Any) -> None:
    """The page must not change what a program sees: a topic is CREATING for its first reader."""
    name = call.emulator_prefix + "a"
    topic = call("POST", "/api/v1/topics", {"name": name}).json()
    where = f"/api/v1/topics/{topic['topicId']}"
    assert [state(call)["topics"][0]["status"] for _ in range(3)] == ["CREATING"] * 3
    assert call("GET", where).json()["status"] == "CREATING"
    call.clock.now += 0.5
    assert state(call)["topics"][0]["status"] == "CREATED"


def test_a_refused_signature(call: Any) -> None:
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


def test_calls_are_numbered_and_the_newest_is_first(call: Any) -> None:
    for _ in range(103):
        call("GET", "/api/v1/topic-prefix")
    shown = state(call)
    assert shown["call_count"] == 103
    assert [each["number"] for each in shown["calls"]] == list(range(103, 3, -1))


def test_secret_keys_do_not_show_wherever_they_are_put(call: Any) -> None:
    secret = call.emulator.credentials.secret_key
    topic = call.topic()["topicName"]
    value = "x" * 1990 + secret  # half of it would be beyond what is shown
    call("POST", "/api/produce", {"topic": topic, "key": secret, "value": value})
    call("GET", f"/api/v1/topics?searchText={secret}")
    headers = {**call.headers("GET", "/"), "x-ncp-iam-access-key": secret}
    call.client.get("https://datastream.apigw.ntruss.com/api/v1/topics", headers=headers)
    shown = state(call)
    assert shown["calls"][0]["diagnosis"]["access_key"] == HIDDEN
    assert shown["topics"][0]["messages"][0]["key"] == HIDDEN
    assert secret[:10] not in json.dumps(shown)


def test_long_texts_are_cut(call: Any) -> None:
    topic = call.topic()["topicName"]
    call("POST", "/api/produce", {"topic": topic, "key": "k", "value": "가" * 3000})
    value = state(call)["topics"][0]["messages"][0]["value"]
    assert value == "가" * 2000 + "… (1000 more characters)"


def test_it_is_served_on_a_socket(serve: Any) -> None:
    caller = serve()
    answer = httpx.get(caller.emulator.url, headers=HTML)
    assert answer.status_code == 200
    assert "<title>Data Stream emulator</title>" in answer.text
    assert httpx.get(caller.emulator.url).status_code == 404
    assert httpx.get(f"{caller.emulator.url}/_emulator/state").json()["call_count"] == 1
