"""`DataStreamHandler`: every record arrives or is counted, none makes another, nobody waits."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    Producer,
    partition_for,
)
from ncloud_datastream.logging import LEFT_OUT, DataStreamHandler
from ncloud_datastream_emulator import Emulator

TOPIC = "logs"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(prefix="") as emulator:
        with DataStream(emulator.credentials, urls=_urls(emulator)) as ds:
            ds.wait_for_topic(ds.create_topic(name=TOPIC, partitions=3).topic_id)
        yield emulator


def _urls(emulator: Emulator) -> dict[str, str]:
    return {"management": emulator.url, "message": emulator.url}


@pytest.fixture
def ds(emulator: Emulator) -> Iterator[DataStream]:
    with DataStream(emulator.credentials, urls=_urls(emulator)) as ds:
        yield ds


@contextmanager
def attached(handler: logging.Handler, name: str | None = None) -> Iterator[logging.Logger]:
    """A handler on a logger, which has DEBUG."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield logger
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
        handler.close()


@contextmanager
def alone(handler: logging.Handler) -> Iterator[None]:
    """A handler that is the only one of the root logger."""
    root = logging.getLogger()
    others = root.handlers[:]
    for other in others:
        root.removeHandler(other)
    try:
        with attached(handler):
            yield
    finally:
        for other in others:
            root.addHandler(other)


class Noting:
    """A producer that only notes what it is asked to send, or raises."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def send(self, **sent: Any) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(sent)

    def flush(self, timeout: float | None = None) -> None: ...


def record(name: str = "app", text: str = "hello", level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, text, None, None)


def test_all_lines_arrive_and_none_makes_another(emulator: Emulator, ds: DataStream) -> None:
    """On the root logger at DEBUG, with all that the libraries have to say, from many threads."""
    loud = [logging.getLogger(name) for name in (*LEFT_OUT, "ncloud_datastream.wire.body")]
    before = [logger.level for logger in loud]
    for logger in loud:
        logger.setLevel(logging.DEBUG)

    def work(thread: int) -> None:
        for number in range(50):
            logging.getLogger(f"app.{thread}").debug("%d", number)

    try:
        with ds.producer(topic=TOPIC, ordered="key", partitions=3) as producer:
            handler = DataStreamHandler(producer)
            with attached(handler):
                threads = [threading.Thread(target=work, args=(each,)) for each in range(5)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                handler.flush()
    finally:
        for logger, level in zip(loud, before, strict=True):
            logger.setLevel(level)
    messages = emulator.messages(TOPIC)
    assert handler.dropped == 0
    assert {message.key for message in messages} == {f"app.{each}" for each in range(5)}
    for key in (f"app.{each}" for each in range(5)):
        mine = [message for message in messages if message.key == key]
        assert {message.partition for message in mine} == {partition_for(key, 3)}
        mine.sort(key=lambda message: message.offset)
        assert [message.value for message in mine] == [str(number) for number in range(50)]


def test_form_topic_and_key_are_the_handlers() -> None:
    producer = Noting()
    handler = DataStreamHandler(cast(Producer, producer), "other", key=lambda each: each.levelname)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    handler.addFilter(lambda each: each.getMessage() != "no")
    handler.handle(record(text="yes"))
    handler.handle(record(text="no"))
    assert producer.sent == [{"topic": "other", "key": "INFO", "value": "app: yes", "timeout": 0}]


def test_a_filter_may_replace_the_record() -> None:
    producer = Noting()
    handler = DataStreamHandler(cast(Producer, producer), key="all")
    handler.addFilter(lambda each: cast(bool, record(text="replaced")))
    handler.handle(record())
    expected = "replaced" if sys.version_info >= (3, 12) else "hello"
    assert [sent["value"] for sent in producer.sent] == [expected]
    assert [sent["key"] for sent in producer.sent] == ["all"]


@pytest.mark.parametrize(
    "name", [*sorted(LEFT_OUT), "ncloud_datastream.wire", "concurrent.futures"]
)
def test_what_it_sends_with_is_left_out(name: str) -> None:
    producer = Noting()
    DataStreamHandler(cast(Producer, producer)).handle(record(name))
    DataStreamHandler(cast(Producer, producer)).handle(record("httpxx"))
    assert [sent["key"] for sent in producer.sent] == ["httpxx"]


def test_what_is_logged_in_callbacks_is_left_out(emulator: Emulator, ds: DataStream) -> None:
    def log(_: object) -> None:
        logging.getLogger("app").info("delivered")

    with ds.producer(topic=TOPIC, on_delivery=log) as producer:
        handler = DataStreamHandler(producer)
        with attached(handler, "app") as logger:
            logger.info("one")
            handler.flush()
    assert [message.value for message in emulator.messages(TOPIC)] == ["one"]


def test_what_is_left_out_goes_to_the_last_resort(capsys: pytest.CaptureFixture[str]) -> None:
    """Where no other handler has it, from WARNING on; `logging` would have it silent."""
    with alone(DataStreamHandler(cast(Producer, Noting()))):
        log = logging.getLogger("ncloud_datastream.wire")
        log.info("not that")
        log.error("lost")
        with attached(logging.NullHandler(), "ncloud_datastream"):
            log.error("heard elsewhere")
        logging.lastResort, before = None, logging.lastResort
        try:
            log.error("nobody asked for it")
        finally:
            logging.lastResort = before
        with attached(DataStreamHandler(cast(Producer, Noting())), "ncloud_datastream") as logger:
            logger.propagate = False
            log.error("once")
            logger.propagate = True
    assert capsys.readouterr().err == "lost\nonce\n"


def test_a_full_buffer_drops_and_never_waits(
    emulator: Emulator, ds: DataStream, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even with a producer that waits for room."""
    release = threading.Event()

    def hold(_: object) -> None:
        assert release.wait(30)

    with ds.producer(topic=TOPIC, max_buffered=5, on_delivery=hold) as producer:
        handler = DataStreamHandler(producer)
        with attached(handler, "app") as logger:
            for number in range(12):
                logger.info("%d", number)
            assert handler.dropped == 7
            (told,) = [each for each in caplog.records if each.name == "ncloud_datastream"]
            assert told.levelno == logging.WARNING
            assert re.match(
                r"Log records dropped: 1; the last error was: sendMessage: .* buffer is full",
                told.getMessage(),
            )
            release.set()
            handler.flush()
        assert caplog.records[-1].getMessage() == "Log records dropped: 6"
    assert len(emulator.messages(TOPIC)) == 5


def test_it_tells_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    producer = Noting()
    producer.error = ConfigurationError("closed")
    handler = DataStreamHandler(cast(Producer, producer))
    for seconds in (0, 1, 8.9, 0.2, 1):
        now += seconds
        handler.handle(record())
    texts = [each.getMessage() for each in caplog.records]
    assert texts == [
        "Log records dropped: 1; the last error was: closed",
        "Log records dropped: 3; the last error was: closed",
    ]
    handler.close()
    assert caplog.records[-1].getMessage() == "Log records dropped: 1"


@pytest.mark.parametrize("error", [None, TypeError("key")])
def test_what_cannot_be_sent_is_left_to_logging(
    error: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    producer = Noting()
    producer.error = error
    handler = DataStreamHandler(cast(Producer, producer))
    handler.handle(record(text="%d of them" if error is None else "plain"))
    broken = record(text="%d")
    broken.args = ("no number",)
    handler.handle(broken)
    assert handler.dropped == (1 if error is None else 2)
    assert "--- Logging error ---" in capsys.readouterr().err
    handler.close()


def test_what_is_logged_while_the_thread_sends_is_next() -> None:
    """By a signal handler, or by a finalizer that the sending happens to run."""

    class Interrupted(Noting):
        def send(self, **sent: Any) -> None:
            if sent["value"] == "first":
                handler.handle(record(text="second"))
                assert self.sent == []
            super().send(**sent)

    producer = Interrupted()
    handler = DataStreamHandler(cast(Producer, producer))
    handler.handle(record(text="first"))
    assert [sent["value"] for sent in producer.sent] == ["first", "second"]


def test_it_takes_no_lock() -> None:
    """A thread that flushes, as at the end of the program, holds up no other."""
    flushing, release = threading.Event(), threading.Event()

    class Slow(Noting):
        def flush(self, timeout: float | None = None) -> None:
            flushing.set()
            assert release.wait(30)

    producer = Slow()
    handler = DataStreamHandler(cast(Producer, producer))

    def shut_down() -> None:
        handler.acquire()
        handler.flush()
        handler.release()

    thread = threading.Thread(target=shut_down)
    thread.start()
    assert flushing.wait(30)
    handler.handle(record())
    assert len(producer.sent) == 1
    release.set()
    thread.join()


def test_a_flush_that_is_late_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    class Late(Noting):
        def flush(self, timeout: float | None = None) -> None:
            assert timeout == 10
            raise ConfigurationError("late")

    DataStreamHandler(cast(Producer, Late())).flush()
    assert caplog.records[-1].getMessage() == "Log records may not have been sent: late"


async def test_not_on_the_producer_of_an_event_loop(emulator: Emulator) -> None:
    async with AsyncDataStream(emulator.credentials, urls=_urls(emulator)) as ds:
        with pytest.raises(ConfigurationError, match="producer of AsyncDataStream belongs"):
            DataStreamHandler(cast(Producer, ds.producer(topic=TOPIC)))


def test_a_key_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="a string or a callable, not 7"):
        DataStreamHandler(cast(Producer, Noting()), key=cast(str, 7))


PROGRAM = """
import logging, os, sys, threading
from ncloud_datastream import DataStream
from ncloud_datastream.logging import DataStreamHandler

ds = DataStream()
handler = DataStreamHandler(ds.producer(topic="logs"))
log = logging.getLogger()
log.addHandler(handler)
log.setLevel(logging.DEBUG)
"""


def run(emulator: Emulator, code: str, before: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", before + PROGRAM + code],
        env={**os.environ, **emulator.environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def values(emulator: Emulator) -> list[str]:
    return sorted(message.value for message in emulator.messages(TOPIC))


def test_a_program_that_just_ends(emulator: Emulator) -> None:
    done = run(emulator, "for number in range(100): log.info('%03d', number)")
    assert (done.returncode, done.stderr) == (0, "")
    assert values(emulator) == [f"{number:03}" for number in range(100)]


def test_what_is_logged_after_the_end_is_told_of(emulator: Emulator) -> None:
    """By what the program registered before: its turn comes after the producer's."""
    late = "import atexit; atexit.register(lambda: log.info('too late'))"
    done = run(emulator, "log.info('in time')", before=late)
    assert done.returncode == 0
    assert done.stderr.startswith(
        "Log records dropped: 1; the last error was: The producer is closed"
    )
    assert values(emulator) == ["in time"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_goes_on_and_says_what_is_lost(emulator: Emulator) -> None:
    done = run(
        emulator,
        """
stop = threading.Event()
def chatter():
    while not stop.is_set():
        log.info("parent")
        stop.wait(0.001)
threads = [threading.Thread(target=chatter) for _ in range(4)]
for thread in threads: thread.start()
for _ in range(20):
    child = os.fork()
    if not child:
        for _ in range(3): log.info("child")
        logging.shutdown()
        os._exit(handler.dropped)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
stop.set()
for thread in threads: thread.join()
log.info("end")
""",
    )
    assert done.returncode == 0, done.stderr
    assert (
        done.stderr.count("Log records dropped: 1; the last error was: The producer belongs") == 20
    )
    assert set(values(emulator)) == {"parent", "end"}
