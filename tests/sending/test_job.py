"""The small parts of a sending, one by one: jobs, order, ways."""

from __future__ import annotations

import asyncio
import ssl
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    BadRequestError,
    ConfigurationError,
    Credentials,
    DataStream,
    Message,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
)
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.auth import SignatureAuth
from ncloud_datastream.calls.headers import standard_headers
from ncloud_datastream.sending import wire as wire_module
from ncloud_datastream.sending.job import Job, failed, unsent
from ncloud_datastream.sending.order import KeyOrder
from ncloud_datastream.wire.parser import Answer, HttptoolsParser, UnreadableError
from ncloud_datastream.sending.through_httpx import (
    AsyncCarrier,
    HttpxWay,
    ThreadCarrier,
)
from ncloud_datastream.sending.wire import Wire
from sending.fakes import error

KEYS = Credentials("AK", "SK")
TLS = ssl.create_default_context()
MESSAGE = Message("t", "k", "v")


def attempt(*, written: bool = False, left: float | None = None) -> Attempt:
    made = Attempt(0.0 if left is None else asyncio.get_running_loop().time() + left)
    made.taken_over()
    made.written = written
    return made


# --- jobs


def test_errors_say_what_is_certain() -> None:
    doubtful = failed("it broke", maybe=True)
    assert str(doubtful) == "sendMessage: it broke. The service may have acted on the call."
    assert (doubtful.maybe_delivered, doubtful.operation) == (True, "sendMessage")
    certain = unsent("it was not its turn")
    assert str(certain) == "sendMessage: it was not its turn. Nothing of it was sent."
    assert (certain.maybe_delivered, certain.attempts) == (False, 0)


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("before", [None, False, True])
def test_cut_off_in_a_try(written: bool, before: bool | None) -> None:
    job = Job(3, MESSAGE)
    job.attempts = 2
    job.attempt = attempt(written=written)
    job.error = None if before is None else error(ServerError, maybe=before)
    cut = job.cut_off()
    assert isinstance(cut, TransportError)
    assert cut.maybe_delivered is (written or bool(before))
    assert cut.attempts == 2


def test_cut_off_between_tries() -> None:
    job = Job(3, MESSAGE)
    assert (job.index, job.message, job.attempts, job.error) == (3, MESSAGE, 0, None)
    assert not job.cut_off().maybe_delivered
    job.error = error(BadRequestError)
    assert job.cut_off() is job.error


# --- order


def test_of_a_key_one_at_a_time() -> None:
    order = KeyOrder()
    first, second, third = (Job(n, Message("t", "k", str(n))) for n in range(3))
    other = Job(3, Message("u", "k", "v"))
    assert [order.is_first(job) for job in (first, second, third, other)] == [
        *(True, False, False),
        True,
    ]
    assert order.after(first) is second
    assert order.after(second) is third
    assert order.after(third) is None
    assert order.after(other) is None
    assert order.is_first(Job(4, first.message))


@pytest.mark.parametrize("message", [None, Message("t", ["k"], "v")])  # type: ignore[arg-type]
def test_what_has_no_key_stands_alone(message: Any) -> None:
    order = KeyOrder()
    for _ in range(2):
        job = Job(0, message)
        assert order.is_first(job)
        assert order.after(job) is None


# --- over a connection


class Line:
    """A connection that gives one answer after the other; all of them know each other."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.opened = 0
        self.aborted = 0
        self.usable = True
        self.refuses = False

    async def open(self, *arguments: Any, **options: Any) -> Line:
        if self.refuses:
            raise ConnectionRefusedError
        self.opened += 1
        self.options = options
        return self

    async def exchange(self, request: bytes, made: Attempt) -> Answer:
        made.written = True
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def abort(self) -> None:
        self.aborted += 1


def answered(status: int, body: bytes = b"{}", *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(status, list(headers), body, None, True)


def wired(line: Line, monkeypatch: pytest.MonkeyPatch, url: str = "https://h") -> Wire:
    monkeypatch.setattr(wire_module, "Connection", line)
    auth = SignatureAuth(KEYS, {"message": url}, lambda: 1_000_000.0)
    return Wire(auth, url, TLS, standard_headers(), lambda: False)


OLD = (b"date", b"Thu, 01 Jan 1970 00:00:00 GMT")


async def test_a_connection_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(*[answered(200)] * 3)
    way = wired(line, monkeypatch).way()
    way.abort()
    assert line.aborted == 0
    for _ in range(2):
        assert await way.send(MESSAGE, attempt(left=9)) is None
    assert (line.opened, line.aborted) == (1, 0)
    line.usable = False
    assert await way.send(MESSAGE, attempt(left=9)) is None
    assert (line.opened, line.aborted) == (2, 1)
    way.abort()
    assert line.aborted == 2


@pytest.mark.parametrize(("url", "tls"), [("https://h", TLS), ("http://127.0.0.1", None)])
async def test_tls_where_the_url_says_so(
    url: str, tls: ssl.SSLContext | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(answered(200))
    wire = wired(line, monkeypatch, url)
    await wire.way().send(MESSAGE, attempt(left=9))
    assert line.options["tls"] is wire.tls is tls
    assert repr(wire) == f"{url} with {wire_module.parser.Chosen.name}"


async def test_a_clock_that_is_off_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(answered(401, b"{}", (b"x", b"y"), OLD), answered(200))
    wire = wired(line, monkeypatch)
    assert await wire.way().send(MESSAGE, attempt(left=9)) is None
    assert wire.auth.stamp("POST", "/")[3] == pytest.approx(-1_000_000.0)


async def test_the_second_try_that_does_not_begin_has_written_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Line(answered(401, b"{}", OLD))
    way = wired(line, monkeypatch).way()
    exchange = line.exchange

    async def closes(request: bytes, made: Attempt) -> Answer:
        line.usable, line.refuses = False, True
        return await exchange(request, made)

    monkeypatch.setattr(line, "exchange", closes)
    found = await way.send(MESSAGE, attempt(left=9))
    assert isinstance(found, TransportError)
    assert not found.maybe_delivered


@pytest.mark.parametrize("status", [400, 402])
async def test_other_refusals_tell_no_time(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(answered(status, b"{}", OLD))
    found = await wired(line, monkeypatch).way().send(MESSAGE, attempt(left=9))
    assert found is not None
    assert line.answers == []


async def test_a_401_without_a_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(answered(401))
    found = await wired(line, monkeypatch).way().send(MESSAGE, attempt(left=9))
    assert found is not None
    assert line.answers == []


@pytest.mark.parametrize("cause", [ConnectionResetError("cut"), UnreadableError("nonsense")])
async def test_no_answer(cause: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await wired(Line(cause), monkeypatch).way().send(MESSAGE, attempt(left=9))
    assert isinstance(found, TransportError)
    assert found.maybe_delivered
    assert str(cause) in str(found)
    kind = OSError if isinstance(cause, OSError) else httpx.RemoteProtocolError
    assert isinstance(found.__cause__, kind)
    assert found.operation == "sendMessage"


async def test_an_answer_that_needs_a_closer_look(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(answered(200, b"[]"), answered(200, b'{"status":"200"}'))
    way = wired(line, monkeypatch).way()
    assert isinstance(await way.send(MESSAGE, attempt(left=9)), UnexpectedAnswerError)
    assert await way.send(MESSAGE, attempt(left=9)) is None


BAD: Any = Message("t", "k", b"bytes")  # type: ignore[arg-type]


async def test_what_cannot_be_encoded_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()
    found = await wired(line, monkeypatch).way().send(BAD, attempt(left=9))
    assert isinstance(found, ConfigurationError)
    assert line.opened == 0


async def test_credentials_are_asked_for_until_the_deadline_of_the_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = wired(Line(answered(200)), monkeypatch)
    asked: list[float] = []

    async def ask(deadline: float) -> None:
        asked.append(deadline)

    wire.auth = SimpleNamespace(async_credentials=ask)  # type: ignore[assignment]
    this = attempt(left=9)
    assert await wire.way().send(MESSAGE, this) is None
    assert asked == [this.deadline]


async def test_a_client_that_is_closed_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = wired(Line(), monkeypatch)
    wire.is_closed = lambda: True
    with pytest.raises(ConfigurationError, match="closed"):
        await wire.way().send(MESSAGE, attempt(left=9))


# --- through httpx


async def test_the_client_has_what_is_left_of_the_time() -> None:
    bounds: list[float] = []

    async def send(message: Message, seconds: float) -> None:
        bounds.append(seconds)

    assert await HttpxWay(send).send(MESSAGE, attempt(left=9)) is None
    assert await HttpxWay(send).send(MESSAGE, attempt()) is None
    assert bounds == [pytest.approx(9.0, abs=5.0), 0.001]  # no time at all would be refused


@pytest.mark.parametrize("found", [error(ServerError, maybe=True), error(BadRequestError)])
async def test_an_error_of_the_client_is_the_messages(found: Any) -> None:
    async def send(message: Message, seconds: float) -> None:
        raise found

    made = attempt(left=9)
    assert await HttpxWay(send).send(MESSAGE, made) is found
    assert made.written


async def test_what_the_client_cannot_do_ends_all() -> None:
    async def send(message: Message, seconds: float) -> None:
        raise ConfigurationError("closed")

    with pytest.raises(ConfigurationError):
        await HttpxWay(send).send(MESSAGE, attempt(left=9))
    made = attempt(left=9)
    found = await HttpxWay(send).send(BAD, made)
    assert isinstance(found, ConfigurationError)
    assert not made.written


async def test_threads_end_as_soon_as_their_calls_do(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    carrier = ThreadCarrier(None, 2)  # type: ignore[arg-type]
    monkeypatch.setattr(carrier._threads, "shutdown", lambda **options: told.append(options))
    await carrier.aclose()
    assert told == [{"wait": False, "cancel_futures": True}]


@pytest.mark.parametrize(
    ("kind", "carrier"), [(DataStream, ThreadCarrier), (AsyncDataStream, AsyncCarrier)]
)
async def test_which_way_is_taken(kind: Any, carrier: type) -> None:
    """httpx goes where only it can."""
    given = httpx.MockTransport(lambda request: httpx.Response(200))
    plan = kind(KEYS, verify=TLS, transport=given).send_messages([])._plan
    assert isinstance(plan.carrier(), carrier)
    assert "through httpx" in repr(plan)
    plan = kind(KEYS, verify=TLS).send_messages([])._plan
    assert isinstance(plan.carrier(), Wire)
    assert f"with {HttptoolsParser.name}" in repr(plan)
