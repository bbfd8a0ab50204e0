"""Our own reader over `errors.json`, through both clients."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    ApiError,
    AsyncDataStream,
    Credentials,
    DataStream,
    GatewayErrorCode,
    RateLimitedError,
    Retry,
)

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "errors.json").read_text(encoding="utf-8")
)
MESSAGE = {"topic": "t", "key": "k", "value": "v"}
CLASSES = {
    "ApiError",
    "BadRequestError",
    "AuthenticationError",
    "PermissionDeniedError",
    "NotFoundError",
    "ConflictError",
    "PayloadTooLargeError",
    "RateLimitedError",
    "ServerError",
}


def options(vector: dict[str, Any]) -> dict[str, Any]:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            vector["status"], headers=vector["headers"], content=vector["body"].encode()
        )

    return {
        "credentials": Credentials("AK_TEST", "SK_TEST"),
        "transport": httpx.MockTransport(answer),
        "retry": Retry(max_attempts=1),
        # An answer's Date is that of the vector; a clock beside it has no offset to learn.
        "clock": lambda: 1700000000.0,
    }


def call(vector: dict[str, Any]) -> None:
    with DataStream(**options(vector)) as ds:
        if vector["server"] == "message":
            ds.send_message(**MESSAGE)
        else:
            ds.get_topic_prefix()


async def call_async(vector: dict[str, Any]) -> None:
    async with AsyncDataStream(**options(vector)) as ds:
        if vector["server"] == "message":
            await ds.send_message(**MESSAGE)
        else:
            await ds.get_topic_prefix()


def outcome(error: ApiError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    found = {
        "class": type(error).__name__,
        "code": error.code and error.code.value,
        "gateway_code": error.gateway_code and error.gateway_code.value,
        "retryable": error.retryable,
    }
    if isinstance(error, RateLimitedError):
        found["retry_after"] = error.retry_after
    return found


def check(vector: dict[str, Any], error: ApiError | None) -> None:
    assert error is None or error.status_code == vector["status"]
    expected = vector["error"]
    if isinstance(error, RateLimitedError):
        expected = {"retry_after": None, **expected}
    found = outcome(error)
    if error is not None and "detail" in expected:
        found = {**(found or {}), "detail": error.detail}
    assert found == expected


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_error(vector: dict[str, Any]) -> None:
    try:
        call(vector)
    except ApiError as error:
        check(vector, error)
    else:
        check(vector, None)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
async def test_error_async(vector: dict[str, Any]) -> None:
    try:
        await call_async(vector)
    except ApiError as error:
        check(vector, error)
    else:
        check(vector, None)


def test_names_are_unique() -> None:
    names = [vector["name"] for vector in VECTORS]
    assert len(names) == len(set(names)) > 50


def test_every_class_and_gateway_code_is_there() -> None:
    errors = [vector["error"] for vector in VECTORS if vector["error"]]
    assert {error["class"] for error in errors} == CLASSES
    assert {code.value for code in GatewayErrorCode} <= {error["gateway_code"] for error in errors}
    assert {vector["server"] for vector in VECTORS} == {"management", "message"}


def test_vectors_hold_what_the_readme_says() -> None:
    for vector in VECTORS:
        assert vector.keys() - {"note"} == {"name", "server", "status", "headers", "body", "error"}
        if vector["error"] is not None:
            needed = {"class", "code", "gateway_code", "retryable"}
            assert vector["error"].keys() - {"retry_after", "detail"} == needed
