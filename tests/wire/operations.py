"""All operations, derived from the OpenAPI document and the generated methods."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from hypothesis import strategies as st
from ncloud_datastream import DataStream

DOCUMENT: dict[str, Any] = json.loads(
    files("ncloud_datastream_api").joinpath("openapi.json").read_text("utf-8")
)
_METHODS = ("get", "post", "put", "delete", "patch", "head", "options")

HOSTILE = [
    "", ".", "..", "...", "/", "//", "/../", "../../etc/passwd", "%2e%2e", "%2E", "%252f", "%",
    "%zz", "%00", "\0", "a\r\nX-Evil: 1", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", "\n", "\r", "\t",
    "\x7f", "\x85", "\u2028", "\ufeff", "\udc00", "a\ud800b", "\udcff", "?a=b", "#f", "&a=b",
    "a=b", ";a", "@host", ":80", "http://example.com/", "//example.com", "\\\\host", "{topicId}",
    "{0}", "%s", "$(id)", '"', "'", "<b>", " ", "  a ", "+", "한국어", "é", "😀", "ﬀ", "İ", "0",
    "null", "None", "true", "*", "주문 알림", "👩‍👩‍👧", "𐍈", "긴" * 2_000, "100%", ";,:",
    "%252e%252e", "[x](z)", "\\", "AZaz09-._~", "`", "긴/b/",
]  # fmt: skip


def texts() -> st.SearchStrategy[str]:
    """Arbitrary text: hostile, not encodable in UTF-8, or with a meaning in HTTP."""
    any_character = st.characters(exclude_categories=())
    return st.one_of(
        st.sampled_from(HOSTILE),
        st.text(any_character, max_size=20),
        st.text("./%?#&=+;:@\\ \r\n\0a", max_size=8),
        st.builds("".join, st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3)),
    )


@dataclass(frozen=True)
class Argument:
    """An argument of a method, and its place in the request."""

    name: str
    wire_name: str
    place: str
    required: bool
    annotation: str

    @property
    def kind(self) -> str:
        """`str`, `int` or `bool`; other types of the annotation are ignored."""
        kinds = set(self.annotation.split(" | ")) & {"str", "int", "bool"}
        assert len(kinds) == 1, f"unknown type of argument: {self}"
        return kinds.pop()

    @property
    def values(self) -> st.SearchStrategy[Any]:
        """Values that the annotation allows."""
        return {"str": texts(), "bool": st.booleans(), "int": st.integers(-(2**63), 2**63)}[
            self.kind
        ]


@dataclass(frozen=True)
class Operation:
    """An operation of the document, and the arguments of its method."""

    operation_id: str
    method: str
    path: str
    server: str
    arguments: tuple[Argument, ...]

    @property
    def name(self) -> str:
        """The name of the method."""
        return snake(self.operation_id)

    def calls(self) -> st.SearchStrategy[dict[str, Any]]:
        """Arguments for the method, with any subset of the optional ones."""
        return st.fixed_dictionaries(
            {each.name: each.values for each in self.arguments if each.required},
            optional={each.name: each.values for each in self.arguments if not each.required},
        )

    def filled(self, text: str) -> dict[str, Any]:
        """All arguments of the method, with this text for every string."""
        values = {"str": text, "bool": True, "int": 7}
        return {each.name: values[each.kind] for each in self.arguments}

    def sent(self, given: dict[str, Any], place: str) -> dict[str, Any]:
        """The values sent in `path`, `query` or `body`, by their names in the document."""
        return {
            each.wire_name: given[each.name]
            for each in self.arguments
            if each.place == place and each.name in given
        }


def snake(name: str) -> str:
    """Return the Python name for a name in the document."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def operations() -> list[Operation]:
    """Return all operations of the document."""
    return [
        _operation(path, item, method, item[method])
        for path, item in DOCUMENT["paths"].items()
        for method in _METHODS
        if method in item
    ]


def _operation(path: str, item: dict[str, Any], method: str, raw: dict[str, Any]) -> Operation:
    places = {}
    for each in [*item.get("parameters", []), *raw.get("parameters", [])]:
        parameter = _resolved(each)
        places[snake(parameter["name"])] = (parameter["name"], parameter["in"])
    if "requestBody" in raw:
        content = _resolved(raw["requestBody"])["content"]["application/json"]
        for name in _resolved(content["schema"])["properties"]:
            places[snake(name)] = (name, "body")
    operation_id = raw["operationId"]
    signature = inspect.signature(getattr(DataStream, snake(operation_id)))
    arguments = [
        Argument(
            parameter.name,
            *places.pop(parameter.name),
            required=parameter.default is inspect.Parameter.empty,
            annotation=parameter.annotation,
        )
        for parameter in list(signature.parameters.values())[1:]
    ]
    assert not places, f"{operation_id}: no argument for {places}"
    (server,) = item.get("servers", DOCUMENT["servers"])
    return Operation(operation_id, method.upper(), path, server["x-server-name"], tuple(arguments))


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: dict[str, Any] = DOCUMENT
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node
