"""A secret key, and looking for it in every form and everywhere within an object."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import FrameType, FunctionType, MethodType, ModuleType
from urllib.parse import quote, quote_plus

import pytest
from ncloud_datastream import (
    Credentials,
)
from wire.clients import KINDS

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
