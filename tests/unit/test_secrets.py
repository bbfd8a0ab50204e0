"""Nobody in: a secret key that is looked for everywhere, and found nowhere."""

from __future__ import annotations

import base64
import gc
import inspect
import logging
import pickle
import pprint
import traceback
import warnings
from collections.abc import Callable, Iterator
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
    sign,
    string_to_sign,
)
from ncloud_datastream.credentials import configure_file
from ncloud_datastream_api.api.topic import get_topic_prefix
from unit.breaking import ANSWERS, failures
from unit.canary import (
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
    assert "ncloud_datastream" in loggers
    assert "ncloud_datastream.wire.body" in {record.name for record in evidence.records}
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


# --- signatures ----------------------------------------------------------------------------------

SIGNATURE = "c2lnbmF0dXJlLWNhbmFyeQ=="
"""What stands for all signatures here: a real one is good for minutes, for whoever reads it."""

_DEEP = 5
"""Levels below a local variable: through a request and its headers to the bytes of one."""


def near(name: str, each: object, depth: int = _DEEP) -> Iterator[tuple[str, str]]:
    """What a local variable shows and holds, as deep as a tool that reports errors digs."""
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
    """The frames of an error, its causes and contexts in which a signature is within reach."""
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


@pytest.mark.usefixtures("signed")
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


FAILING = ("no answer", "garbage", "cut short", "401 twice", "500", "redirect", "HTML")
CARRIERS = ("own", "httpx", "own, request of httpx", "httpx, request of httpx")


def escaping(kind: str, carrier: str, *, bulk: bool) -> Iterator[tuple[str, BaseException]]:
    """Errors of attempts that were signed, of calls or of deliveries."""
    options: dict[str, Any] = {
        "verify": False,
        "retry": Retry(max_attempts=2, at_least_once=True),
        "credentials": KEYS,
    }
    for name in FAILING:
        if carrier.startswith("httpx"):
            made = httpx.HTTPTransport() if kind == "sync" else httpx.AsyncHTTPTransport()
            options["transport"] = made
        with RawServer(ANSWERS[name]) as server:
            urls = {"management_url": server.url, "message_url": server.url}
            if bulk:
                (delivery,) = sent(kind, [Message("t", "k", "v")], **urls, **options)
                assert delivery.error is not None
                yield name, delivery.error
            else:
                by_httpx = carrier.endswith("request of httpx")
                yield name, failed_call(kind, by_httpx=by_httpx, **urls, **options)


def failed_call(kind: str, *, by_httpx: bool, **options: Any) -> DataStreamError:
    """The error of a call whose request is httpx's, since a header was set on its client."""

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
@pytest.mark.parametrize("carrier", CARRIERS)
@each_kind
def test_no_frame_of_a_failed_call_has_its_signature(kind: str, carrier: str) -> None:
    errors = dict(escaping(kind, carrier, bulk=False))
    found = {name: signed_frames(error) for name, error in errors.items()}
    assert not {name: frames for name, frames in found.items() if frames}
    assert any(each.__traceback__ for each in chain(errors["no answer"])[1:])


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize("carrier", CARRIERS[:2])
@each_kind
def test_no_frame_of_a_failed_delivery_has_its_signature(kind: str, carrier: str) -> None:
    errors = dict(escaping(kind, carrier, bulk=True))
    found = {name: signed_frames(error) for name, error in errors.items()}
    assert not {name: frames for name, frames in found.items() if frames}
    assert any(each.__traceback__ for each in chain(errors["no answer"])[1:])
