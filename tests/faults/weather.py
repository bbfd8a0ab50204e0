"""A path to the emulator on which things go wrong at random, the same way for the same seed.

It stands between a client and the emulator, reads each request whole, and then does one of the
things below. What becomes of a message depends on its value, on how often it has come before, and
on the seed alone, so that a run can be repeated whatever the order in which requests arrive.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from faults.scripts import CHUNKED, answer, chunks, gzipped
from faults.server import Gone, Peer, Seen

Does = Callable[["Weather", Peer, Seen], Awaitable[None]]

STALL = 30.0
"""Seconds that a stalled answer takes: the clients have given up long before."""


class Weather:
    """The script of such a path.

    Args:
        url: Where the emulator is.
        seed: What decides.
        share: How many of a hundred requests something befalls.
        limits: How often that is a 429, for once that it is any other thing.
    """

    def __init__(self, url: str, seed: int, share: float, limits: float = 1.0) -> None:
        place = urlsplit(url)
        self._host, self._port = place.hostname, place.port
        self._seed = seed
        self._share = share
        self._weights = [limits if each is limited else 1.0 for each in EVENTS]
        self._came: Counter[str] = Counter()
        self.did: Counter[str] = Counter()
        """How often each thing befell a request."""

    async def __call__(self, peer: Peer) -> None:
        while True:
            request = await peer.request()
            peer.site.requests.remove(request)  # there will be very many
            does = self._chosen(request)
            self.did[does.__name__] += 1
            await does(self, peer, request)
            if does in _LAST:
                return

    def _chosen(self, request: Seen) -> Does:
        value = json.loads(request.body)["value"]
        self._came[value] += 1
        draw = random.Random(f"{self._seed} {value} {self._came[value]}")
        if draw.random() * 100 >= self._share:
            return well
        return draw.choices(EVENTS, self._weights)[0]

    async def forward(self, request: Seen) -> bytes:
        """Let the emulator act on a request, and return the body of its answer."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            headers = {**request.headers, "connection": "close"}
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            head = f"{request.method} {request.target} HTTP/1.1\r\n{lines}\r\n"
            writer.write(head.encode("latin-1") + request.body)
            whole = await reader.read()
        finally:
            writer.close()
        first, _, rest = whole.partition(b"\r\n\r\n")
        if b" 200 " not in first.partition(b"\r\n")[0]:
            raise AssertionError(whole)
        return rest


# --- what does not reach the emulator -----------------------------------------------------------


async def reset_before(weather: Weather, peer: Peer, request: Seen) -> None:
    peer.reset()


async def close_before(weather: Weather, peer: Peer, request: Seen) -> None:
    return


async def stall_before(weather: Weather, peer: Peer, request: Seen) -> None:
    await asyncio.wait([asyncio.ensure_future(_gone(peer))], timeout=STALL)


async def limited(weather: Weather, peer: Peer, request: Seen) -> None:
    await peer.send(answer(b"{}", 429, {"Retry-After": "0"}))


async def refused_400(weather: Weather, peer: Peer, request: Seen) -> None:
    await peer.send(answer(b"{}", 400))


async def unavailable_before(weather: Weather, peer: Peer, request: Seen) -> None:
    await peer.send(answer(b"{}", 503))


async def garbage_before(weather: Weather, peer: Peer, request: Seen) -> None:
    await peer.send(b"garbage\r\n\r\n")


# --- what the emulator acts on, and the client does not learn of --------------------------------


async def reset_after(weather: Weather, peer: Peer, request: Seen) -> None:
    await weather.forward(request)
    peer.reset()


async def close_after(weather: Weather, peer: Peer, request: Seen) -> None:
    await weather.forward(request)


async def stall_after(weather: Weather, peer: Peer, request: Seen) -> None:
    await weather.forward(request)
    await asyncio.wait([asyncio.ensure_future(_gone(peer))], timeout=STALL)


async def cut_after(weather: Weather, peer: Peer, request: Seen) -> None:
    body = await weather.forward(request)
    await peer.send(answer(body, length=len(body) + 1))


async def short_after(weather: Weather, peer: Peer, request: Seen) -> None:
    body = await weather.forward(request)
    await peer.send(answer(body, length=len(body) - 1))


async def broken_chunks_after(weather: Weather, peer: Peer, request: Seen) -> None:
    body = await weather.forward(request)
    await peer.send(answer(b"zz\r\n" + body, 200, CHUNKED))


async def failed_after(weather: Weather, peer: Peer, request: Seen) -> None:
    await weather.forward(request)
    await peer.send(answer(b"{}", 500))


async def timed_out_after(weather: Weather, peer: Peer, request: Seen) -> None:
    await weather.forward(request)
    await peer.send(answer(b"<html>", 504))


async def hidden_after(weather: Weather, peer: Peer, request: Seen) -> None:
    await weather.forward(request)
    await peer.send(answer(b'{"error": {"errorCode": "510", "message": "Endpoint Timeout"}}'))


async def html_after(weather: Weather, peer: Peer, request: Seen) -> None:
    await weather.forward(request)
    await peer.send(answer(b"<html>", 200))


# --- what is unusual, and no failure ------------------------------------------------------------


async def well(weather: Weather, peer: Peer, request: Seen) -> None:
    await peer.send(answer(await weather.forward(request)))


async def well_in_chunks(weather: Weather, peer: Peer, request: Seen) -> None:
    body = await weather.forward(request)
    await peer.send(answer(chunks(body[:5], body[5:]), 200, CHUNKED))


async def well_in_gzip(weather: Weather, peer: Peer, request: Seen) -> None:
    body = gzipped(await weather.forward(request))
    await peer.send(answer(body, 200, {"Content-Encoding": "gzip"}))


async def well_after_102(weather: Weather, peer: Peer, request: Seen) -> None:
    await peer.send(b"HTTP/1.1 102 Processing\r\n\r\n" + answer(await weather.forward(request)))


async def well_and_closed(weather: Weather, peer: Peer, request: Seen) -> None:
    await peer.send(answer(await weather.forward(request)))


async def well_and_reset(weather: Weather, peer: Peer, request: Seen) -> None:
    await peer.send(answer(await weather.forward(request)))
    peer.reset()


async def well_and_more(weather: Weather, peer: Peer, request: Seen) -> None:
    """An answer that would do for the next request, too."""
    body = await weather.forward(request)
    await peer.send(answer(body) + answer(b'{"status": 200, "detail": "OK"}'))


EVENTS: list[Does] = [
    reset_before, close_before, stall_before, limited, refused_400, unavailable_before,
    garbage_before, reset_after, close_after, stall_after, cut_after, short_after,
    broken_chunks_after, failed_after, timed_out_after, hidden_after, html_after, well_in_chunks,
    well_in_gzip, well_after_102, well_and_closed, well_and_reset, well_and_more,
]  # fmt: skip

_LAST = frozenset({
    reset_before, close_before, stall_before, garbage_before, reset_after, close_after,
    stall_after, cut_after, short_after, broken_chunks_after, well_and_closed, well_and_reset,
})  # fmt: skip


async def _gone(peer: Peer) -> None:
    try:
        await peer.gone()
    except Gone:
        return
