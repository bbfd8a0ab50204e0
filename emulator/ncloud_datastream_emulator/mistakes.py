"""Common signing mistakes, as changes to the correct recipe of a signature.

Each mistake changes one aspect of the recipe, so mistakes of different aspects can be combined.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, unquote, unquote_plus

_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")
_SAMPLE = "/photos/puppy.jpg"
_MOST_PARAMETERS_TO_SHUFFLE = 4


class Recipe(NamedTuple):
    """The inputs of a signature that mistakes can change."""

    method: str
    path: str
    query: str
    """Empty, or including its question mark."""
    timestamp: str
    access_key: str
    secret: bytes
    layout: str = "{m} {t}\n{time}\n{key}"
    tail: bytes = b""
    encoding: str = "utf-8"
    digest: str = "sha256"

    def text(self) -> bytes:
        """Return the string to sign."""
        text = self.layout.format(
            m=self.method, t=self.path + self.query, time=self.timestamp, key=self.access_key
        )
        # Bytes of the request line that are not UTF-8 are preserved.
        errors = "surrogateescape" if self.encoding == "utf-8" else "replace"
        return text.encode(self.encoding, errors) + self.tail

    def sign(self) -> bytes:
        """Return the signature before it is encoded as text."""
        text = self.text()
        match self.digest:
            case "bare":
                return hashlib.sha256(text).digest()
            case "key first":
                return hashlib.sha256(self.secret + text).digest()
            case "key last":
                return hashlib.sha256(text + self.secret).digest()
            case "exchanged":
                return hmac.digest(text, self.secret, "sha256")
        return hmac.digest(self.secret, text, self.digest)


class Mistake(NamedTuple):
    """A deviation from the correct recipe."""

    aspect: str
    what: str
    """A clause that completes "the signature fits if"."""
    remedy: str
    """A sentence that describes the fix."""
    changes: Mapping[str, Any]
    """The fields of the recipe that differ."""

    @property
    def is_usual(self) -> bool:
        """Return whether it is common enough to be tried in combination with another one."""
        return self.what in _USUAL


class Received(NamedTuple):
    """A request with an invalid signature, and the secret keys."""

    method: str
    path: str
    query: str
    timestamp: str
    access_key: str
    body: bytes
    hosts: tuple[str, ...]
    """Possible host names of the service."""
    accounts: Mapping[str, str]
    """All secret keys, by access key."""
    secret: str
    """The secret key that the request must be signed with."""


def mistakes(received: Received) -> Iterator[Mistake]:
    """Yield every mistake that is possible with a request, the most likely of each aspect first."""
    for find in (_methods, _queries, _paths, _timestamps, _access_keys, _layouts, _tails, _secrets):
        yield from find(received)
    yield from _CODINGS


def _methods(received: Received) -> Iterator[Mistake]:
    method = received.method
    remedy = f"Sign the method that is sent, in upper case: {method}."
    if method.lower() != method:
        yield Mistake("method", "the method is in lower case", remedy, {"method": method.lower()})
    for other in _METHODS:
        if other != method:
            yield Mistake("method", f"the method is {other}", remedy, {"method": other})


_AS_SENT = "Sign the exact bytes of path and query in the request line."
_WHOLE = "The query is part of the string to sign, including its question mark."
_NO_HOST = "Neither scheme nor host is signed."
Found = Iterator[tuple[str, str, str]]


def _queries(received: Received) -> Iterator[Mistake]:
    if received.query:
        query = received.query[1:]
        found = itertools.chain(_missing(query), _rebuilt(query), _encoded(query))
        yield from _new("query", received.query, found)


def _paths(received: Received) -> Iterator[Mistake]:
    found = itertools.chain(_other_paths(received.path), _hosts(received))
    yield from _new("path", received.path, found)


def _new(aspect: str, right: str, found: Found) -> Iterator[Mistake]:
    """Yield a mistake for each value that is neither correct nor a duplicate."""
    seen = {right}
    for what, value, remedy in found:
        if value not in seen:
            seen.add(value)
            yield Mistake(aspect, what, remedy, {aspect: value})


def _missing(query: str) -> Found:
    yield "the query is left out", "", _WHOLE
    yield "the query is left out, but not its question mark", "?", _WHOLE
    parts = query.split("&")
    for index, part in enumerate(parts if len(parts) > 1 else ()):
        rest = "&".join(parts[:index] + parts[index + 1 :])
        yield f"the parameter {part.partition('=')[0]} is left out", f"?{rest}", _WHOLE


def _rebuilt(query: str) -> Found:
    parts = query.split("&")
    yield "a question mark is added at the end", f"?{query}?", _AS_SENT
    few = len(parts) <= _MOST_PARAMETERS_TO_SHUFFLE
    for order in itertools.permutations(parts) if few else (sorted(parts),):
        yield "the parameters are in a different order", f"?{'&'.join(order)}", _AS_SENT
    valued = "&".join(part for part in parts if part.partition("=")[2])
    empty = "parameters without a value are left out"
    yield empty, f"?{valued}" if valued else "", _AS_SENT
    bare = "&".join(part.removesuffix("=") for part in parts)
    yield "the = of a parameter without a value is left out", f"?{bare}", _AS_SENT
    full = "&".join(part if "=" in part else f"{part}=" for part in parts)
    yield "a = is added to a parameter without a value", f"?{full}", _AS_SENT


def _quoted(text: str, safe: str, *, plus: bool = False) -> str:
    return (quote_plus if plus else quote)(text.encode("utf-8", "surrogateescape"), safe)


# They differ in the characters that they do not escape, besides letters, digits, "_", "." and "-".
_ENCODERS: tuple[Callable[[str], str], ...] = (
    lambda text: _quoted(text, "~"),
    lambda text: _quoted(text, "/~"),
    lambda text: _quoted(text, "~", plus=True),
    lambda text: _quoted(text, "*", plus=True).replace("~", "%7E"),
    lambda text: _quoted(text, "!'()*~"),
    lambda text: _quoted(text, "!'()*~;/?:@+$,"),
)


def _encoded(query: str) -> Found:
    spaces = "spaces are encoded as {}, but the request has {}"
    yield spaces.format("+", "%20"), f"?{query.replace('%20', '+')}", _AS_SENT
    yield spaces.format("%20", "+"), f"?{query.replace('+', '%20')}", _AS_SENT
    for decode in (unquote, unquote_plus):
        before = "the query is signed before it is percent-encoded"
        yield before, f"?{decode(query)}", f"Encode first, then sign. {_AS_SENT}"
    yield "the query is percent-encoded twice", f"?{query.replace('%', '%25')}", _AS_SENT
    for what, escapes in _escapes(query):
        yield f"{what} in the query", f"?{escapes}", _AS_SENT
    for decode, encode in itertools.product((unquote, unquote_plus), _ENCODERS):
        encoded = "&".join(
            "=".join(encode(decode(piece)) for piece in part.split("=", 1))
            for part in query.split("&")
        )
        yield "the query is percent-encoded differently", f"?{encoded}", _AS_SENT


def _escapes(text: str) -> Iterator[tuple[str, str]]:
    for case, change in (("lower", str.lower), ("upper", str.upper)):
        changed = re.sub("%[0-9A-Fa-f]{2}", lambda escape: change(escape[0]), text)  # noqa: B023
        yield f"percent escapes are in {case} case", changed


def _other_paths(path: str) -> Found:
    segments = path.split("/")[1:]
    starts = ["/" + "/".join(segments[:count]) for count in range(1, len(segments))]
    whole = f"Sign the complete path after the host: {path}."
    for start in starts:
        yield f"the path is signed without its prefix {start}", path[len(start) :], whole
    yield "a slash is added to the path", f"{path}/", _AS_SENT
    yield "the slash at the end of the path is missing", path.rstrip("/"), _AS_SENT
    yield "the slash at the beginning of the path is missing", path[1:], _AS_SENT
    yield "the path is signed before it is percent-encoded", unquote(path), _AS_SENT
    yield "the path is percent-encoded twice", path.replace("%", "%25"), _AS_SENT
    for what, escapes in _escapes(path):
        yield f"{what} in the path", escapes, _AS_SENT
    for start in starts:
        yield f"the path is signed without its suffix {path[len(start) :]}", start, whole
    # The example in NCP's description of the signature.
    for sample in (_SAMPLE, f"{_SAMPLE}?query1=&query2"):
        remedy = f"Sign the path of the request: {path}."
        yield "the path of the example in NCP's description is signed", sample, remedy


def _hosts(received: Received) -> Found:
    for host in received.hosts:
        yield "the host precedes the path", host + received.path, _NO_HOST
        for scheme in ("https", "http"):
            url = f"{scheme}://{host}{received.path}"
            yield "scheme and host precede the path", url, _NO_HOST


def _timestamps(received: Received) -> Iterator[Mistake]:
    header = received.timestamp
    for what, value in (
        ("the timestamp in the string is in seconds", header[:-3]),
        ("the timestamp in the string is in milliseconds", f"{header}000"),
        ("the timestamp in the string has a fraction", f"{header}.0"),
        ("the timestamp in the string is empty", ""),
    ):
        remedy = f"Sign the timestamp exactly as it is sent in the header: {header}."
        yield Mistake("timestamp", what, remedy, {"timestamp": value})


def _access_keys(received: Received) -> Iterator[Mistake]:
    sent = received.access_key
    remedy = f"Sign the access key that is sent in the header: {sent}."
    others = {
        sent.lower(): "the access key in the string is in lower case",
        sent.upper(): "the access key in the string is in upper case",
        "": "the access key in the string is empty",
        received.secret: "the string contains the secret key in place of the access key",
    }
    others |= dict.fromkeys(received.accounts, "the string contains another access key")
    for value, what in others.items():
        if value != sent:
            yield Mistake("access key", what, remedy, {"access_key": value})


def _layouts(_: Received) -> Iterator[Mistake]:
    remedy = (
        "Sign the method, one space, path and query, a line feed, the timestamp, a line feed and "
        "the access key, with nothing after it."
    )
    for what, layout in (
        ("the lines end with CR LF", "{m} {t}\r\n{time}\r\n{key}"),
        ("each line feed is a backslash and an n", "{m} {t}\\n{time}\\n{key}"),
        ("a line feed follows the method", "{m}\n{t}\n{time}\n{key}"),
        ("no space follows the method", "{m}{t}\n{time}\n{key}"),
        ("the method is left out", "{t}\n{time}\n{key}"),
        ("the timestamp is left out", "{m} {t}\n{key}"),
        ("the access key is left out", "{m} {t}\n{time}"),
        ("an empty line precedes the access key", "{m} {t}\n{time}\n\n{key}"),
        ("the line feeds are spaces", "{m} {t} {time} {key}"),
        ("there are no line feeds", "{m} {t}{time}{key}"),
        ("there are no spaces and no line feeds", "{m}{t}{time}{key}"),
        ("a line feed precedes the method", "\n{m} {t}\n{time}\n{key}"),
    ):
        yield Mistake("layout", what, remedy, {"layout": layout})
    for order in itertools.permutations(("{m} {t}", "{time}", "{key}")):
        if order != ("{m} {t}", "{time}", "{key}"):
            changes = {"layout": "\n".join(order)}
            yield Mistake("layout", "the lines are in a different order", remedy, changes)


def _tails(received: Received) -> Iterator[Mistake]:
    end = "End the string with the access key; no line feed follows it."
    yield Mistake("tail", "a line feed follows the access key", end, {"tail": b"\n"})
    yield Mistake("tail", "CR LF follows the access key", end, {"tail": b"\r\n"})
    yield Mistake("tail", "a space follows the access key", end, {"tail": b" "})
    body = received.body
    hashed = hashlib.sha256(body)
    for what, tail in (
        ("the body is signed too", body),
        ("a hash of the body is signed too", hashed.hexdigest().encode()),
        ("a hash of the body is signed too", base64.b64encode(hashed.digest())),
    ):
        for start in (b"\n", b"") if tail else ():
            yield Mistake("tail", what, "Do not sign the body.", {"tail": start + tail})


def _secrets(received: Received) -> Iterator[Mistake]:
    secret = received.secret
    of_the_key = "Sign with the secret key that belongs to the access key in the header."
    for access_key, other in received.accounts.items():
        if other != secret:
            what = f"it is computed with the secret key of {access_key}"
            yield Mistake("secret", what, of_the_key, {"secret": other.encode()})
    access = {"secret": received.access_key.encode()}
    yield Mistake("secret", "it is computed with the access key as the key", of_the_key, access)
    as_it_is = "Use exactly the characters of the secret key, encoded as bytes."
    for what, key in (
        ("the secret key is Base64-decoded first", _decoded(secret)),
        ("the secret key is Base64-encoded first", base64.b64encode(secret.encode())),
        ("a line feed follows the secret key", f"{secret}\n".encode()),
        ("CR LF follows the secret key", f"{secret}\r\n".encode()),
        ("a space follows the secret key", f"{secret} ".encode()),
        ("the secret key is in quotation marks", f'"{secret}"'.encode()),
        ("the secret key is in single quotation marks", f"'{secret}'".encode()),
        ("an ampersand follows the secret key", f"{secret}&".encode()),
        ("the secret key is empty", b""),
    ):
        yield Mistake("secret", what, as_it_is, {"secret": key})


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_")
    except ValueError:
        return text.encode()


def _coding(aspect: str, what: str, remedy: str, value: str) -> Mistake:
    return Mistake(aspect, what, remedy, {aspect: value})


_UTF_8 = "Encode the string as UTF-8."
_HMAC = "The signature is HMAC-SHA256: the secret key is the key, the string is the message."
_CODINGS = (
    _coding("encoding", "the string is UTF-16", _UTF_8, "utf-16-le"),
    _coding("encoding", "the string is UTF-16, big-endian", _UTF_8, "utf-16-be"),
    _coding("encoding", "a byte order mark precedes the string", _UTF_8, "utf-8-sig"),
    _coding("digest", "the hash is SHA-1", _HMAC, "sha1"),
    _coding("digest", "the hash is SHA-512", _HMAC, "sha512"),
    _coding("digest", "the hash is SHA-384", _HMAC, "sha384"),
    _coding("digest", "the hash is MD5", _HMAC, "md5"),
    _coding("digest", "key and message are swapped", _HMAC, "exchanged"),
    _coding("digest", "it is a plain SHA-256 of the string, without a key", _HMAC, "bare"),
    _coding("digest", "it is SHA-256 of key and string, not HMAC", _HMAC, "key first"),
    _coding("digest", "it is SHA-256 of string and key, not HMAC", _HMAC, "key last"),
)

_USUAL = frozenset(
    {
        "the method is in lower case",
        "the query is left out",
        "the query is left out, but not its question mark",
        "a question mark is added at the end",
        "the query is signed before it is percent-encoded",
        "spaces are encoded as +, but the request has %20",
        "the query is percent-encoded differently",
        "the path is signed before it is percent-encoded",
        "the path is signed without its prefix /api/v1",
        "the path is signed without its prefix /api",
        "scheme and host precede the path",
        "the timestamp in the string is in seconds",
        "the lines end with CR LF",
        "each line feed is a backslash and an n",
        "a line feed follows the method",
        "the method is left out",
        "a line feed follows the access key",
        "the body is signed too",
        "a line feed follows the secret key",
        "the secret key is Base64-decoded first",
        "the hash is SHA-1",
    }
)
