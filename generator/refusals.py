"""What is refused in a document before anything is made from it.

A document gives the generated code its names and its texts. A text is escaped where it is rendered;
a name, and any other value that the templates need as it stands, has to fit a form, so that no text
of a document ever becomes code. A refusal says where in the document it is, what is wrong there,
and what to write instead.
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
from unsupported import unsupported


@dataclass(frozen=True)
class Refusal:
    """One place of a document that nothing can be made from."""

    place: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}: {self.remedy}"


class RefusedError(RegenerationError):
    """Every refusal of a document, each in one line."""

    def __init__(self, name: str, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        lines = [f"{name}: {refusal}" for refusal in refusals]
        super().__init__(lines[0])
        self.lines = [str(RegenerationError(line)) for line in lines]


# What is no part of the document's own structure.
_ANYTHING = frozenset({"example", "examples", "default", "enum", "const"})


def refusals(document: Document, taken: frozenset[str] = frozenset()) -> list[Refusal]:
    """Everything in a document that nothing can be made from, in its order.

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
        unsupported(document, taken, inspection.refuse)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        # Where the form is broken, not all of the content can be looked at.
        if not inspection.found:
            remedy = "compare it with OpenAPI 3.0"
            inspection.refuse("", "its form cannot be followed", remedy)
    return list(dict.fromkeys(inspection.found))


@dataclass
class _Inspection:
    document: Document
    found: list[Refusal] = field(default_factory=list)

    def refuse(self, place: str, reason: str, remedy: str) -> None:
        self.found.append(Refusal(place or "the document", reason, remedy))

    def fits(self, place: str, value: object, form: Form, what: str) -> bool:
        if not form.fits(value):
            self.refuse(place, f"{shown(value)} is no {what}", f"write {form.words}")
            return False
        return True

    def mapping(self, node: object, place: str) -> Node:
        if isinstance(node, dict):
            return node
        self.refuse(place, f"{shown(node)} is no mapping", "write keys and values")
        return {}

    def under(self, node: Node, place: str, key: str) -> Iterator[tuple[str, str, Any]]:
        """What stands under a key that may be missing: place, key and value of each entry."""
        inner = at(place, key)
        for name, value in self.mapping(node.get(key, {}), inner).items():
            yield at(inner, name), name, value

    def listed(self, node: Node, place: str, key: str) -> Iterator[tuple[str, Any]]:
        """What a list holds that may be missing: place and value of each."""
        inner, values = at(place, key), node.get(key, [])
        if not isinstance(values, list):
            self.refuse(inner, f"{shown(values)} is no list", "write a list")
            return
        for position, value in enumerate(values):
            yield at(inner, position), value

    # --- the whole tree ---------------------------------------------------------------------

    def scan(self, node: Any, place: str) -> None:
        """Find what neither JSON nor UTF-8 can carry."""
        match node:
            case dict():
                for key, value in node.items():
                    self._text(key, at(place, key))
                    self.scan(value, at(place, key))
            case list():
                for position, value in enumerate(node):
                    self.scan(value, at(place, position))
            case str():
                self._text(node, place)
            case float() if not math.isfinite(node):
                self.refuse(place, f"{node} is no number in JSON", "write a finite number")

    def _text(self, text: str, place: str) -> None:
        if any("\ud800" <= character <= "\udfff" for character in text):
            self.refuse(place, f"{shown(text)} holds half a character", "write whole characters")

    def references(self, node: Any, place: str, *, named: bool = False) -> None:
        """Find references to nowhere and in circles; examples may hold anything.

        Where entries are `named` by the document, `$ref` is one of the names.
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
                self.refuse(place, f"{reference} leads back to itself", "end the circle")
                return
            seen.add(reference)
            _, _, section, name = reference.split("/")
            components = self.document.whole.get("components")
            found = components.get(section) if isinstance(components, dict) else None
            target = found.get(name) if isinstance(found, dict) else None
            if not isinstance(target, dict):
                self.refuse(place, f"nothing is found at {reference}", "name what is there")
                return
            if "$ref" not in target:
                return
            reference = target["$ref"]

    # --- the parts that templates use -------------------------------------------------------

    def document_itself(self) -> None:
        whole, names = self.document.whole, dict[str, str]()
        urls: dict[str, object] = {}
        self.servers(whole, "", urls)
        self.components(whole)
        for place, path, item in self.under(whole, "", "paths"):
            self.fits(place, path, PATH, "path")
            if "$ref" in self.mapping(item, place):
                self.refuse(at(place, "$ref"), "a path is not read from elsewhere", "write it here")
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
                        self.refuse(where, "it has no server", "give servers, here or above")

    def servers(self, node: Node, place: str, urls: dict[str, object]) -> None:
        for where, server in self.listed(node, place, "servers"):
            if not isinstance(server, dict):
                self.mapping(server, where)
                continue
            url = server.get("url")
            self.fits(at(where, "url"), url, URL, "URL that a client can take")
            if not server.get("x-server-name"):
                self.refuse(where, "the server has no x-server-name", "give it one")
                continue
            name, named = server["x-server-name"], at(where, "x-server-name")
            if self.fits(named, name, SERVER, "name of a server") and urls.get(name, url) != url:
                self.refuse(
                    named, f"two servers are called {name}", "give each URL a name of its own"
                )
            elif isinstance(name, str):
                urls.setdefault(name, url)

    def components(self, whole: Node) -> None:
        components = self.mapping(whole.get("components", {}), "components")
        for section in components:
            if section.startswith("x-"):
                continue
            for place, name, node in self.under(components, "components", section):
                self.fits(place, name, COMPONENT, "name of a component")
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
            self.refuse(place, "it has no operationId", "give it one")
        elif self.fits(where, id_, OPERATION, "name of an operation"):
            name = PythonIdentifier(id_, "field_")
            if name in names:
                self.refuse(where, f"two operations are called {name}", "rename one of them")
            names[name] = where
        for tag_place, tag in self.listed(operation, place, "tags"):
            self.fits(tag_place, tag, WORDS, "tag")
        self.parameters(operation, place)
        if "requestBody" in operation:
            body = at(place, "requestBody")
            self.content(self.mapping(operation["requestBody"], body), body)
        for response_place, status, response in self.under(operation, place, "responses"):
            self.fits(response_place, status, STATUS, "status")
            self.content(self.mapping(response, response_place), response_place)
        responses = operation.get("responses", {})
        if isinstance(responses, dict) and not any(each.startswith("2") for each in responses):
            self.refuse(at(place, "responses"), "no 2xx answer is documented", "document one")

    def parameters(self, node: Node, place: str) -> None:
        for where, parameter in self.listed(node, place, "parameters"):
            self.parameter(self.mapping(parameter, where), where)

    def parameter(self, parameter: Node, place: str, *, named: bool = True) -> None:
        if "$ref" in parameter:
            return
        if named:
            self.fits(at(place, "name"), parameter.get("name"), FIELD, "name of a parameter")
        self.content(parameter, place)
        self.schema(parameter.get("schema", {}), at(place, "schema"))

    def content(self, node: Node, place: str) -> None:
        for where, media_type, body in self.under(node, place, "content"):
            self.fits(where, media_type, MEDIA_TYPE, "media type")
            self.schema(self.mapping(body, where).get("schema", {}), at(where, "schema"))

    # --- schemas ----------------------------------------------------------------------------

    def schema(self, schema: Any, place: str) -> None:
        if isinstance(schema, bool) or "$ref" in self.mapping(schema, place):
            return
        schema = schema if isinstance(schema, dict) else {}
        if schema.get("title") is not None:
            self.fits(at(place, "title"), schema["title"], WORDS, "title to name a class after")
        for where, name, part in self.under(schema, place, "properties"):
            self.fits(where, name, FIELD, "name of a property")
            self.schema(part, where)
        for key in ("allOf", "anyOf", "oneOf", "prefixItems"):
            for where, part in self.listed(schema, place, key):
                self.schema(part, where)
        for key in ("items", "additionalProperties"):
            self.schema(schema.get(key, True), at(place, key))
        if self._circular(schema):
            self.refuse(place, "it is composed of itself", "end the circle")
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
                    where, f"{shown(value)} holds control characters", "write printable ones"
                )
        values = schema.get("enum")
        for key, what in (("x-enum-varnames", "names"), ("x-enum-descriptions", "descriptions")):
            given = list(self.listed(schema, place, key))
            if key in schema and (not isinstance(values, list) or len(given) != len(values)):
                self.refuse(at(place, key), "it does not fit the enum", f"write as many {what}")
        for where, name in self.listed(schema, place, "x-enum-varnames"):
            self.fits(where, name, IDENTIFIER, "name of a member")

    def _literals(self, schema: Node, place: str) -> None:
        for key in ("default", "const"):
            value, where = schema.get(key), at(place, key)
            if value is None:
                continue
            instead = wanted(value, self._types(schema))
            if instead:
                self.refuse(where, f"{shown(value)} cannot stand here", f"write {instead}")
            elif key == "default" and value not in (schema.get("enum") or [value]):
                self.refuse(where, f"{shown(value)} is not listed", "write a value of the enum")

    def _types(self, schema: Node) -> set[str]:
        """The types that a value may have, strings of a format by that format; empty for any."""
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
                f"{shown(name)} is no array among the properties",
                "name a property of `type: array`",
            )


def _parts(schema: Node, *keys: str) -> list[Node]:
    """The schemas that a schema is composed of."""
    lists = [schema.get(key) for key in keys or ("allOf", "anyOf", "oneOf")]
    parts = [part for parts in lists if isinstance(parts, list) for part in parts]
    return [part for part in parts if isinstance(part, dict)]
