"""`DataStreamHandler`: each record is sent or counted, none causes another, no thread blocks."""

from __future__ import annotations

import logging
import os
import re
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
from sending.programs import Programs
from sending.sendings import LONG, options
from sending.server import Reply, Server, answer


@pytest.fixture
def ds(server: Server) -> Iterator[DataStream]:
    with DataStream(**options(server)) as ds:
        yield ds


@contextmanager
def attached(handler: logging.Handler, name: str | None = None) -> Iterator[logging.Logger]:
    """Attach a handler to a logger at DEBUG."""
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


class Recorder:
    """A producer that records what is sent, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[dict[str, Any]] = []
        self.error = error

    def send(self, **sent: Any) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(sent)

    def flush(self, timeout: float | None = None) -> None: ...


def handling(recorder: Recorder, topic: str | None = None, **more: Any) -> DataStreamHandler:
    return DataStreamHandler(cast(Producer, recorder), topic, **more)


def record(name: str = "app", text: str = "hello") -> logging.LogRecord:
    return logging.LogRecord(name, logging.INFO, __file__, 1, text, None, None)


# --- what is sent


def test_every_record_is_sent_once_and_in_order_and_causes_no_other(
    server: Server, ds: DataStream
) -> None:
    """On the root logger, from many threads, with all libraries at DEBUG."""
    loud = [logging.getLogger(name) for name in (*LEFT_OUT, "ncloud_datastream.wire.body")]
    before = [logger.level for logger in loud]
    for logger in loud:
        logger.setLevel(logging.DEBUG)

    def work(thread: int) -> None:
        for number in range(20):
            logging.getLogger(f"app.{thread}").debug("%d", number)

    try:
        with ds.producer(topic="logs", ordered="key", partitions=3) as producer:
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
    assert (handler.dropped, len(server.received)) == (0, 100)
    for key in (f"app.{each}" for each in range(5)):
        mine = [r.message for r in server.received if r.message["key"] == key]
        assert {message["partition"] for message in mine} == {partition_for(key, 3)}
        assert [message["value"] for message in mine] == [str(number) for number in range(20)]


def test_format_filter_topic_and_key_are_those_of_the_handler() -> None:
    recorder = Recorder()
    handler = handling(recorder, "other", key=lambda each: each.levelname)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    handler.addFilter(lambda each: each.getMessage() != "no")
    handler.handle(record(text="yes"))
    handler.handle(record(text="no"))
    assert recorder.sent == [{"topic": "other", "key": "INFO", "value": "app: yes", "timeout": 0}]


def test_a_filter_may_replace_the_record() -> None:
    recorder = Recorder()
    handler = handling(recorder, key="all")
    handler.addFilter(lambda each: cast(bool, record(text="replaced")))
    handler.handle(record())
    expected = "replaced" if sys.version_info >= (3, 12) else "hello"
    assert [(sent["key"], sent["value"]) for sent in recorder.sent] == [("all", expected)]


# --- what is not sent


def test_records_of_this_package_and_its_libraries_are_not_sent() -> None:
    recorder = Recorder()
    handler = handling(recorder)
    for name in (*LEFT_OUT, "ncloud_datastream.wire", "concurrent.futures", "httpxx"):
        handler.handle(record(name))
    assert [sent["key"] for sent in recorder.sent] == ["httpxx"]


def test_records_logged_in_callbacks_are_not_sent(server: Server, ds: DataStream) -> None:
    def log(_: object) -> None:
        logging.getLogger("app").info("delivered")

    with ds.producer(topic="logs", on_delivery=log) as producer:
        handler = DataStreamHandler(producer)
        with attached(handler, "app") as logger:
            logger.info("one")
            handler.flush()
    assert server.values == ["one"]


def test_records_without_another_handler_go_to_the_last_resort(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From WARNING on, once; `logging` itself would drop them."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    with attached(handling(Recorder())):
        log = logging.getLogger("ncloud_datastream.wire")
        log.info("not that")
        log.error("lost")
        with attached(logging.NullHandler(), "ncloud_datastream"):
            log.error("handled elsewhere")
        with monkeypatch.context() as patch:
            patch.setattr(logging, "lastResort", None)
            log.error("no last resort")
        with attached(handling(Recorder()), "ncloud_datastream") as logger:
            logger.propagate = False
            log.error("once")
            logger.propagate = True
    assert capsys.readouterr().err == "lost\nonce\n"


# --- what is dropped


def test_a_full_buffer_drops_records_and_never_blocks(caplog: pytest.LogCaptureFixture) -> None:
    """Not even with a producer that waits for space."""
    release = threading.Event()
    with (
        Server(lambda request: Reply(answer(), gate=release)) as server,
        DataStream(**options(server)) as ds,
        ds.producer(topic="logs", max_buffered=5) as producer,
    ):
        handler = DataStreamHandler(producer)
        with attached(handler, "app") as logger:
            for number in range(12):
                logger.info("%d", number)
            assert handler.dropped == 7
            (warning,) = [each for each in caplog.records if each.name == "ncloud_datastream"]
            assert warning.levelno == logging.WARNING
            assert re.match(
                r"Log records dropped: 1; the last error was: sendMessage: .* buffer is full",
                warning.getMessage(),
            )
            release.set()
            handler.flush()
        assert caplog.records[-1].getMessage() == "Log records dropped: 6"
    assert len(server.received) == 5


def test_dropped_records_are_reported_again_after_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    handler = handling(Recorder(ConfigurationError("closed")))
    for seconds in (0, 1, 8.9, 0.2, 1):
        now += seconds
        handler.handle(record())
    handler.close()
    assert [each.getMessage() for each in caplog.records] == [
        "Log records dropped: 1; the last error was: closed",
        "Log records dropped: 3; the last error was: closed",
        "Log records dropped: 1",
    ]


@pytest.mark.parametrize("error", [None, TypeError("key")])
def test_records_that_cannot_be_formatted_or_sent_are_reported_by_logging(
    error: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = handling(Recorder(error))
    handler.handle(record())
    broken = record(text="%d")
    broken.args = ("not a number",)
    handler.handle(broken)
    assert handler.dropped == (1 if error is None else 2)
    assert "--- Logging error ---" in capsys.readouterr().err
    handler.close()


def test_a_flush_that_times_out_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    class Late(Recorder):
        def flush(self, timeout: float | None = None) -> None:
            assert timeout == 10
            raise ConfigurationError("late")

    handling(Late()).flush()
    assert caplog.records[-1].getMessage() == "Log records may not have been sent: late"


# --- threads


def test_a_record_logged_while_the_thread_sends_is_sent_next() -> None:
    """By a signal handler, or by a finalizer that runs during the send."""

    class Interrupted(Recorder):
        def send(self, **sent: Any) -> None:
            if sent["value"] == "first":
                handler.handle(record(text="second"))
                assert self.sent == []
            super().send(**sent)

    recorder = Interrupted()
    handler = handling(recorder)
    handler.handle(record(text="first"))
    assert [sent["value"] for sent in recorder.sent] == ["first", "second"]


def test_a_thread_that_flushes_blocks_no_other() -> None:
    """As `logging.shutdown` does, which acquires the handler."""
    flushing, release = threading.Event(), threading.Event()

    class Slow(Recorder):
        def flush(self, timeout: float | None = None) -> None:
            flushing.set()
            assert release.wait(LONG)

    recorder = Slow()
    handler = handling(recorder)

    def shut_down() -> None:
        handler.acquire()
        handler.flush()
        handler.release()

    thread = threading.Thread(target=shut_down)
    thread.start()
    assert flushing.wait(LONG)
    handler.handle(record())
    assert len(recorder.sent) == 1
    release.set()
    thread.join()


async def test_a_producer_of_an_event_loop_is_rejected(server: Server) -> None:
    async with AsyncDataStream(**options(server)) as ds:
        with pytest.raises(ConfigurationError, match="producer of AsyncDataStream belongs"):
            DataStreamHandler(cast(Producer, ds.producer(topic="logs")))


def test_a_key_must_be_a_string_or_a_callable() -> None:
    with pytest.raises(ConfigurationError, match="a string or a callable, not 7"):
        handling(Recorder(), key=7)


# --- programs

PROGRAM = """
import logging, os, sys, threading
from ncloud_datastream import DataStream
from ncloud_datastream.logging import DataStreamHandler

handler = DataStreamHandler(DataStream().producer(topic="logs"))
log = logging.getLogger()
log.addHandler(handler)
log.setLevel(logging.DEBUG)
"""


def run(programs: Programs, server: Server, code: str, *, before: str = "") -> str:
    """Run a program to its end and return its errors."""
    environment = {
        "NCLOUD_ACCESS_KEY_ID": "AK",
        "NCLOUD_SECRET_ACCESS_KEY": "SK",
        "NCLOUD_DATASTREAM_MANAGEMENT_URL": server.url,
        "NCLOUD_DATASTREAM_MESSAGE_URL": server.url,
    }
    status, _, errors = programs.run(before + PROGRAM + code, environment=environment)
    assert status == 0, errors
    return errors


def test_a_program_that_just_ends_loses_no_record(programs: Programs, server: Server) -> None:
    assert run(programs, server, "for number in range(100): log.info('%03d', number)") == ""
    assert sorted(server.values) == [f"{number:03}" for number in range(100)]


def test_a_record_after_the_exit_of_the_producer_is_reported(
    programs: Programs, server: Server
) -> None:
    """Logged by an exit handler that was registered first, and so runs last."""
    late = "import atexit; atexit.register(lambda: log.info('too late'))"
    errors = run(programs, server, "log.info('in time')", before=late)
    assert errors.startswith("Log records dropped: 1; the last error was: The producer is closed")
    assert server.values == ["in time"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_continues_and_reports_its_dropped_records(
    programs: Programs, server: Server
) -> None:
    errors = run(
        programs,
        server,
        """
stop = threading.Event()
def chatter():
    while not stop.is_set():
        log.info("parent")
        stop.wait(0.002)
threads = [threading.Thread(target=chatter) for _ in range(2)]
for thread in threads: thread.start()
for _ in range(5):
    child = os.fork()
    if not child:
        for _ in range(3): log.info("child")
        logging.shutdown()
        os._exit(handler.dropped)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
stop.set()
for thread in threads: thread.join()
handler.flush()
log.info("end")
""",
    )
    dropped = "Log records dropped: 1; the last error was: The producer belongs"
    assert errors.count(dropped) == 5
    assert set(server.values) == {"parent", "end"}
