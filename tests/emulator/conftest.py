"""An independent signer, and a caller that checks responses against the document."""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from ncloud_datastream_emulator import Emulator
from openapi_schema_validator import OAS30Validator

NOW = 1_790_000_000.0
MANAGEMENT = "https://datastream.apigw.ntruss.com"
MESSAGE = "https://api.datastream.naverncp.com"


class Clock:
    """A clock that is set by the test."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def sign(method: str, target: str, credentials: Any, now: float) -> dict[str, str]:
    """Sign a request without code of the product."""
    timestamp = str(round(now * 1000))
    text = method + " " + target + "\n" + timestamp + "\n" + credentials.access_key
    code = hmac.new(credentials.secret_key.encode("utf-8"), text.encode("utf-8"), hashlib.sha256)
    return {
        "x-ncp-apigw-timestamp": timestamp,
        "x-ncp-iam-access-key": credentials.access_key,
        "x-ncp-apigw-signature-v2": base64.b64encode(code.digest()).decode(),
    }


class Caller:
    """Sends signed calls to an emulator, and checks every response against the document."""

    def __init__(
        self, emulator: Emulator, client: httpx.Client, document: dict[str, Any], clock: Clock
    ) -> None:
        self.emulator = emulator
        self.client = client
        self.document = document
        self.clock = clock

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        credentials: Any = None,
        headers: dict[str, str] | None = None,
        host: str | None = None,
    ) -> httpx.Response:
        if content is None and body is not None:
            content = json.dumps(body).encode()
        base = host or (MESSAGE if path.startswith("/api/produce") else MANAGEMENT)
        url = httpx.URL(base if self.client.base_url.host == "" else self.client.base_url).join(
            path
        )
        target = url.raw_path.decode()
        signed = sign(method, target, credentials or self.emulator.credentials, self.clock())
        response = self.client.request(
            method, url, content=content, headers={**signed, **(headers or {})}
        )
        self._check(self.emulator.calls[-1].operation, method, response)
        return response

    def headers(self, method: str, target: str, off: float = 0) -> dict[str, str]:
        """Return headers for another client, with a timestamp that differs by some seconds."""
        return sign(method, target, self.emulator.credentials, self.clock() + off)

    def _check(self, operation_id: str | None, method: str, response: httpx.Response) -> None:
        assert "date" in response.headers
        for path, item in self.document["paths"].items():
            entry = item.get(method.lower(), {})
            if entry.get("operationId") != operation_id or operation_id is None:
                continue
            documented = self._resolve(entry["responses"][str(response.status_code)])
            if "content" not in documented:
                assert response.content == b"", path
                assert "content-type" not in response.headers
                return
            assert response.headers["content-type"] == "application/json"
            schema = documented["content"]["application/json"]["schema"]
            body = response.json()
            OAS30Validator({**schema, "components": self.document["components"]}).validate(body)
            self._all_documented(schema, body)

    def _all_documented(self, schema: dict[str, Any], value: Any) -> None:
        schema = self._resolve(schema)
        if isinstance(value, dict):
            assert value.keys() <= schema["properties"].keys()
            for name, each in value.items():
                self._all_documented(schema["properties"][name], each)
        if isinstance(value, list):
            for each in value:
                self._all_documented(schema["items"], each)

    def _resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self.document
            for name in node["$ref"][2:].split("/"):
                target = target[name]
            node = target
        return node

    def topic(self, name: str = "orders", partitions: int = 3) -> dict[str, Any]:
        """Create a topic and wait until it is CREATED."""
        name = self.emulator_prefix + name
        topic = self("POST", "/api/v1/topics", {"name": name, "partitions": partitions})
        assert topic.status_code == 200, topic.text
        path = f"/api/v1/topics/{topic.json()['topicId']}"
        assert self("GET", path).json()["status"] == "CREATING"
        ready: dict[str, Any] = self("GET", path).json()
        assert ready["status"] == "CREATED"
        return ready

    @property
    def emulator_prefix(self) -> str:
        """The prefix, requested from the emulator."""
        return str(self("GET", "/api/v1/topic-prefix").json()["prefix"])


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    spec = importlib.util.find_spec("ncloud_datastream_api")
    assert spec is not None
    assert spec.origin is not None
    content: dict[str, Any] = json.loads(Path(spec.origin).with_name("openapi.json").read_bytes())
    return content


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(name="sign", scope="session")
def sign_fixture() -> Callable[..., dict[str, str]]:
    return sign


@pytest.fixture
def emulator(clock: Clock) -> Emulator:
    return Emulator(clock=clock, seed=7)


@pytest.fixture
def call(emulator: Emulator, document: dict[str, Any], clock: Clock) -> Iterator[Caller]:
    """A caller of the in-process transport, with NCP's host names."""
    with httpx.Client(transport=emulator.transport()) as client:
        yield Caller(emulator, client, document, clock)


@pytest.fixture
def serve(
    document: dict[str, Any], clock: Clock, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Caller]]:
    """Start an emulator on a socket, with its application optionally wrapped; return a caller."""
    running: list[tuple[Emulator, httpx.Client]] = []

    def start(around: Callable[[Any], Any] | None = None, **options: Any) -> Caller:
        emulator = Emulator(clock=clock, seed=7, **options)
        if around is not None:
            emulator.app = around(emulator.app)
        emulator.start()
        client = httpx.Client(base_url=emulator.url)
        running.append((emulator, client))
        return Caller(emulator, client, document, clock)

    yield start
    for emulator, client in running:
        client.close()
        emulator.stop()
