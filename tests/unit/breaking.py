"""An error from every way in which a call can fail."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from ncloud_datastream import Credentials, DataStream, DataStreamError, Message, Retry
from unit.secrecy import KEYS, SECRET
from wire.clients import calling, sent
from wire.server import RawServer, Seen, answer


def respond(status: int, body: bytes = b"", *headers: str) -> Callable[[Seen], bytes]:
    return lambda seen: answer(status, body, headers=headers)


LATER = f"Date: {formatdate(datetime(2030, 1, 1, tzinfo=UTC).timestamp(), usegmt=True)}"
PROBLEM = b'{"code": "InvalidTopicNotFound", "detail": "no such topic"}'
ANSWERS: dict[str, Callable[[Seen], bytes]] = {
    "401": respond(401, b'{"error": {"errorCode": "200", "message": "Authentication Failed"}}'),
    "401 twice": respond(401, b"", LATER),
    "404": respond(404, PROBLEM),
    "429": respond(429, b"", "Retry-After: 0"),
    "500": respond(500, b"<html>"),
    "redirect": respond(302, b"", "Location: https://example.com/"),
    "hidden in a 200": respond(200, b'{"error": {"errorCode": "500", "message": "Endpoint"}}'),
    "HTML": respond(200, b"<html>"),
    "wrong type": respond(200, b"[]"),
    "cut short": lambda seen: answer().replace(b"Length: 2", b"Length: 3"),
    "no answer": lambda seen: b"",
    "garbage": lambda seen: b"\x00garbage\r\n\r\n",
    "broken gzip": respond(200, b"no gzip", "Content-Encoding: gzip"),
}


class Fails(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Fails with the given error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error


def failures(kind: str) -> Iterator[tuple[str, BaseException]]:
    """Yield an error of every kind, by name."""
    options: dict[str, Any] = {"verify": False, "retry": Retry(max_attempts=1)}

    def caught(call: Callable[..., Any], *args: Any, **kwargs: Any) -> BaseException:
        with pytest.raises(DataStreamError) as found:
            call(*args, **kwargs)
        return found.value

    for name, response in ANSWERS.items():
        with RawServer(response) as server:
            urls = {"management_url": server.url, "message_url": server.url}
            with calling(kind, credentials=KEYS, **urls, **options) as call:
                yield f"{name} to GET", caught(call, "get_topic", "t1")
                yield f"{name} to POST", caught(call, "send_message", topic="t", key="k", value="v")

    for name in ("401 twice", "429", "redirect", "HTML", "no answer"):
        with RawServer(ANSWERS[name]) as server:
            messages = [Message("t", "k", "v")]
            (delivery,) = sent(kind, messages, credentials=KEYS, message_url=server.url, **options)
            assert delivery.error is not None
            yield f"{name} to messages in bulk", delivery.error

    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with calling(kind, credentials=KEYS, management_url=url, **options) as call:
        yield "refused", caught(call, "get_topic", "t1")
        yield "bad argument", caught(call, "get_topic", "..")
        yield "no Unicode", caught(call, "get_topic", "\ud800")
        yield "no JSON", caught(call, "create_topic", name=object())
        call("close" if kind == "sync" else "aclose")
        yield "closed", caught(call, "get_topic", "t1")

    for error in (httpx.ReadTimeout("late"), httpx.ConnectTimeout("late"), OSError(5, "broken")):
        transport = Fails(error)
        with calling(kind, credentials=KEYS, transport=transport, **options) as call:
            yield type(error).__name__, caught(call, "get_topic", "t1")

    waiting = httpx.MockTransport(
        lambda request: httpx.Response(200, json={"topicId": "t1", "topicName": "n"})
    )
    with calling(kind, credentials=KEYS, transport=waiting, **options) as call:
        yield "wait", caught(call, "wait_for_topic", "t1", timeout=0)

    gone = iter([httpx.Response(503), httpx.Response(404)])
    vanishing = httpx.MockTransport(lambda request: next(gone))
    twice = {**options, "retry": Retry(max_attempts=2)}
    with calling(kind, credentials=KEYS, transport=vanishing, **twice) as call:
        error = caught(call, "delete_topic", "t1")
        assert error.__notes__
        yield "note", error

    def fails() -> Credentials:
        raise RuntimeError("vault")

    for name, keys in {
        "callable fails": fails,
        "callable gives text": lambda: SECRET,
        "callable gives a bad pair": lambda: Credentials("AK", f"{SECRET}\n"),
    }.items():
        with calling(kind, credentials=keys, transport=waiting, **options) as call:
            yield name, caught(call, "get_topic", "t1")

    def make(**arguments: Any) -> Any:
        with calling(kind, **{"credentials": KEYS, **options, **arguments}):
            raise AssertionError("the client was created")

    yield "text for credentials", caught(make, credentials=SECRET)
    yield "tuple for credentials", caught(make, credentials=("AK", SECRET))
    yield "bad URL", caught(make, management_url="http://example.com")
    yield "bad timeout", caught(make, timeout=-1)
    urls = {"proxy": "http://127.0.0.1:1", "message_url": "http://[::1]"}
    yield "proxy over plain http", caught(make, **urls)
    yield "pickled pair", caught(pickle.dumps, KEYS)
    yield "pickled client", caught(pickle.dumps, DataStream(KEYS, transport=waiting))
