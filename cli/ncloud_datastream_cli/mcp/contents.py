"""What the client sends and reads where a body has several media types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .schemas import Schema, Schemas

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_ORDER = ("json", "form", "text", "bytes")
BASE64: Schema = {"type": "string", "contentEncoding": "base64"}


@dataclass(frozen=True)
class Content:
    """The content of a request or a response."""

    kind: str
    """How the client serializes or parses it: json, form, text or bytes."""
    node: Any
    """Its schema in the document."""

    def json_schema(self, schemas: Schemas, *, limits: bool) -> Schema:
        """Return the schema of its JSON form. Bytes are base64."""
        if self.kind == "bytes":
            return dict(BASE64)
        made = schemas.json_schema(self.node, limits=limits)
        return made | {"type": "string"} if self.kind == "text" else made


def content_of(described: Mapping[str, Any]) -> Content | None:
    """Return the content that the client uses of a request body or response, or None."""
    content = described.get("content") or {}
    chosen = min(content, key=lambda each: _ORDER.index(_kind_of(each)), default=None)
    if chosen is None:
        return None
    return Content(_kind_of(chosen), content[chosen].get("schema", {}))


def _kind_of(media_type: str) -> str:
    essence = media_type.partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return "json"
    if essence in _FORMS:
        return "form"
    return "text" if essence.startswith("text/") else "bytes"
