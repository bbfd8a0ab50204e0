"""A secret key, and the search for it in all that an error or an object shows or holds."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import FrameType, FunctionType, MethodType, ModuleType
from urllib.parse import quote, quote_plus

import ncloud_datastream
import pytest
from ncloud_datastream import Credentials
from wire.clients import KINDS

PACKAGE = str(Path(ncloud_datastream.__file__).parent)
TESTS = str(Path(__file__).parent.parent)
SECRET = "cAnArY+s3cr3t/kEy?&=~9"
KEYS = Credentials("AKcanary", SECRET)

each_kind = pytest.mark.parametrize("kind", KINDS)


def forms(secret: str) -> list[str]:
    """Return the secret as text, in Base64 at any offset of a longer text, in URLs and in hex."""
    raw = secret.encode()
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), raw.hex()}
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw).decode()[(8 * shift + 5) // 6 : -4]
        found |= {encoded, encoded.replace("+", "-").replace("/", "_")}
    return sorted(found)


FORMS = forms(SECRET)


def assert_secret(text: str | bytes, where: str = "") -> None:
    """Assert that the text has the secret in none of its forms."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    for form in FORMS:
        assert form not in text, f"{form} in {where}"


def shown(error: BaseException) -> str:
    """Return all that a full report of an error shows, with the package's local variables."""
    words: list[str] = []
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    pending, seen = [error], set()
    while pending:
        cause = pending.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        words += [str(cause), repr(cause), repr(cause.args), repr(vars(cause))]
        words += getattr(cause, "__notes__", [])
        pending += [e for e in (cause.__cause__, cause.__context__) if e is not None]
    reports = [report]
    while reports:
        part = reports.pop()
        reports += [e for e in (part.__cause__, part.__context__) if e is not None]
        for frame in part.stack:
            if frame.filename.startswith(PACKAGE):
                words += [f"{name}={value}" for name, value in (frame.locals or {}).items()]
    return "\n".join(words)


def frames(error: BaseException) -> list[str]:
    """Return the names of the package's functions in an error's traceback."""
    return [
        frame.name
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(PACKAGE)
    ]


# --- objects reachable from an object ----------------------------------------------------------

_OPAQUE = (type, ModuleType, FunctionType, FrameType)
"""Objects of the program, through which everything can be reached."""


def texts_within(root: object) -> Iterator[tuple[str, str | bytes]]:
    """Yield every text in an object's attributes, slots, items and closures, with its path.

    The slot of a key pair, which has the secret, is left out.
    """
    pending: list[tuple[str, object]] = [(type(root).__name__, root)]
    seen: set[int] = set()
    kept: list[object] = []
    while pending:
        way, each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        kept.append(each)  # keeps its id from being reused
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
