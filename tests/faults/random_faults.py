"""A path to the emulator that injects random faults, reproducibly for a seed.

It reads each request whole and then applies one of the faults below. Which one depends only on the
seed, the value of the message and how often that value has arrived, so a run can be repeated
whatever the order in which requests arrive.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from faults.scripts import CHUNKED, answer, chunks, gzipped
from faults.server import Gone, Peer, Seen

STALL = 30.0
"""Seconds that a stalled response takes; clients give up long before."""


@dataclass(frozen=True)
class Event:
    """What happens to a request.

    Args:
        name: For the counter of events.
        forwards: Whether the emulator acts on the request.
        response: The bytes sent, from the body of the emulator's response; None for none.
        ends: How the connection ends: "" (it does not), "close", "reset" or "stall".
    """

    name: str
    forwards: bool
    response: Callable[[bytes], bytes] | None = None
    ends: str = ""


def _fixed(data: bytes) -> Callable[[bytes], bytes]:
    return lambda _: data


_HIDDEN = b'{"error": {"errorCode": "510", "message": "Endpoint Timeout"}}'
_WAIT = b"HTTP/1.1 102 Processing\r\n\r\n"
_OK = b'{"status": 200, "detail": "OK"}'

WELL = Event("well", True, answer)

# The order matters: it decides which event a seed draws.
EVENTS = [
    # The emulator does not see the request.
    Event("reset_before", False, ends="reset"),
    Event("close_before", False, ends="close"),
    Event("stall_before", False, ends="stall"),
    Event("limited", False, _fixed(answer(b"{}", 429, {"Retry-After": "0"}))),
    Event("rejected_400", False, _fixed(answer(b"{}", 400))),
    Event("unavailable_before", False, _fixed(answer(b"{}", 503))),
    Event("garbage_before", False, _fixed(b"garbage\r\n\r\n"), "close"),
    # The emulator acts on the request, but the client does not get to know.
    Event("reset_after", True, ends="reset"),
    Event("close_after", True, ends="close"),
    Event("stall_after", True, ends="stall"),
    Event("cut_after", True, lambda body: answer(body, length=len(body) + 1), "close"),
    Event("short_after", True, lambda body: answer(body, length=len(body) - 1), "close"),
    Event("broken_chunks_after", True, lambda b: answer(b"zz\r\n" + b, 200, CHUNKED), "close"),
    Event("failed_after", True, _fixed(answer(b"{}", 500))),
    Event("timed_out_after", True, _fixed(answer(b"<html>", 504))),
    Event("hidden_after", True, _fixed(answer(_HIDDEN))),
    Event("html_after", True, _fixed(answer(b"<html>", 200))),
    # Unusual but successful.
    Event("well_in_chunks", True, lambda b: answer(chunks(b[:5], b[5:]), 200, CHUNKED)),
    Event("well_in_gzip", True, lambda b: answer(gzipped(b), 200, {"Content-Encoding": "gzip"})),
    Event("well_after_102", True, lambda body: _WAIT + answer(body)),
    Event("well_and_closed", True, answer, "close"),
    Event("well_and_reset", True, answer, "reset"),
    # With a surplus response that would fit the next request.
    Event("well_and_more", True, lambda body: answer(body) + answer(_OK)),
]


class RandomFaults:
    """The script of such a path.

    Args:
        url: The URL of the emulator.
        seed: Decides the events.
        share: Percentage of requests with an injected fault.
        limits: Weight of 429s; every other event has weight 1.
    """

    def __init__(self, url: str, seed: int, share: float, limits: float = 1.0) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname, address.port
        self._seed = seed
        self._share = share
        self._weights = [limits if each.name == "limited" else 1.0 for each in EVENTS]
        self._received: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        """The number of requests by event."""

    async def __call__(self, peer: Peer) -> None:
        while True:
            request = await peer.request()
            peer.site.requests.remove(request)  # there will be very many
            event = self._draw(request)
            self.events[event.name] += 1
            body = await self._forward(request) if event.forwards else b""
            if event.response is not None:
                await peer.send(event.response(body))
            if event.ends == "reset":
                peer.reset()
            elif event.ends == "stall":
                with suppress(Gone, TimeoutError):
                    await asyncio.wait_for(peer.gone(), STALL)
            if event.ends:
                return

    def _draw(self, request: Seen) -> Event:
        value = json.loads(request.body)["value"]
        self._received[value] += 1
        draw = random.Random(f"{self._seed} {value} {self._received[value]}")
        if draw.random() * 100 >= self._share:
            return WELL
        return draw.choices(EVENTS, self._weights)[0]

    async def _forward(self, request: Seen) -> bytes:
        """Send a request to the emulator, and return the body of its response."""
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
