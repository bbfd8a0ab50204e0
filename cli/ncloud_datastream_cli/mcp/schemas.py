"""Conversion of the document's schemas to JSON Schema for tool descriptions.

References are inlined, since few MCP clients resolve them. Keywords that only OpenAPI or this
document has (``nullable``, ``x-…``) are expressed in JSON Schema or in the description.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

_KEPT = ("type", "description", "required")
_LIMITS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern")
_FORMATS = ("date", "date-time", "uuid")


class Schemas:
    """The schemas of one document.

    Args:
        document: The OpenAPI document.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolve(self, node: Any) -> Any:
        """Return a node of the document with references resolved."""
        while isinstance(node, Mapping) and "$ref" in node:
            found: Any = self._document
            for word in node["$ref"].removeprefix("#/").split("/"):
                found = found[word.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def json_schema(self, node: Any, *, limits: bool, within: tuple[int, ...] = ()) -> Schema:
        """Return a schema of the document as JSON Schema.

        Args:
            node: The schema, or a reference to one.
            limits: Whether to keep ranges, lengths and patterns. They are informative and never
                enforced here, since the service may widen them.
            within: The enclosing schemas; a schema nested in itself becomes "any value".
        """
        node = self.resolve(node)
        if not isinstance(node, Mapping) or id(node) in within:
            return {}
        within = (*within, id(node))

        def inner(each: Any) -> Schema:
            return self.json_schema(each, limits=limits, within=within)

        kept = (*_KEPT, *_LIMITS) if limits else _KEPT
        made: Schema = {key: node[key] for key in kept if key in node}
        if "enum" in node:
            # As examples and in the description: the service may accept other values.
            made["examples"] = list(node["enum"])
            made["description"] = _described(node)
        elif limits and "example" in node:
            made["examples"] = [node["example"]]
        if node.get("format") in _FORMATS and limits:
            made["format"] = node["format"]
        if node.get("format") == "binary":
            made["contentEncoding"] = "base64"
        if node.get("nullable") and "type" in made:
            made["type"] = [made["type"], "null"]
        if "properties" in node:
            made["properties"] = {key: inner(each) for key, each in node["properties"].items()}
        if "items" in node:
            made["items"] = inner(node["items"])
        if "additionalProperties" in node:
            more = node["additionalProperties"]
            made["additionalProperties"] = inner(more) if isinstance(more, Mapping) else more
        if "allOf" in node:
            made["allOf"] = [inner(each) for each in node["allOf"]]
        # The client takes the first alternative that fits, so several may.
        alternatives = [inner(each) for key in ("anyOf", "oneOf") for each in node.get(key, ())]
        if alternatives:
            made["anyOf"] = alternatives
        if node.get("nullable") and "type" not in node and made:
            return {"anyOf": [made, {"type": "null"}]}
        return made

    def fields(self, node: Any) -> tuple[dict[str, Any], set[str]]:
        """Return the schemas of an object's named fields, and the names of the required ones.

        Nothing that is more than an object has fields here: null, or an object of several types.
        """
        node = self.resolve(node)
        parts = [each for key in ("allOf", "anyOf", "oneOf") for each in node.get(key, ())]
        if len(parts) == 1 and "$ref" in parts[0]:
            if node.get("nullable"):
                return {}, set()
            return self.fields(parts[0])
        if node.get("nullable") or "anyOf" in node or "oneOf" in node:
            return {}, set()
        found: dict[str, Any] = {}
        required: set[str] = set()
        for each in node.get("allOf", ()):
            inner, names = self.fields(each)
            found |= inner
            required |= names
        found |= node.get("properties", {})
        required |= set(node.get("required", ()))
        return found, required & found.keys()


def _described(node: Mapping[str, Any]) -> str:
    """Return an enum's description followed by its values and their meanings."""
    meanings = node.get("x-enum-descriptions") or [""] * len(node["enum"])
    values = [
        f"{value}: {meaning}" if meaning else f"{value}."
        for value, meaning in zip(node["enum"], meanings, strict=True)
    ]
    return " ".join([*filter(None, [node.get("description")]), *values])
