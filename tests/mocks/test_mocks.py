"""Mocks for httpx see every call and answer it; the service sees none of them."""

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
def test_respx(way: Way, options: dict[str, Any], reached: Reached, using: str) -> None:
    with way(options) as send, respx.mock(using=using) as router:
        route = router.post("/api/produce").respond(json=ANSWER)
        send()
    assert route.call_count == COUNT
    assert reached() == 0


def test_pytest_httpx(
    way: Way, options: dict[str, Any], reached: Reached, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="POST", json=ANSWER, is_reusable=True)
    with way(options) as send:
        send()
    requests = httpx_mock.get_requests()
    assert len(requests) == COUNT
    assert all("x-ncp-apigw-signature-v2" in request.headers for request in requests)
    assert reached() == 0


@pytest.mark.parametrize("way", BLOCKING)
@pytest.mark.parametrize("autospec", [True, False])
def test_the_blocking_client_of_httpx_is_patched(
    way: Way, options: dict[str, Any], reached: Reached, autospec: bool
) -> None:
    answer = httpx.Response(200, json=ANSWER)
    with (
        way(options) as send,
        mock.patch("httpx.Client.send", autospec=autospec, return_value=answer) as patched,
    ):
        send()
    assert patched.call_count == COUNT
    assert reached() == 0


@pytest.mark.parametrize("way", ASYNCHRONOUS)
@pytest.mark.parametrize("autospec", [True, False])
def test_the_asynchronous_client_of_httpx_is_patched(
    way: Way, options: dict[str, Any], reached: Reached, autospec: bool
) -> None:
    answer = httpx.Response(200, json=ANSWER)
    with (
        way(options) as send,
        mock.patch("httpx.AsyncClient.send", autospec=autospec, return_value=answer) as patched,
    ):
        send()
    assert patched.call_count == COUNT
    assert reached() == 0


def test_an_answer_that_is_mocked_becomes_the_same_error(
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
def test_a_failure_that_is_mocked_is_judged_by_its_class(
    options: dict[str, Any], httpx_mock: HTTPXMock, failure: Exception, maybe: bool
) -> None:
    """A mock says nothing of what was written."""
    httpx_mock.add_exception(failure)
    with DataStream(**options) as ds:
        once = ds.with_options(retry=_ONCE)
        with pytest.raises(TransportError) as caught:
            once.send_message(topic="orders", key="k", value="v")
    assert caught.value.maybe_delivered is maybe


@respx.mock
def test_requests_of_httpx_itself_are_seen_once(options: dict[str, Any], reached: Reached) -> None:
    route = respx.get("/api/v1/topics").respond(json={"topics": []})
    with DataStream(**options) as ds:
        assert ds.client.get_httpx_client().get("/api/v1/topics").json() == {"topics": []}
    assert route.call_count == 1
    assert reached() == 0
