"""Many messages under random faults: none lost, none duplicated, no wrong outcome.

The service records what it stored; afterwards this is compared with the deliveries.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field

from ncloud_datastream import Message, Outcome, Retry
from sending.sendings import Result, send
from sending.server import OK, End, Reply, Request, Server, answer

HONEST = (
    answer(),
    answer(202, b"{}"),
    answer(200, OK, "Connection: close"),
    b"HTTP/1.1 103 Early\r\nx: y\r\n\r\n" + answer(),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1c\r\n" + OK + b"\r\n0\r\nx: y\r\n\r\n",
)
REJECTIONS = (answer(400, b"{}"), answer(404, b"<html>"), answer(413, b""), answer(302, b""))
DOUBTS = (
    Reply(b"", "close"),
    Reply(b"", "reset"),
    Reply(answer()[:-1], "close"),
    Reply(answer()[:20], "reset"),
    Reply(answer(500, b"{}")),
    Reply(answer(503, b"<html>")),
    Reply(answer(200, b"<html>")),
    Reply(answer(200, b'{"status":500}')),
    Reply(b"HTTP/1.1 nonsense\r\n\r\n"),
)


@dataclass
class Service:
    """A service that may or may not store a message, and may or may not respond.

    Args:
        seed: The seed of the faults.
        busy: The number of messages it rejects with a 429.
    """

    seed: int
    busy: int = 3
    stored: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def behave(self, request: Request) -> Reply:
        """Handle a message that was read whole."""
        chance = self._chance.random()
        if self.busy and chance < 0.001:
            self.busy -= 1
            return Reply(answer(429, b"{}", "Retry-After: 0"))
        if chance < 0.05:
            return Reply(self._chance.choice(REJECTIONS))
        if chance < 0.10:
            # Only the service knows whether the message was stored.
            if self._chance.random() < 0.5:
                self.stored[request.value] += 1
            return self._chance.choice(DOUBTS)
        self.stored[request.value] += 1
        raw = self._chance.choice(HONEST)
        then: End = "close" if b"Connection: close" in raw else "keep"
        if chance < 0.15:
            place = self._chance.randrange(len(raw))
            return Reply(raw[:place], then, (raw[place:],))
        if chance < 0.16:
            # A complete response, and then the connection ends unannounced.
            return Reply(raw, self._chance.choice(["close", "reset"]))
        return Reply(raw, then)

    def on_head(self, request: Request) -> Reply | None:
        """Sometimes the body is not read."""
        chance = self._chance.random()
        if chance < 0.005:
            return Reply(b"", self._chance.choice(["close", "reset"]))
        return Reply(answer(413, b""), "close") if chance < 0.01 else None

    def on_connect(self, number: int) -> End:
        """Sometimes the connection is reset."""
        return "reset" if self._chance.random() < 0.05 else "keep"


@dataclass
class Verdict:
    """The comparison of deliveries and stored messages."""

    result: Result
    lost: int
    """Reported as delivered and not stored."""
    twice: int
    """Stored more than once."""
    denied: int
    """Stored and reported as not delivered."""


def soak(form: str, count: int, seed: int, *, concurrency: int = 32) -> Verdict:
    """Send `count` messages to a service with faults."""
    service = Service(seed)
    sent = [Message("t", f"k{n % 100}", str(n)) for n in range(count)]
    with Server(service.behave, on_head=service.on_head, on_connect=service.on_connect) as server:
        dropping = threading.Event()

        def drop() -> None:
            # All connections at once, idle or busy, as when a service restarts.
            while not dropping.wait(0.5):
                server.drop_all(reset=True)

        dropper = threading.Thread(target=drop)
        dropper.start()
        try:
            retry = Retry(max_attempts=5)
            result = send(form, server, sent, client={"retry": retry}, concurrency=concurrency)
        finally:
            dropping.set()
            dropper.join()
        server.received.clear()
    assert result.failure is None
    result.check(sent)
    by_outcome: dict[Outcome, set[str]] = {outcome: set() for outcome in Outcome}
    for delivery in result.deliveries:
        by_outcome[delivery.outcome].add(delivery.message.value)
    stored = set(service.stored)
    return Verdict(
        result,
        lost=len(by_outcome[Outcome.DELIVERED] - stored),
        twice=sum(times > 1 for times in service.stored.values()),
        denied=len((by_outcome[Outcome.REJECTED] | by_outcome[Outcome.UNSENT]) & stored),
    )
