"""The error bodies of `errors.json`, read by both clients."""

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
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            vector["status"], headers=vector["headers"], content=vector["body"].encode()
        )

    return {
        "credentials": Credentials("AK_TEST", "SK_TEST"),
        "transport": httpx.MockTransport(respond),
        "retry": Retry(max_attempts=1),
        # Close to the Date of the vectors, so that no clock skew is seen.
        "clock": lambda: 1700000000.0,
    }


def found(error: ApiError) -> dict[str, Any]:
    """Return the error in the format of a vector, with all optional fields."""
    return {
        "class": type(error).__name__,
        "code": error.code and error.code.value,
        "gateway_code": error.gateway_code and error.gateway_code.value,
        "retryable": error.retryable,
        "retry_after": getattr(error, "retry_after", None),
        "detail": error.detail,
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
async def test_both_clients_raise_the_error_of_the_vector(vector: dict[str, Any]) -> None:
    message = vector["server"] == "message"
    errors: list[ApiError | None] = [None, None]
    with DataStream(**options(vector)) as ds:
        try:
            ds.send_message(**MESSAGE) if message else ds.get_topic_prefix()
        except ApiError as error:
            errors[0] = error
    async with AsyncDataStream(**options(vector)) as ads:
        try:
            await (ads.send_message(**MESSAGE) if message else ads.get_topic_prefix())
        except ApiError as error:
            errors[1] = error
    expected = vector["error"]
    for error in errors:
        assert (error is None) == (expected is None)
        if error is None:
            continue
        assert error.status_code == vector["status"]
        complete = {"retry_after": None, "detail": error.detail, **expected}
        if type(error) is not RateLimitedError:
            complete["retry_after"] = getattr(error, "retry_after", None)
        assert found(error) == complete


def test_the_vectors_have_the_documented_format_and_cover_every_class_and_gateway_code() -> None:
    names = [vector["name"] for vector in VECTORS]
    assert len(names) == len(set(names)) > 50
    for vector in VECTORS:
        assert vector.keys() - {"note"} == {"name", "server", "status", "headers", "body", "error"}
        if vector["error"] is not None:
            needed = {"class", "code", "gateway_code", "retryable"}
            assert vector["error"].keys() - {"retry_after", "detail"} == needed
    errors = [vector["error"] for vector in VECTORS if vector["error"]]
    assert {error["class"] for error in errors} == CLASSES
    assert {code.value for code in GatewayErrorCode} <= {error["gateway_code"] for error in errors}
    assert {vector["server"] for vector in VECTORS} == {"management", "message"}
