"""Mocks for httpx get every call, and the service gets none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import httpx
import pytest
import respx
from mocks.ways import ASYNCHRONOUS, BLOCKING, COUNT, Way
from ncloud_datastream import DataStream, Retry, ServerError, TransportError
from pytest_httpx import HTTPXMock

ANSWER = {"status": 200, "detail": "OK"}
_ONCE = Retry(max_attempts=1)

Reached = Callable[[], int]


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
def test_respx_gets_every_call(
    way: Way, options: dict[str, Any], reached: Reached, using: str
) -> None:
    with way(options) as send, respx.mock(using=using) as router:
        route = router.post("/api/produce").respond(json=ANSWER)
        send()
    assert route.call_count == COUNT
    assert reached() == 0


def test_pytest_httpx_gets_every_call(
    way: Way, options: dict[str, Any], reached: Reached, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="POST", json=ANSWER, is_reusable=True)
    with way(options) as send:
        send()
    requests = httpx_mock.get_requests()
    assert len(requests) == COUNT
    assert all("x-ncp-apigw-signature-v2" in request.headers for request in requests)
    assert reached() == 0


@pytest.mark.parametrize(
    ("way", "method"),
    [
        *((way, "httpx.Client.send") for way in BLOCKING),
        *((way, "httpx.AsyncClient.send") for way in ASYNCHRONOUS),
    ],
)
@pytest.mark.parametrize("autospec", [True, False])
def test_a_patched_send_method_of_httpx_gets_every_call(
    way: Way, method: str, options: dict[str, Any], reached: Reached, autospec: bool
) -> None:
    response = httpx.Response(200, json=ANSWER)
    with (
        way(options) as send,
        mock.patch(method, autospec=autospec, return_value=response) as patched,
    ):
        send()
    assert patched.call_count == COUNT
    assert reached() == 0


def test_a_mocked_response_is_the_same_error(
    way: Way, options: dict[str, Any], httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=500, json={"status": 500, "detail": "x"}, is_reusable=True)
    with way(options) as send, pytest.raises(ServerError) as caught:
        send()
    assert caught.value.maybe_delivered


@pytest.mark.parametrize(
    ("failure", "maybe"),
    [(httpx.ConnectError("refused"), False), (httpx.ReadTimeout("late"), True)],
)
def test_the_class_of_a_mocked_failure_decides_whether_it_may_be_delivered(
    options: dict[str, Any], httpx_mock: HTTPXMock, failure: Exception, maybe: bool
) -> None:
    httpx_mock.add_exception(failure)
    with DataStream(**options) as ds:
        once = ds.with_options(retry=_ONCE)
        with pytest.raises(TransportError) as caught:
            once.send_message(topic="orders", key="k", value="v")
    assert caught.value.maybe_delivered is maybe


@respx.mock
def test_a_request_of_httpx_itself_is_mocked_once(
    options: dict[str, Any], reached: Reached
) -> None:
    route = respx.get("/api/v1/topics").respond(json={"topics": []})
    with DataStream(**options) as ds:
        assert ds.client.get_httpx_client().get("/api/v1/topics").json() == {"topics": []}
    assert route.call_count == 1
    assert reached() == 0
