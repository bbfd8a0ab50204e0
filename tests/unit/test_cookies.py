"""No cookie of an answer finds its way into a later request."""

from __future__ import annotations

import httpx
from ncloud_datastream import AsyncDataStream, Credentials, DataStream

KEYS = Credentials("AK", "SK")


def answer(request: httpx.Request) -> httpx.Response:
    assert "Cookie" not in request.headers
    return httpx.Response(200, json={"prefix": "h4j6l-"}, headers={"Set-Cookie": "a=b; Path=/"})


def test_none_is_kept() -> None:
    with DataStream(KEYS, transport=httpx.MockTransport(answer)) as ds:
        for _ in range(2):
            assert ds.get_topic_prefix().prefix == "h4j6l-"


async def test_none_is_kept_by_the_asynchronous_client() -> None:
    async with AsyncDataStream(KEYS, transport=httpx.MockTransport(answer)) as ds:
        for _ in range(2):
            assert (await ds.get_topic_prefix()).prefix == "h4j6l-"
