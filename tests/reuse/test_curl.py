"""examples/curl.sh against an emulator with two hosts at two addresses."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from world import World, world

SCRIPT = Path(__file__).parents[2] / "examples" / "curl.sh"

pytestmark = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl") and shutil.which("openssl")),
    reason="the script needs bash, curl and openssl",
)

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place() -> Iterator[World]:
    with world() as place:
        yield place


@pytest.fixture
def curl(place: World) -> Run:
    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPT), *arguments],
            env={"PATH": os.environ["PATH"], **place.environment, **variables},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    return run


def test_a_topic_is_created_used_and_deleted(curl: Run, place: World) -> None:
    prefix = json.loads(curl("GET", "/api/v1/topic-prefix").stdout)["prefix"]
    body = {"name": f"{prefix}curl", "description": '주문 +50% "할인"'}
    topic = json.loads(curl("POST", "/api/v1/topics", json.dumps(body)).stdout)
    for _ in range(2):
        read = curl("GET", f"/api/v1/topics/{topic['topicId']}")
    assert json.loads(read.stdout)["status"] == "CREATED"
    message = {"topic": topic["topicName"], "key": "주문", "value": "안녕 + 100%"}
    sent = curl("POST", "/api/produce", json.dumps(message, ensure_ascii=False))
    assert json.loads(sent.stdout) == {"status": 200, "detail": "OK"}
    deleted = curl("DELETE", f"/api/v1/topics/{topic['topicId']}")
    assert (deleted.returncode, deleted.stdout) == (0, "true")

    assert [call.operation for call in place.emulator.calls] == [
        "getTopicPrefix",
        "createTopic",
        "getTopic",
        "getTopic",
        "sendMessage",
        "deleteTopic",
    ]
    assert all(call.signature_valid for call in place.emulator.calls)
    assert json.loads(place.emulator.calls[1].body) == body
    assert place.emulator.messages(topic["topicName"])[0].value == "안녕 + 100%"


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/topics?searchText=%EC%A3%BC%EB%AC%B8+%2B50%25%20a",
        "/api/v1/topics?searchText=[a-c]{x,y}'*~&descending=false",
        "/api/v1/topics/a%2Fb",
        "/api/v1/./topics/../topics",
        "/api/v1//topics",
    ],
)
def test_a_target_is_sent_and_signed_unchanged(target: str, curl: Run, place: World) -> None:
    curl("GET", target)
    (call,) = place.emulator.calls
    assert call.target == target
    assert call.signature_valid


@pytest.mark.parametrize(
    "target", ["api/v1/topics", "/api/v1/topics?searchText=a b", "/a\nX: y", "/주문", "/a#b", ""]
)
def test_a_target_that_curl_would_change_is_rejected(target: str, curl: Run, place: World) -> None:
    rejected = curl("GET", target)
    assert rejected.returncode == 2
    assert "percent-encoded" in rejected.stderr
    assert place.emulator.calls == []


def test_an_error_is_printed_and_fails_without_showing_the_key(curl: Run) -> None:
    response = curl("GET", "/api/v1/topics/nothing")
    assert response.returncode == 22
    assert json.loads(response.stdout)["code"] == "InvalidTopicNotFound"
    response = curl("GET", "/api/v1/topics", NCLOUD_SECRET_ACCESS_KEY="canary-key")
    assert response.returncode == 22
    assert json.loads(response.stdout)["error"]["errorCode"] == "200"
    assert "canary-key" not in response.stdout + response.stderr


@pytest.mark.parametrize("name", ["NCLOUD_ACCESS_KEY_ID", "NCLOUD_SECRET_ACCESS_KEY"])
def test_a_missing_key_is_named(name: str, curl: Run, place: World) -> None:
    response = curl("GET", "/api/v1/topics", **{name: ""})
    assert response.returncode != 0
    assert name in response.stderr
    assert place.emulator.calls == []


@pytest.mark.parametrize("arguments", [(), ("GET",), ("GET", "/", "{}", "more")])
def test_wrong_arguments_print_the_usage(arguments: tuple[str, ...], curl: Run) -> None:
    response = curl(*arguments)
    assert response.returncode == 2
    assert response.stderr.startswith("examples/curl.sh METHOD TARGET")
