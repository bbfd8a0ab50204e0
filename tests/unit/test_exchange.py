"""One call without I/O, and what a session refuses before it begins."""

from collections.abc import Iterator

import httpx
import pytest
from ncloud_datastream import ConfigurationError, Credentials, DataStream, NotFoundError, Retry
from ncloud_datastream.attempt import Attempt
from ncloud_datastream.exchange import exchange

KEYS = Credentials("AK", "SK")


def test_nothing_follows_a_success() -> None:
    request = httpx.Request("GET", "https://h/")
    steps = exchange(request, Retry(), 1.0)
    assert isinstance(next(steps), Attempt)
    answer = httpx.Response(200, request=request)
    assert steps.send(answer) is answer
    with pytest.raises(StopIteration):
        next(steps)


def test_a_body_that_was_streamed_is_not_kept_in_the_error() -> None:
    def body() -> Iterator[bytes]:
        yield b"streamed"

    class Refusing(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(404)  # a MockTransport would have read the body

    with DataStream(KEYS, transport=Refusing()) as ds, pytest.raises(NotFoundError) as caught:
        ds.client.get_httpx_client().post("/api/v1/topics", content=body())
    assert caught.value.response is not None
    assert caught.value.response.request.content == b""
    assert caught.value.response.request.headers["x-ncp-apigw-signature-v2"] == "***"


def test_a_server_that_the_document_does_not_name() -> None:
    called: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        called.append(request)
        return httpx.Response(200)

    with (
        DataStream(KEYS, transport=httpx.MockTransport(answer)) as ds,
        pytest.raises(ConfigurationError, match="there is no server 'nowhere'"),
    ):
        ds.client.get_httpx_client().get("/api", extensions={"server": "nowhere"})
    assert called == []


def test_a_proxy_that_cannot_be_used() -> None:
    with pytest.raises(ConfigurationError, match="proxy cannot be used"):
        DataStream(KEYS, proxy="ftp://127.0.0.1:9")
