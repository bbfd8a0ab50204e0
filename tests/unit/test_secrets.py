"""Nobody in: a secret key that is looked for everywhere, and found nowhere."""

from __future__ import annotations

import base64
import gc
import inspect
import logging
import pickle
import pprint
import socket
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from functools import partial
from pathlib import Path
from types import FrameType, FunctionType, MethodType, ModuleType
from typing import Any
from urllib.parse import quote, quote_plus

import anyio
import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Credentials,
    DataStream,
    DataStreamError,
    Message,
    Retry,
    SignatureAuth,
    configure_file,
)
from ncloud_datastream_api.api.topic import get_topic_prefix
from wire.clients import KINDS, calling, sent
from wire.server import RawServer, Seen, answer

SECRET = "cAnArY+s3cr3t/kEy?&=~9"
KEYS = Credentials("AKcanary", SECRET)
TESTS = str(Path(__file__).parent.parent)

each_kind = pytest.mark.parametrize("kind", KINDS)


def forms(secret: str) -> list[str]:
    """The secret as it is, and as Base64 (wherever in a longer text it stands), URL and hex."""
    raw = secret.encode()
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), raw.hex()}
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw).decode()[(8 * shift + 5) // 6 : -4]
        found |= {encoded, encoded.replace("+", "-").replace("/", "_")}
    return sorted(found)


FORMS = forms(SECRET)


def assert_secret(text: str | bytes, where: str = "") -> None:
    """The secret is in there in none of its forms."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    for form in FORMS:
        assert form not in text, f"{form} in {where}"


def test_the_forms_are_found() -> None:
    for text in (
        SECRET,
        repr({"key": SECRET}),
        quote(f"a={SECRET}", safe=""),
        *(
            base64.b64encode((before + SECRET + "tail").encode()).decode()
            for before in ("", "a", "bc")
        ),
        *(
            base64.urlsafe_b64encode((before + SECRET).encode()).decode()
            for before in ("", "a", "bc")
        ),
        pickle.dumps([SECRET]),
        SECRET.encode().hex(),
    ):
        with pytest.raises(AssertionError):
            assert_secret(text)


# --- what can be reached from an object ----------------------------------------------------------

_OPAQUE = (type, ModuleType, FunctionType, FrameType)
"""Not of an object, but of the program: through these everything reaches everything."""


def texts_within(root: object) -> Iterator[tuple[str, str | bytes]]:
    """Every text in an object's attributes, slots, items and closures, with the way to it.

    A key pair's own slot is where the secret is; there the search ends.
    """
    pending: list[tuple[str, object]] = [(type(root).__name__, root)]
    seen: set[int] = set()
    kept: list[object] = []
    while pending:
        way, each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        kept.append(each)  # so that no id is used twice
        if isinstance(each, str | bytes | bytearray):
            yield way, bytes(each) if isinstance(each, bytearray) else each
        elif isinstance(each, dict):
            for key, value in list(each.items()):
                pending += [(f"{way}[{key!r:.40}]", value), (f"{way}.key", key)]
        elif isinstance(each, list | tuple | set | frozenset):
            pending += [(f"{way}[{number}]", value) for number, value in enumerate(each)]
        elif isinstance(each, MethodType):
            pending.append((f"{way}.__self__", each.__self__))
        elif isinstance(each, partial):
            pending.append((f"{way}()", [each.func, each.args, each.keywords]))
        elif isinstance(each, FunctionType):
            cells = each.__closure__ or ()
            pending += [(f"{way}()", cell.cell_contents) for cell in cells]
        elif not isinstance(each, _OPAQUE):
            pending += [(f"{way}.{name}", value) for name, value in attributes(each)]


def attributes(each: object) -> Iterator[tuple[str, object]]:
    yield from getattr(each, "__dict__", {}).items()
    for kind in type(each).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if isinstance(each, Credentials) and name == "_secret_key":
                continue
            if hasattr(each, name):
                yield name, getattr(each, name)


def test_the_search_finds() -> None:
    class Slotted:
        __slots__ = ("deep",)

    slotted = Slotted()
    slotted.deep = {"list": [(SECRET,)]}
    auth = SignatureAuth(KEYS)
    auth.leak = lambda slotted=slotted: slotted  # type: ignore[attr-defined]
    assert not [way for way, text in texts_within(auth) if text == SECRET]
    auth.leak = partial(print, slotted)  # type: ignore[attr-defined]
    assert [way for way, text in texts_within(auth) if text == SECRET]
    assert "AKcanary" in [text for _, text in texts_within(auth)]


def show(each: object) -> Iterator[str]:
    yield from (str(each), repr(each), f"{each}", ascii(each), pprint.pformat(each))
    yield from (f"{name}: {value!r}" for name, value in inspect.getmembers(each))
    yield from (f"{way}: {text!r}" for way, text in texts_within(each))


@each_kind
def test_no_object_shows_it(kind: str) -> None:
    service = httpx.MockTransport(lambda request: httpx.Response(200, json={"prefix": "p"}))

    async def main() -> None:
        for keys in (KEYS, lambda: KEYS):
            if kind == "sync":
                ds: Any = DataStream(keys, transport=service)
                ds.get_topic_prefix()
            else:
                ds = AsyncDataStream(keys, transport=service)
                await ds.get_topic_prefix()
            copied = ds.client.with_headers({"x": "y"})
            copied.get_httpx_client(), copied.get_async_httpx_client()
            for each in (ds, ds.with_options(timeout=3), ds.client, copied, SignatureAuth(keys)):
                for text in show(each):
                    assert_secret(text, f"{type(each).__name__}: {text:.200}")

    anyio.run(main)
    for text in show(KEYS):
        assert_secret(text, text)
    assert not hasattr(KEYS, "__dict__")
    with pytest.raises(ConfigurationError, match="refuse"):
        KEYS.__getstate__()
    assert KEYS.secret_key == SECRET


def test_no_object_with_real_connections_shows_it() -> None:
    with RawServer(lambda seen: answer(body=b'{"prefix": "p"}')) as server:
        with DataStream(KEYS, management_url=server.url, verify=False) as ds:
            ds.get_topic_prefix()
            get_topic_prefix.sync(client=ds.client.with_headers({"x": "y"}))
            for text in show(ds):
                assert_secret(text, text[:200])
        assert_secret(server.take().head)


# --- what errors show ----------------------------------------------------------------------------


def refuse(status: int, body: bytes = b"", *headers: str) -> Callable[[Seen], bytes]:
    return lambda seen: answer(status, body, headers=headers)


LATER = f"Date: {formatdate(datetime(2030, 1, 1, tzinfo=UTC).timestamp(), usegmt=True)}"
PROBLEM = b'{"code": "InvalidTopicNotFound", "detail": "no such topic"}'
ANSWERS: dict[str, Callable[[Seen], bytes]] = {
    "400": refuse(400, PROBLEM),
    "401": refuse(401, b'{"error": {"errorCode": "200", "message": "Authentication Failed"}}'),
    "401 twice": refuse(401, b"", LATER),
    "403": refuse(403),
    "404": refuse(404, PROBLEM),
    "413": refuse(413),
    "429": refuse(429, b"", "Retry-After: 0"),
    "500": refuse(500, b"<html>"),
    "503": refuse(503),
    "redirect": refuse(302, b"", "Location: https://example.com/"),
    "hidden in a 200": refuse(200, b'{"error": {"errorCode": "500", "message": "Endpoint"}}'),
    "HTML": refuse(200, b"<html>"),
    "wrong type": refuse(200, b"[]"),
    "cut short": lambda seen: answer().replace(b"Length: 2", b"Length: 3"),
    "no answer": lambda seen: b"",
    "garbage": lambda seen: b"\x00garbage\r\n\r\n",
    "broken gzip": refuse(200, b"no gzip", "Content-Encoding: gzip"),
}


class Fails(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Fails with whatever it was given."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error


def failures(kind: str) -> Iterator[tuple[str, BaseException]]:
    """An error of every kind, by name."""
    options: dict[str, Any] = {"verify": False, "retry": Retry(max_attempts=1)}

    def caught(call: Callable[..., Any], *args: Any, **kwargs: Any) -> BaseException:
        with pytest.raises(DataStreamError) as found:
            call(*args, **kwargs)
        return found.value

    for name, respond in ANSWERS.items():
        with RawServer(respond) as server:
            urls = {"management_url": server.url, "message_url": server.url}
            with calling(kind, credentials=KEYS, **urls, **options) as call:
                yield f"{name} to GET", caught(call, "get_topic", "t1")
                yield f"{name} to POST", caught(call, "send_message", topic="t", key="k", value="v")

    for name in ("401 twice", "429", "500", "redirect", "HTML", "no answer", "garbage"):
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
            raise AssertionError("the client was made")

    yield "text for credentials", caught(make, credentials=SECRET)
    yield "tuple for credentials", caught(make, credentials=("AK", SECRET))
    yield "bad URL", caught(make, management_url="http://example.com")
    yield "bad timeout", caught(make, timeout=-1)
    yield "proxy in clear", caught(make, proxy="http://127.0.0.1:1", message_url="http://[::1]")
    yield "pickled pair", caught(pickle.dumps, KEYS)
    yield "pickled client", caught(pickle.dumps, DataStream(KEYS, transport=waiting))


@dataclass
class Evidence:
    """All that was left behind by one error of every kind."""

    errors: list[tuple[str, BaseException]]
    records: list[logging.LogRecord]
    warnings: list[warnings.WarningMessage]


class Keeper(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(scope="module", params=KINDS)
def evidence(request: pytest.FixtureRequest) -> Evidence:
    keeper = Keeper()
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.root.addHandler(keeper)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        errors = list(failures(request.param))
    logging.root.removeHandler(keeper)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    assert len(errors) > 2 * len(ANSWERS)
    return Evidence(errors, keeper.records, caught)


def chain(error: BaseException) -> list[BaseException]:
    """The error, and all its causes and contexts."""
    found: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is not None and each not in found:
            found.append(each)
            pending += [each.__cause__, each.__context__]
            pending += getattr(each, "exceptions", ())
    return found


def locals_of(error: BaseException) -> Iterator[tuple[str, str]]:
    """The local variables in the frames of this package and of the libraries below it."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if not frame.f_code.co_filename.startswith(TESTS):
            for name, value in frame.f_locals.items():
                yield f"{frame.f_code.co_qualname}:{line} {name}", repr(value)


def test_no_error_shows_it(evidence: Evidence) -> None:
    for name, error in evidence.errors:
        for each in chain(error):
            report = "".join(traceback.format_exception(each, chain=True))
            assert_secret(report, f"{name}: report")
            for text in (str(each), repr(each), *map(str, getattr(each, "__notes__", []))):
                assert_secret(text, f"{name}: {text}")
            for way, text in locals_of(each):
                assert_secret(text, f"{name}: {way}")
            if name.startswith("callable gives"):
                continue  # whose own function is within reach, and holds it
            for way, text in texts_within(vars(each)):
                assert_secret(text, f"{name}: {way}")


def test_no_pickled_error_shows_it(evidence: Evidence) -> None:
    for name, error in evidence.errors:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            pickled = pickle.dumps(error, protocol)
            assert_secret(pickled, f"{name}: pickle")
            assert type(pickle.loads(pickled)) is type(error)


# --- what errors keep of a request ---------------------------------------------------------------


def requests_within(error: BaseException) -> Iterator[httpx.Request]:
    """Every request that an error, or one of its causes, holds on to."""
    reached: list[object] = [vars(each) for each in chain(error)]
    seen: set[int] = set()
    while reached:
        each = reached.pop()
        if id(each) in seen or isinstance(each, _OPAQUE):
            continue
        seen.add(id(each))
        if isinstance(each, httpx.Request):
            yield each
        reached += gc.get_referents(each)


def test_what_an_error_keeps_of_a_request_proves_nothing(evidence: Evidence) -> None:
    kept = 0
    for name, error in evidence.errors:
        for request in requests_within(error):
            kept += 1
            # Of messages in bulk it is the request as it was before it was signed.
            unsigned = {"***"} if "bulk" not in name else {"***", None}
            for header in ("x-ncp-apigw-signature-v2", "x-ncp-iam-access-key"):
                assert request.headers.get(header) in unsigned, f"{name}: {header} of {request}"
        assert b"AKcanary" not in pickle.dumps(error), name
    assert kept > len(ANSWERS)


# --- logs and warnings ---------------------------------------------------------------------------


def test_no_log_shows_it(evidence: Evidence) -> None:
    loggers = {record.name.partition(".")[0] for record in evidence.records}
    assert {"httpx", "httpcore", "ncloud_datastream"} <= loggers
    formatter = logging.Formatter("%(message)s")
    for record in evidence.records:
        for text in (formatter.format(record), repr(vars(record))):
            assert_secret(text, f"{record.name}: {text}")
        for way, text in texts_within(record.args):
            assert_secret(text, f"{record.name}: {way}")


def test_the_event_loops_debug_log_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def main() -> None:
        with RawServer(ANSWERS["500"]) as server:
            ds = AsyncDataStream(lambda: KEYS, management_url=server.url, verify=False)
            with pytest.raises(DataStreamError):
                await ds.get_topic("t1")
            await ds.aclose()

    anyio.run(main, backend_options={"debug": True})
    assert "asyncio" in {record.name for record in caplog.records}
    assert_secret(caplog.text)


def test_no_warning_shows_it(
    evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".ncloud" / "configure"
    path.parent.mkdir()
    path.write_text(f"ncloud_access_key_id = AK\nncloud_secret_access_key = {SECRET}\n")
    path.chmod(0o644)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(configure_file, "_warned", set())
    with pytest.warns(match="chmod 600") as caught:
        assert Credentials.find().secret_key == SECRET
    for warning in (*caught, *evidence.warnings):
        assert_secret(str(warning), str(warning))
        for way, text in texts_within(warning.message):
            assert_secret(text, way)


@pytest.mark.parametrize("value", [f"{SECRET} y", f"{SECRET}\x01", f"{SECRET}é", f"{SECRET}\tx"])
@pytest.mark.parametrize("place", ["argument", "environment", "file"])
@pytest.mark.parametrize("make", [DataStream, AsyncDataStream])
def test_a_refused_pair_is_named_by_its_place(
    value: str,
    place: str,
    make: Callable[[], object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def use() -> None:
        if place == "argument":
            Credentials("AK", value)
        elif place == "environment":
            monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "AK")
            monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", value)
        else:
            path = tmp_path / ".ncloud" / "configure"
            path.parent.mkdir()
            path.write_text(f"ncloud_access_key_id=AK\nncloud_secret_access_key={value}\n")
            path.chmod(0o600)
            monkeypatch.setenv("HOME", str(tmp_path))
        make()

    names = {"argument": "argument", "environment": "NCLOUD_SECRET_ACCESS_KEY", "file": "configure"}
    with pytest.raises(ConfigurationError, match=names[place]) as caught:
        use()
    for each in chain(caught.value):
        assert_secret(repr(each) + str(each))
        for way, text in locals_of(each):
            assert_secret(text, way)
