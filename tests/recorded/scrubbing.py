"""Removes everything from a recorded exchange that is not explicitly allowed here.

Names and ids of an account are replaced by the defaults of `Place`, so that the same calls replay a
cassette from any account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from support.world import Place
from vcr.request import Request

SIGNED_WITH = ("x-ncp-apigw-timestamp", "x-ncp-iam-access-key", "x-ncp-apigw-signature-v2")
REQUEST_HEADERS = frozenset({"content-type", "accept"})
RESPONSE_HEADERS = frozenset({"content-type", "date", "allow", "retry-after"})

HIDDEN = "***"
STANDINS: dict[str, Any] = {
    "prefix": Place().prefix,
    "topicId": Place().topic_id,
    "id": Place().connector_id,
    "resourceId": Place().resource_id,
    "schemaId": 1,
    "tcpEndpoint": "cluster-1.datastream.invalid:30010",
    "endpoint": "https://schema-registry-abcde.datastream.invalid",
    "connectorName": "a-connector",
    "groupId": "a-group",
    "roleNrn": Place().role_nrn,
    "objectStorageLocation": Place().location.removeprefix("s3a://"),
    "instance": HIDDEN,
}
"""The replacements of fields that identify an account."""

_TELLTALE = re.compile(r"signature|x-ncp-|access.?key|secret", re.IGNORECASE)
_NRN = re.compile(r"\bnrn:[^\s\"']+")
_LEAKS = {
    "a header of the signature": re.compile(r"x-ncp-|signature", re.IGNORECASE),
    "the Base64 text of 32 bytes": re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}="),
    "an access key": re.compile(
        r"ncp_iam_\w+|\b(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16,}\b"
    ),
    "a resource name": re.compile(rf"\bnrn:(?!{re.escape(Place().role_nrn[4:])})"),
}


class NotSignedError(Exception):
    """A request without the three headers of a signature was about to be recorded."""


class LeakError(Exception):
    """A cassette that was about to be written contains a possible secret."""


def leaks(text: str, secrets: Iterable[str] = ()) -> list[str]:
    """Return descriptions of possible secrets in a cassette; empty if it is clean."""
    found = [name for name, shape in _LEAKS.items() if shape.search(text)]
    return found + ["a key of the account" for secret in secrets if secret in text]


def documented_fields() -> frozenset[str]:
    """Return the names of all documented fields."""
    spec = find_spec("ncloud_datastream_api")
    assert spec is not None
    assert spec.origin is not None
    document = json.loads(Path(spec.origin).with_name("openapi.json").read_text("utf-8"))
    schemas = document["components"]["schemas"].values()
    return frozenset(name for schema in schemas for name in schema.get("properties", ()))


@dataclass
class Scrubber:
    """Cleans the exchanges of a cassette.

    Args:
        place: The real names and ids.
        urls: The base URLs, with those of the document.
    """

    place: Place
    urls: Mapping[str, str] = field(default_factory=dict)

    def request(self, request: Request) -> Request:
        """Clean a signed request.

        Raises:
            NotSignedError: The request is not signed.
        """
        if isinstance(request, _Clean):  # VCR filters twice
            return request
        for name in SIGNED_WITH:
            if not request.headers.get(name):
                raise NotSignedError(f"{request.method} {request.uri} has no {name}.")
        uri = request.uri
        for used, documented in self.urls.items():
            if uri.startswith(f"{used}/"):
                uri = documented + uri.removeprefix(used)
                break
        headers = {
            name.lower(): value
            for name, value in request.headers.items()
            if name.lower() in REQUEST_HEADERS
        }
        text = self._words((request.body or b"").decode())
        body = _pretty(json.loads(text)) if text else text
        return _Clean(request.method, self._words(uri), body, headers)

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """Clean a response."""
        return {
            "status": response["status"],
            "headers": {
                name.lower(): value
                for name, value in response["headers"].items()
                if name.lower() in RESPONSE_HEADERS
            },
            "body": {"string": self._body(response["body"]["string"])},
        }

    def _body(self, body: bytes) -> bytes:
        if not body:
            return body
        try:
            value = json.loads(body)
        except ValueError:
            return HIDDEN.encode()
        return _pretty(self._value(value, known=isinstance(value, dict))).encode()

    def _value(self, value: Any, *, known: bool) -> Any:
        if isinstance(value, dict):
            return {
                name: STANDINS[name]
                if known and name in STANDINS
                else self._value(each, known=known and name in _FIELDS)
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self._value(each, known=known) for each in value]
        if isinstance(value, bool) or value is None:
            return value
        if not known:
            return HIDDEN if isinstance(value, str) else 0
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        # A text about keys can contain them.
        if _TELLTALE.search(text):
            return HIDDEN
        return _NRN.sub(Place().role_nrn, self._words(text))

    def _words(self, text: str) -> str:
        real, standins = asdict(self.place), asdict(Place())
        for name in sorted(real, key=lambda name: -len(real[name])):
            text = text.replace(real[name], standins[name])
        return text


class _Clean(Request):
    """A cleaned request."""


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


_FIELDS = documented_fields()
