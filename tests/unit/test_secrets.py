"""No object, error, log line or warning shows a secret key or a signature."""

from __future__ import annotations

import base64
import gc
import inspect
import logging
import pickle
import pprint
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

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
    auth,
    retry,
    sign,
    string_to_sign,
)
from ncloud_datastream.credentials import configure_file
from ncloud_datastream_api.api.topic import get_topic_prefix
from unit.breaking import ANSWERS, failures
from unit.secrecy import (
    _OPAQUE,
    KEYS,
    SECRET,
    TESTS,
    assert_secret,
    attributes,
    each_kind,
    texts_within,
)
from wire.clients import KINDS, sent
from wire.server import RawServer, answer


def test_the_search_finds_a_secret_in_any_form_and_place() -> None:
    for text in (
        SECRET,
        quote(f"a={SECRET}", safe=""),
        *(
            encode((before + SECRET + "tail").encode()).decode()
            for before in ("", "a", "bc")
            for encode in (base64.b64encode, base64.urlsafe_b64encode)
        ),
        pickle.dumps([SECRET]),
        SECRET.encode().hex(),
    ):
        with pytest.raises(AssertionError):
            assert_secret(text)

    class Slotted:
        __slots__ = ("deep",)

    slotted = Slotted()
    slotted.deep = {"list": [(SECRET,)]}
    auth = SignatureAuth(KEYS)
    assert not [way for way, text in texts_within(auth) if text == SECRET]
    auth.leak = partial(print, slotted)  # type: ignore[attr-defined]
    assert [way for way, text in texts_within(auth) if text == SECRET]
    assert "AKcanary" in [text for _, text in texts_within(auth)]


def show(each: object) -> Iterator[str]:
    yield from (str(each), repr(each), f"{each}", ascii(each), pprint.pformat(each))
    yield from (f"{name}: {value!r}" for name, value in inspect.getmembers(each))
    yield from (f"{way}: {text!r}" for way, text in texts_within(each))


@each_kind
def test_no_object_shows_the_secret_key(kind: str) -> None:
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
    with pytest.raises(ConfigurationError, match="cannot be pickled"):
        KEYS.__getstate__()
    assert KEYS.secret_key == SECRET


def test_no_object_with_open_connections_shows_the_secret_key() -> None:
    with RawServer(lambda seen: answer(body=b'{"prefix": "p"}')) as server:
        with DataStream(KEYS, management_url=server.url, verify=False) as ds:
            ds.get_topic_prefix()
            get_topic_prefix.sync(client=ds.client.with_headers({"x": "y"}))
            for text in show(ds):
                assert_secret(text, text[:200])
        assert_secret(server.take().head)


# --- errors --------------------------------------------------------------------------------------


@dataclass
class Evidence:
    """All that an error of every kind leaves behind."""

    errors: list[tuple[str, BaseException]]
    records: list[logging.LogRecord]
    warnings: list[warnings.WarningMessage]


class Keeper(logging.Handler):
    """Stores log records."""

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
    """Return the error with all its causes and contexts."""
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
    """Yield the local variables in the frames of this package and of the libraries it calls."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if not frame.f_code.co_filename.startswith(TESTS):
            for name, value in frame.f_locals.items():
                yield f"{frame.f_code.co_qualname}:{line} {name}", repr(value)


def test_no_error_shows_the_secret_key(evidence: Evidence) -> None:
    for name, error in evidence.errors:
        for each in chain(error):
            report = "".join(traceback.format_exception(each, chain=True))
            assert_secret(report, f"{name}: report")
            for text in (str(each), repr(each), *map(str, getattr(each, "__notes__", []))):
                assert_secret(text, f"{name}: {text}")
            for way, text in locals_of(each):
                assert_secret(text, f"{name}: {way}")
            if name.startswith("callable gives"):
                continue  # the callable, which holds the secret, can be reached
            for way, text in texts_within(vars(each)):
                assert_secret(text, f"{name}: {way}")
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            pickled = pickle.dumps(error, protocol)
            assert_secret(pickled, f"{name}: pickle")
            assert type(pickle.loads(pickled)) is type(error)


def requests_within(error: BaseException) -> Iterator[httpx.Request]:
    """Yield every request that an error or one of its causes holds."""
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


def test_the_request_of_an_error_has_no_signature(evidence: Evidence) -> None:
    requests = 0
    for name, error in evidence.errors:
        for request in requests_within(error):
            requests += 1
            # For messages sent in bulk it is the request before it was signed.
            unsigned = {"***"} if "bulk" not in name else {"***", None}
            for header in ("x-ncp-apigw-signature-v2", "x-ncp-iam-access-key"):
                assert request.headers.get(header) in unsigned, f"{name}: {header} of {request}"
        assert b"AKcanary" not in pickle.dumps(error), name
    assert requests > len(ANSWERS)


# --- logs and warnings ---------------------------------------------------------------------------


def test_no_log_line_shows_the_secret_key(evidence: Evidence) -> None:
    loggers = {record.name.partition(".")[0] for record in evidence.records}
    assert "ncloud_datastream" in loggers
    assert "ncloud_datastream.wire.body" in {record.name for record in evidence.records}
    formatter = logging.Formatter("%(message)s")
    for record in evidence.records:
        for text in (formatter.format(record), repr(vars(record))):
            assert_secret(text, f"{record.name}: {text}")
        for way, text in texts_within(record.args):
            assert_secret(text, f"{record.name}: {way}")


def test_the_event_loops_debug_log_does_not_show_the_secret_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
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


def write_configure(folder: Path, secret_key: str, mode: int) -> None:
    path = folder / ".ncloud" / "configure"
    path.parent.mkdir()
    path.write_text(f"ncloud_access_key_id = AK\nncloud_secret_access_key = {secret_key}\n")
    path.chmod(mode)


def test_no_warning_shows_the_secret_key(
    evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_configure(tmp_path, SECRET, 0o644)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(configure_file, "_warned", set())
    with pytest.warns(match="chmod 600") as caught:
        assert Credentials.find().secret_key == SECRET
    for warning in (*caught, *evidence.warnings):
        assert_secret(str(warning), str(warning))
        for way, text in texts_within(warning.message):
            assert_secret(text, way)


@pytest.mark.parametrize("value", [f"{SECRET} y", f"{SECRET}é"])
@pytest.mark.parametrize("source", ["argument", "NCLOUD_SECRET_ACCESS_KEY", "configure"])
def test_an_invalid_pair_is_reported_by_its_source(
    value: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use() -> None:
        if source == "argument":
            Credentials("AK", value)
        elif source == "configure":
            write_configure(tmp_path, value, 0o600)
            monkeypatch.setenv("HOME", str(tmp_path))
        else:
            monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "AK")
            monkeypatch.setenv(source, value)
        DataStream()

    with pytest.raises(ConfigurationError, match=source) as caught:
        use()
    for each in chain(caught.value):
        assert_secret(repr(each) + str(each))
        for way, text in locals_of(each):
            assert_secret(text, way)


# --- signatures ----------------------------------------------------------------------------------

SIGNATURE = "c2lnbmF0dXJlLWNhbmFyeQ=="
"""Replaces all signatures here; anyone who reads a real one can use it for minutes."""

_DEEP = 5
"""Levels below a local variable: through a request and its headers to the bytes of one."""


def near(name: str, each: object, depth: int = _DEEP) -> Iterator[tuple[str, str]]:
    """Yield what a local variable shows and holds, as deep as error reporting tools look."""
    if isinstance(each, bytes | bytearray | memoryview):
        yield name, bytes(each).decode("latin-1")
        return
    yield name, repr(each)
    if isinstance(each, str):
        yield name, each
    if depth == 0 or isinstance(each, (str, *_OPAQUE)):
        return
    within: list[tuple[str, object]] = []
    if isinstance(each, dict):
        within += [(f"{name}[{key!r:.40}]", value) for key, value in list(each.items())]
    elif isinstance(each, list | tuple | set | frozenset):
        within += [(f"{name}[{number}]", value) for number, value in enumerate(each)]
    else:
        within += [(f"{name}.{attribute}", value) for attribute, value in attributes(each)]
    for way, value in within:
        yield from near(way, value, depth - 1)


def signed_frames(error: BaseException) -> set[str]:
    """Return the frames of an error and its causes from which a signature can be reached."""
    found = set()
    for each in chain(error):
        texts = [("notes", str(note)) for note in getattr(each, "__notes__", [])]
        texts += [("error", str(each)), *near("error", vars(each))]
        found |= {f"{type(each).__name__}: {way}" for way, text in texts if SIGNATURE in text}
        for frame, _ in traceback.walk_tb(each.__traceback__):
            code = frame.f_code
            if code.co_filename.startswith(TESTS):
                continue
            for name, value in list(frame.f_locals.items()):
                if any(SIGNATURE in text for _, text in near(name, value)):
                    found.add(f"{Path(code.co_filename).name}:{code.co_qualname}: {name}")
    return found


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "sign", lambda *_: SIGNATURE)
    monkeypatch.setattr(retry, "BASE_DELAY", 0.01)


def test_the_search_finds_a_signature() -> None:
    def fails(request: httpx.Request) -> None:
        raise ValueError(request.method)

    request = httpx.Request("GET", "https://example.com", headers={"x": SIGNATURE})
    with pytest.raises(ValueError, match="GET") as caught:
        fails(request)
    frame = caught.tb.tb_next.tb_frame if caught.tb.tb_next else None
    assert frame is not None
    assert any(SIGNATURE in text for _, text in near("request", frame.f_locals["request"]))
    error = ValueError()
    error.add_note(f"of {SIGNATURE}")
    assert "ValueError: notes" in signed_frames(error)


FAILING = ("no answer", "cut short", "401 twice", "redirect", "HTML")


def failed_call(kind: str, *, by_httpx: bool, **options: Any) -> DataStreamError:
    """Return the error of a call; httpx builds its request if a header was set on its client."""

    async def call_async() -> None:
        async with AsyncDataStream(**options) as ds:
            if by_httpx:
                ds.client.get_async_httpx_client().headers["X-Own"] = "1"
            await ds.send_message(topic="t", key="k", value="v")

    def call() -> None:
        with DataStream(**options) as ds:
            if by_httpx:
                ds.client.get_httpx_client().headers["X-Own"] = "1"
            ds.send_message(topic="t", key="k", value="v")

    with pytest.raises(DataStreamError) as caught:
        call() if kind == "sync" else anyio.run(call_async)
    return caught.value


def test_a_stamp_does_not_show_its_signature() -> None:
    stamp = SignatureAuth(KEYS).stamp("GET", "/", KEYS)
    message = string_to_sign("GET", "/", int(stamp.timestamp), stamp.access_key)
    assert stamp.signature == sign(SECRET, message)
    for text in (repr(stamp), str(stamp), repr(stamp._asdict()), pprint.pformat(list(stamp))):
        assert str(stamp.signature) not in text


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize("transport", ["own", "httpx"])
@pytest.mark.parametrize("way", ["call", "request of httpx", "bulk"])
@each_kind
def test_no_frame_of_an_error_has_the_signature(kind: str, way: str, transport: str) -> None:
    options: dict[str, Any] = {
        "verify": False,
        "retry": Retry(max_attempts=2, at_least_once=True),
        "credentials": KEYS,
    }
    for name in FAILING:
        if transport == "httpx":
            made = (
                httpx.HTTPTransport(verify=False)
                if kind == "sync"
                else httpx.AsyncHTTPTransport(verify=False)
            )
            options["transport"] = made
        with RawServer(ANSWERS[name]) as server:
            urls = {"management_url": server.url, "message_url": server.url}
            error: BaseException | None
            if way == "bulk":
                (delivery,) = sent(kind, [Message("t", "k", "v")], **urls, **options)
                error = delivery.error
            else:
                by_httpx = way == "request of httpx"
                error = failed_call(kind, by_httpx=by_httpx, **urls, **options)
        assert error is not None
        assert not signed_frames(error), name
        if name == "no answer":
            assert any(each.__traceback__ for each in chain(error)[1:])
