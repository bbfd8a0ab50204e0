"""Checks that reject a document before anything is generated from it.

A document supplies the names and texts of the generated code. Texts are escaped where they are
rendered. Names, and any other value that the templates use unescaped, have to match a form, so that
no text of a document becomes code. A refusal gives the place in the document, the reason and the
remedy.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from documents import METHODS, Document, Node, RegenerationError
from forms import (
    COMPONENT,
    FIELD,
    IDENTIFIER,
    MEDIA_TYPE,
    OPERATION,
    PATH,
    REFERENCE,
    SERVER,
    STATUS,
    URL,
    WORDS,
    Form,
    at,
    escaped,
    shown,
    wanted,
)
from openapi_python_client.strings import PythonIdentifier, in_double_quote_literal
from structure import check_structure
from unsupported import unsupported


@dataclass(frozen=True)
class Refusal:
    """One place in a document from which no code can be generated."""

    place: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}: {self.remedy}"


class RefusedError(RegenerationError):
    """Every refusal of a document, one per line."""

    def __init__(self, name: str, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        lines = [f"{name}: {refusal}" for refusal in refusals]
        super().__init__(lines[0])
        self.lines = [str(RegenerationError(line)) for line in lines]


# Keys whose values are not part of the document's structure.
_ANYTHING = frozenset({"example", "examples", "default", "enum", "const"})
_DEEPEST = 64
_LONGEST_PLACE = 120


def refusals(document: Document, taken: frozenset[str] = frozenset()) -> list[Refusal]:
    """Return everything in a document from which no code can be generated, in document order.

    Args:
        document: The document.
        taken: Names that no operation may have.
    """
    inspection = _Inspection(document)
    inspection.scan(document.whole, "")
    if inspection.found:
        return inspection.found
    inspection.references(document.whole, "")
    inspection.document_itself()
    try:
        check_structure(document, inspection.refuse)
        unsupported(document, taken, inspection.refuse)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        # Where the structure is broken, the content cannot be checked completely.
        if not inspection.found:
            remedy = "validate it against OpenAPI 3.0"
            inspection.refuse("", "the structure is not valid OpenAPI", remedy)
    return list(dict.fromkeys(inspection.found))


@dataclass
class _Inspection:
    document: Document
    found: list[Refusal] = field(default_factory=list)

    def refuse(self, place: str, reason: str, remedy: str) -> None:
        self.found.append(Refusal(place or "the document", reason, remedy))

    def fits(self, place: str, value: object, form: Form, what: str) -> bool:
        if not form.fits(value):
            is_long = isinstance(value, str) and len(value) > form.longest
            remedy = f"at most {form.longest} characters" if is_long else form.words
            self.refuse(place, f"{shown(value)} is not a valid {what}", f"use {remedy}")
            return False
        return True

    def mapping(self, node: object, place: str) -> Node:
        if isinstance(node, dict):
            return node
        self.refuse(place, f"{shown(node)} is not a mapping", "use keys and values")
        return {}

    def under(self, node: Node, place: str, key: str) -> Iterator[tuple[str, str, Any]]:
        """Yield place, key and value of each entry under a key, which can be missing."""
        inner = at(place, key)
        for name, value in self.mapping(node.get(key, {}), inner).items():
            yield at(inner, name), name, value

    def listed(self, node: Node, place: str, key: str) -> Iterator[tuple[str, Any]]:
        """Yield place and value of each item of a list, which can be missing."""
        inner, values = at(place, key), node.get(key, [])
        if not isinstance(values, list):
            self.refuse(inner, f"{shown(values)} is not a list", "use a list")
            return
        for position, value in enumerate(values):
            yield at(inner, position), value

    # --- the whole tree ---------------------------------------------------------------------

    def scan(self, node: Any, place: str, depth: int = 0) -> None:
        """Find values that cannot be represented in JSON or UTF-8, or are nested too deeply."""
        if depth > _DEEPEST:
            where = place if len(place) < _LONGEST_PLACE else f"{place[:_LONGEST_PLACE]}..."
            reason = f"it is nested more than {_DEEPEST} levels deep"
            self.refuse(where, reason, "use a component for the inner part")
            return
        match node:
            case dict():
                for key, value in node.items():
                    self._text(key, at(place, key))
                    self.scan(value, at(place, key), depth + 1)
            case list():
                for position, value in enumerate(node):
                    self.scan(value, at(place, position), depth + 1)
            case int() if abs(node) >= 2**63:
                self.refuse(place, "the number has more than 64 bits", "use a smaller one")
            case str():
                self._text(node, place)
            case float() if not math.isfinite(node):
                self.refuse(place, f"{node} is not a JSON number", "use a finite number")

    def _text(self, text: str, place: str) -> None:
        if any("\ud800" <= character <= "\udfff" for character in text):
            self.refuse(place, f"{shown(text)} contains a lone surrogate", "use whole characters")

    def references(self, node: Any, place: str, *, named: bool = False) -> None:
        """Find dangling and circular references; examples can contain anything.

        Where the document names the entries (`named`), `$ref` is an ordinary name.
        """
        if isinstance(node, list):
            for position, value in enumerate(node):
                self.references(value, at(place, position))
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == "$ref" and not named:
                    self._reference(value, at(place, key))
                elif key not in _ANYTHING or named:
                    self.references(value, at(place, key), named=key == "properties" and not named)

    def _reference(self, reference: Any, place: str) -> None:
        seen: set[str] = set()
        while True:
            if not self.fits(place, reference, REFERENCE, "reference within the document"):
                return
            if reference in seen:
                self.refuse(place, f"{reference} is circular", "break the cycle")
                return
            seen.add(reference)
            _, _, section, name = reference.split("/")
            components = self.document.whole.get("components")
            found = components.get(section) if isinstance(components, dict) else None
            target = found.get(name) if isinstance(found, dict) else None
            if not isinstance(target, dict):
                self.refuse(place, f"{reference} does not exist", "name an existing component")
                return
            if "$ref" not in target:
                return
            reference = target["$ref"]

    # --- the parts that the templates use -------------------------------------------------------

    def document_itself(self) -> None:
        whole, names = self.document.whole, dict[str, str]()
        urls: dict[str, object] = {}
        self.servers(whole, "", urls)
        self.components(whole)
        for place, path, item in self.under(whole, "", "paths"):
            self.fits(place, path, PATH, "path")
            if "$ref" in self.mapping(item, place):
                self.refuse(at(place, "$ref"), "a path cannot be a reference", "write it here")
            if not isinstance(item, dict):
                continue
            self.servers(item, place, urls)
            self.parameters(item, place)
            for method in METHODS:
                where = at(place, method)
                if method in item and (operation := self.mapping(item[method], where)):
                    self.operation(operation, where, names)
                    self.servers(operation, where, urls)
                    if not any(node.get("servers") for node in (operation, item, whole)):
                        self.refuse(
                            where, "the operation has no server", "add servers, here or above"
                        )

    def servers(self, node: Node, place: str, urls: dict[str, object]) -> None:
        for where, server in self.listed(node, place, "servers"):
            if not isinstance(server, dict):
                self.mapping(server, where)
                continue
            url = server.get("url")
            self.fits(at(where, "url"), url, URL, "server URL")
            if not server.get("x-server-name"):
                self.refuse(where, "the server has no x-server-name", "add one")
                continue
            name, named = server["x-server-name"], at(where, "x-server-name")
            if self.fits(named, name, SERVER, "server name") and urls.get(name, url) != url:
                self.refuse(
                    named, f"two servers are named {name}", "give each URL a different name"
                )
            elif isinstance(name, str):
                urls.setdefault(name, url)

    def components(self, whole: Node) -> None:
        components = self.mapping(whole.get("components", {}), "components")
        for section in components:
            if section.startswith("x-"):
                continue
            for place, name, node in self.under(components, "components", section):
                self.fits(place, name, COMPONENT, "component name")
                part = self.mapping(node, place)
                match section:
                    case "schemas":
                        self.schema(part, place)
                    case "parameters" | "headers":
                        self.parameter(part, place, named=section == "parameters")
                    case "requestBodies" | "responses":
                        self.content(part, place)

    def operation(self, operation: Node, place: str, names: dict[str, str]) -> None:
        id_, where = operation.get("operationId"), at(place, "operationId")
        if id_ is None:
            self.refuse(place, "the operation has no operationId", "add one")
        elif self.fits(where, id_, OPERATION, "operationId"):
            name = PythonIdentifier(id_, "field_")
            if name in names:
                self.refuse(where, f"two operations are named {name}", "rename one of them")
            names[name] = where
        for tag_place, tag in self.listed(operation, place, "tags"):
            self.fits(tag_place, tag, WORDS, "tag")
        self.parameters(operation, place)
        if "requestBody" in operation:
            body = at(place, "requestBody")
            self.content(self.mapping(operation["requestBody"], body), body)
        for response_place, status, response in self.under(operation, place, "responses"):
            self.fits(response_place, status, STATUS, "status code")
            self.content(self.mapping(response, response_place), response_place)
        responses = operation.get("responses", {})
        if isinstance(responses, dict) and not any(each.startswith("2") for each in responses):
            self.refuse(at(place, "responses"), "no 2xx response is documented", "document one")

    def parameters(self, node: Node, place: str) -> None:
        for where, parameter in self.listed(node, place, "parameters"):
            self.parameter(self.mapping(parameter, where), where)

    def parameter(self, parameter: Node, place: str, *, named: bool = True) -> None:
        if "$ref" in parameter:
            return
        if named:
            self.fits(at(place, "name"), parameter.get("name"), FIELD, "parameter name")
        self.content(parameter, place)
        self.schema(parameter.get("schema", {}), at(place, "schema"))

    def content(self, node: Node, place: str) -> None:
        for where, media_type, body in self.under(node, place, "content"):
            self.fits(where, media_type, MEDIA_TYPE, "media type")
            self.schema(self.mapping(body, where).get("schema", {}), at(where, "schema"))
            for example, _, value in self.under(self.mapping(body, where), where, "examples"):
                if "$ref" in self.mapping(value, example):
                    self._reference(value["$ref"], at(example, "$ref"))

    # --- schemas ----------------------------------------------------------------------------

    def schema(self, schema: Any, place: str) -> None:
        if isinstance(schema, bool) or "$ref" in self.mapping(schema, place):
            return
        schema = schema if isinstance(schema, dict) else {}
        if schema.get("title") is not None:
            self.fits(at(place, "title"), schema["title"], WORDS, "class title")
        for where, name, part in self.under(schema, place, "properties"):
            self.fits(where, name, FIELD, "property name")
            self.schema(part, where)
        for key in ("allOf", "anyOf", "oneOf", "prefixItems"):
            for where, part in self.listed(schema, place, key):
                self.schema(part, where)
        for key in ("items", "additionalProperties"):
            self.schema(schema.get(key, True), at(place, key))
        if self._circular(schema):
            self.refuse(place, "the schema is composed of itself", "break the cycle")
            return
        self._enum(schema, place)
        self._literals(schema, place)
        self._list(schema, place)

    def _circular(self, schema: Node, above: tuple[int, ...] = ()) -> bool:
        schema = self.document.resolve(schema)
        above, again = (*above, id(schema)), id(schema) in above
        return again or any(self._circular(part, above) for part in _parts(schema))

    def _enum(self, schema: Node, place: str) -> None:
        for where, value in self.listed(schema, place, "enum"):
            if isinstance(value, str) and in_double_quote_literal(value) != escaped(value):
                self.refuse(
                    where, f"{shown(value)} contains control characters", "use printable ones"
                )
        values = schema.get("enum")
        for key, what in (("x-enum-varnames", "names"), ("x-enum-descriptions", "descriptions")):
            given = list(self.listed(schema, place, key))
            if key in schema and (not isinstance(values, list) or len(given) != len(values)):
                self.refuse(
                    at(place, key), "its length differs from the enum's", f"list as many {what}"
                )
        for where, name in self.listed(schema, place, "x-enum-varnames"):
            self.fits(where, name, IDENTIFIER, "enum member name")

    def _literals(self, schema: Node, place: str) -> None:
        for key in ("default", "const"):
            value, where = schema.get(key), at(place, key)
            if value is None:
                continue
            instead = wanted(value, self._types(schema))
            if instead:
                self.refuse(where, f"{shown(value)} is not a valid {key}", f"use {instead}")
            elif key == "default" and value not in (schema.get("enum") or [value]):
                self.refuse(where, f"{shown(value)} is not in the enum", "use a value of the enum")

    def _types(self, schema: Node) -> set[str]:
        """Return the types that a value can have (a string's format if any); empty for any."""
        schema = self.document.resolve(schema)
        types = {name for part in _parts(schema) for name in self._types(part)}
        given = schema.get("type")
        names = given if isinstance(given, list) else [given]
        given = {name for name in names if isinstance(name, str)}
        format_ = str(schema.get("format"))
        if "string" in given and format_ in {"date", "date-time", "uuid"}:
            given = given - {"string"} | {format_}
        return types | given - {"null"}

    def _properties(self, schema: Node) -> Node:
        schema = self.document.resolve(schema)
        found: Node = {}
        for part in _parts(schema, "allOf"):
            found |= self._properties(part)
        own = schema.get("properties")
        return found | own if isinstance(own, dict) else found

    def _list(self, schema: Node, place: str) -> None:
        if "x-list" not in schema:
            return
        name = schema["x-list"]
        part = self._properties(schema).get(name) if isinstance(name, str) else None
        array = self.document.resolve(part) if isinstance(part, dict) else {}
        if not array or array.get("type") != "array" or array.get("nullable"):
            self.refuse(
                at(place, "x-list"),
                f"{shown(name)} is not an array property",
                "name a property with `type: array`",
            )


def _parts(schema: Node, *keys: str) -> list[Node]:
    """Return the schemas that a schema is composed of."""
    lists = [schema.get(key) for key in keys or ("allOf", "anyOf", "oneOf")]
    parts = [part for parts in lists if isinstance(parts, list) for part in parts]
    return [part for part in parts if isinstance(part, dict)]
