"""Producers of both clients, and servers that hold back or reject messages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sending.sendings import opened
from sending.server import Reply, Request, Server, answer

TOPIC = "h4j6l-orders"


@contextmanager
def producing(
    form: str, server: Server | str, *, client: Any = None, **arguments: Any
) -> Iterator[Any]:
    """A producer; an asynchronous one behind a blocking view."""
    with (
        opened(form, server, **(client or {})) as ds,
        ds.producer(**{"topic": TOPIC, **arguments}) as producer,
    ):
        yield producer


def send(producer: Any, value: object, **more: Any) -> Any:
    return producer.send(**{"key": "k", "value": str(value), **more})


def send_all(producer: Any, count: int, **more: Any) -> list[Any]:
    return [send(producer, number, **more) for number in range(count)]


class Gate:
    """Server behavior: hold back every response until the gate is open."""

    def __init__(self, reply: bytes = answer()) -> None:
        self.is_open = threading.Event()
        self._reply = reply

    def __call__(self, request: Request) -> Reply:
        return Reply(self._reply, gate=self.is_open)


def rejecting(*values: str, status: int = 400) -> Callable[[Request], Reply]:
    """Server behavior: reject the messages with these values."""

    def behave(request: Request) -> Reply:
        return Reply(answer(status, b"{}") if request.value in values else answer())

    return behave


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the log, which must all be at ERROR."""
    assert all(each.levelno == logging.ERROR for each in caplog.records)
    return [each.getMessage() for each in caplog.records]
