"""Explains why a signature is invalid, by trying common mistakes until one reproduces it.

The secret keys are known here, so a mistake can be verified: it either reproduces the signature
that was received or it does not. A diagnosis never contains a secret key or the correct signature.
The emulator and the command ``ncloud-datastream explain`` use it: this module, `mistakes` and
`signature` depend only on the standard library.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from .mistakes import Mistake, Received, Recipe, mistakes

TIMESTAMP = "x-ncp-apigw-timestamp"
ACCESS_KEY = "x-ncp-iam-access-key"
SIGNATURE = "x-ncp-apigw-signature-v2"
_OLD_SIGNATURE = "x-ncp-apigw-signature-v1"

_FURTHEST_MS = 100
"""The largest difference from the timestamp in the header that is tried, in milliseconds."""

_UNITS = {10: "seconds", 16: "microseconds", 19: "nanoseconds"}
_HOUR_MS = 3_600_000
_SHOWN = 8

HIDDEN = "(a secret key)"
"""Replaces a secret key that was sent or signed."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A mistake that was found and how to fix it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known about a request with an invalid signature."""

    verdict: str
    """One sentence; empty if there is nothing to add to the error message."""
    advice: tuple[Advice, ...]
    """The mistakes, each with its remedy."""
    expected: bytes | None
    """The string to sign of this request; None if a header it needs is missing."""
    signed: bytes | None
    """The string that was signed, if a mistake reproduces the signature."""
    timestamp: str | None
    off_ms: int | None
    """Milliseconds by which the timestamp is ahead of the gateway's clock; None if not a number."""
    access_key: str | None
    is_known: bool
    """Whether the access key exists."""
    signature: str | None
    """The beginning of the signature, and its length."""


def diagnose(
    method: str,
    target: str,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    secrets: Mapping[str, str],
    now_ms: int,
    hosts: Sequence[str] = (),
) -> Diagnosis:
    """Find out why the signature of a request is invalid.

    Args:
        method: The HTTP method.
        target: Path and query as received, one character for each byte.
        headers: The request's headers, names in lower case.
        body: The request's body.
        secrets: Secret keys by access key.
        now_ms: The gateway's time, in milliseconds since 1970.
        hosts: Host names that may have been signed, in addition to the one in the request.
    """
    found = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    timestamp, access_key, signature = (
        found.get(name) or None for name in (TIMESTAMP, ACCESS_KEY, SIGNATURE)
    )
    advice = [*_about_headers(found, secrets), *_about_timestamp(timestamp, now_ms)]
    path, mark, query = target.encode("latin-1").decode("utf-8", "surrogateescape").partition("?")
    expected = signed = None
    verdict = ""
    if timestamp is not None and access_key is not None:
        received = Received(
            method=method,
            path=path,
            query=mark + query,
            timestamp=timestamp,
            access_key=access_key,
            body=body,
            hosts=tuple(dict.fromkeys((*_host(found), *hosts))),
            accounts=secrets,
            secret=secrets.get(access_key) or next(iter(secrets.values()), ""),
        )
        expected = _right(received).text()
        name = SIGNATURE if signature else _OLD_SIGNATURE
        given = found.get(name)
        if given:
            made = explain(received, given)
            if made is None:
                verdict, more = _unexplained(given, access_key in secrets)
            else:
                recipe, more = made
                signed = recipe.text()
                verdict = _explained(more, name, access_key in secrets)
            advice += more
    return Diagnosis(
        verdict=verdict,
        advice=tuple(advice),
        expected=_without(secrets.values(), expected),
        signed=_without(secrets.values(), signed),
        timestamp=timestamp,
        off_ms=int(timestamp) - now_ms if timestamp and _is_number(timestamp) else None,
        access_key=access_key if access_key not in secrets.values() else HIDDEN,
        is_known=access_key in secrets,
        signature=_shape(signature),
    )


def explain(received: Received, signature: str) -> tuple[Recipe, list[Advice]] | None:
    """Return the recipe that reproduces a signature, and its mistakes; None if there is none.

    Single mistakes are tried first, then pairs of common ones, then nearby timestamps.
    """
    readings = dict(_readings(signature))
    for recipe, made in _recipes(received):
        digest = recipe.sign()
        if digest in readings:
            found = [Advice(each.what, each.remedy) for each in made]
            form = readings[digest]
            return recipe, [*found, *([form] if form is not None else ())]
    return None


def _right(received: Received) -> Recipe:
    return Recipe(
        method=received.method,
        path=received.path,
        query=received.query,
        timestamp=received.timestamp,
        access_key=received.access_key,
        secret=received.secret.encode(),
    )


def _recipes(received: Received) -> Iterator[tuple[Recipe, tuple[Mistake, ...]]]:
    right = _right(received)
    single = list(mistakes(received))
    yield right, ()
    for one in single:
        yield right._replace(**one.changes), (one,)
    for one, two in itertools.combinations([each for each in single if each.is_usual], 2):
        if one.aspect != two.aspect:
            yield right._replace(**one.changes)._replace(**two.changes), (one, two)
    if _is_number(received.timestamp):
        header = int(received.timestamp)
        for off in range(1, _FURTHEST_MS + 1):
            for sign, side in ((-1, "before"), (1, "after")):
                other = Mistake(
                    "timestamp",
                    f"the timestamp in the string is {off} ms {side} the one in the header",
                    "Read the clock once, and use that time for the string and for the header.",
                    {"timestamp": str(header + sign * off)},
                )
                yield right._replace(timestamp=str(header + sign * off)), (other,)


def _readings(signature: str) -> Iterator[tuple[bytes, Advice | None]]:
    """Decode a signature in every notation that occurs, the correct one last."""
    remedy = "Encode the 32 bytes of the HMAC as standard Base64 with padding: 44 characters."
    text = signature.strip()
    for what, form in (
        ("it is percent-encoded", unquote(text)),
        ("its + characters are sent as spaces", text.replace(" ", "+")),
        ("it is the repr of a Python bytes object, b'...'", text[2:-1]),
        ("it is in quotation marks", text[1:-1]),
    ):
        yield from ((digest, Advice(what, remedy)) for digest in _base64(form))
    yield from ((digest, Advice("it is hexadecimal", remedy)) for digest in _hex(text))
    for digest in _base64(text):
        inner = digest.decode("latin-1")
        twice = "it is the Base64 of hexadecimal digits"
        yield from ((each, Advice(twice, remedy)) for each in _hex(inner))
        again = "it is Base64-encoded twice"
        yield from ((each, Advice(again, remedy)) for each in _base64(inner))
    loose = text.replace("-", "+").replace("_", "/").rstrip("=")
    form = "it is in URL-safe Base64" if {*"-_"} & {*text} else "it has no padding"
    padded = loose + "=" * (-len(loose) % 4)
    yield from ((digest, Advice(form, remedy)) for digest in _base64(padded))
    yield from ((digest, None) for digest in _base64(signature))


def _base64(text: str) -> Iterator[bytes]:
    try:
        yield base64.b64decode(text, validate=True)
    except ValueError:
        return


def _hex(text: str) -> Iterator[bytes]:
    try:
        yield binascii.unhexlify(text)
    except ValueError:
        return


def _explained(made: Sequence[Advice], name: str, is_known: bool) -> str:
    if made:
        return f"The signature fits if {' and '.join(each.what for each in made)}."
    if not is_known:
        return "The secret key is correct; only the access key is wrong."
    if name != SIGNATURE:
        return f"The signature in {name} is correct, but it is sent in the old header."
    return "Otherwise the signature is correct."


def _unexplained(signature: str, is_known: bool) -> tuple[str, list[Advice]]:
    size = next((len(digest) for digest in _base64(signature)), None)
    if size != 32:
        shape = "not Base64" if size is None else f"Base64 of {size} bytes"
        remedy = "An HMAC-SHA256 has 32 bytes, which is 44 characters of Base64."
        return f"The signature is {shape}, not Base64 of 32 bytes.", [
            Advice(f"it is {shape}", remedy)
        ]
    if not is_known:
        return "", []
    what = "no common mistake explains this signature"
    remedy = (
        "If your string to sign equals the expected one byte for byte, your secret key does not "
        "belong to this access key."
    )
    return (
        "No common mistake explains it: check the secret key, and compare your string to sign with "
        "the expected one byte by byte.",
        [Advice(what, remedy)],
    )


def _about_headers(found: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[Advice]:
    if _OLD_SIGNATURE in found and SIGNATURE not in found:
        remedy = f"Send the signature as {SIGNATURE}."
        yield Advice(f"the signature is sent as {_OLD_SIGNATURE}, the old header", remedy)
    for name in (TIMESTAMP, ACCESS_KEY, SIGNATURE):
        misspelt = name.replace("-", "_")
        if misspelt in found and name not in found:
            yield Advice(f"there is a header {misspelt}", f"The header is called {name}.")
    access_key = found.get(ACCESS_KEY, "")
    if access_key in secrets.values():
        remedy = f"Send the access key in {ACCESS_KEY}; never send the secret key."
        yield Advice("the secret key is sent as the access key", remedy)
    elif access_key and access_key not in secrets:
        remedy = f"Known access keys: {' and '.join(secrets)}."
        yield Advice("the access key is unknown", remedy)


def _about_timestamp(timestamp: str | None, now_ms: int) -> Iterator[Advice]:
    if timestamp is None:
        return
    remedy = "Send milliseconds since 1970 in UTC as an integer of 13 digits."
    if not _is_number(timestamp):
        yield Advice("the timestamp is not an integer", remedy)
        return
    off = int(timestamp) - now_ms
    unit = _UNITS.get(len(timestamp))
    if unit is not None:
        yield Advice(f"the timestamp is in {unit}", remedy)
    elif abs(off) >= 300_000:
        hours = round(off / _HOUR_MS)
        if hours and abs(off - hours * _HOUR_MS) < 300_000 and abs(hours) <= 14:
            side = "ahead" if hours > 0 else "behind"
            what = f"the timestamp is {abs(hours)} whole hours {side}, which suggests a local time"
            yield Advice(what, "Count from 1970 in UTC, not in local time.")
        else:
            yield Advice(
                "the clocks differ",
                "Set the clock, or compute the offset from the Date of the 401.",
            )


def _is_number(timestamp: str) -> bool:
    return re.fullmatch("[0-9]{1,20}", timestamp) is not None


def _host(found: Mapping[str, str]) -> tuple[str, ...]:
    host = found.get("host")
    return (host, host.rpartition(":")[0] or host) if host else ()


def _without(secrets: Iterable[str], text: bytes | None) -> bytes | None:
    for secret in secrets if text is not None else ():
        text = text and text.replace(secret.encode(), HIDDEN.encode())
    return text


def _shape(signature: str | None) -> str | None:
    if signature is None:
        return None
    shown = signature[:_SHOWN] + ("…" if len(signature) > _SHOWN else "")
    return f"{shown} ({len(signature)} characters)"
