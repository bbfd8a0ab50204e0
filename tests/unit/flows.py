"""The signing middleware, driven by hand: no client and no socket around it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    Credentials,
    SignatureAuth,
    sign,
    string_to_sign,
)
from ncloud_datastream_api.api import SERVERS

KEYS = Credentials("AK", "SK")
OTHER_KEYS = Credentials("AK2", "SK2")
MANAGEMENT = SERVERS["management"]
MESSAGE = SERVERS["message"]
NOON = 1_700_000_000.0


class Clock:
    """A clock that stands, and moves when it is told to."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Flow:
    """An auth flow, stepped through by the test in the place of a client.

    The asynchronous one is stepped without an event loop, as long as it waits for nothing.
    """

    def __init__(self, kind: str, auth: SignatureAuth, request: httpx.Request) -> None:
        self.request = request
        self.ended = False
        self._sync: Generator[httpx.Request, httpx.Response, None] | None = None
        self._async: AsyncGenerator[httpx.Request, httpx.Response] | None = None
        if kind == "sync":
            self._sync = auth.auth_flow(request)
        else:
            self._async = auth.async_auth_flow(request)

    def send(self, response: httpx.Response | None = None) -> dict[str, str]:
        """Go on with an answer; returns the headers that sign what is sent next, if anything."""
        try:
            if self._sync is not None:
                sent = next(self._sync) if response is None else self._sync.send(response)
            else:
                assert self._async is not None
                step = self._async.asend(response)  # type: ignore[arg-type]
                with pytest.raises(StopIteration) as given:
                    step.send(None)
                sent = given.value.value
        except (StopIteration, StopAsyncIteration):
            self.ended = True
            return {}
        assert sent is self.request
        return signed(sent)


def signed(request: httpx.Request) -> dict[str, str]:
    """The three headers, by their last words, proved to be what the keys give."""
    timestamp = request.headers["x-ncp-apigw-timestamp"]
    access_key = request.headers["x-ncp-iam-access-key"]
    keys = {"AK": KEYS, "AK2": OTHER_KEYS}[access_key]
    target = request.url.raw_path.decode()
    message = string_to_sign(request.method, target, int(timestamp), access_key)
    signature = request.headers["x-ncp-apigw-signature-v2"]
    assert signature == sign(keys.secret_key, message)
    return {"timestamp": timestamp, "access key": access_key, "signature": signature}


def a_request(url: str = f"{MANAGEMENT}/api/v1/topics?a=%2B", **extensions: Any) -> httpx.Request:
    return httpx.Request("GET", url, extensions=extensions)


def refused(at: float | None, status: int = 401, **headers: str) -> httpx.Response:
    """An answer that was made at a time."""
    dated = {} if at is None else {"Date": formatdate(at, usegmt=True)}
    return httpx.Response(status, headers={**dated, **headers})


def milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


each_kind = pytest.mark.parametrize("kind", ["sync", "async"])
