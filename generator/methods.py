"""The view of an operation from which the templates generate its methods."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import arguments
from docstrings import docstring
from documents import Document, Node
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import PythonIdentifier
from upstream import chosen

# The typed errors of the hand-written layer, by the status of a documented response.
ERRORS = {
    "400": "BadRequestError",
    "401": "AuthenticationError",
    "403": "PermissionDeniedError",
    "404": "NotFoundError",
    "409": "ConflictError",
    "413": "PayloadTooLargeError",
    "429": "RateLimitedError",
}
ANY_OTHER_ERROR = {"DataStreamError": "Any other failure; the base class of all errors."}

# The accepted argument types of a path parameter: in code, and in words.
PATH_TYPES: dict[str, tuple[str, str]] = {
    "str": ("str", "a string"),
    "int": ("int", "an integer"),
    "float": ("(int, float)", "a number"),
    "bool": ("bool", "a boolean"),
    "datetime.date": ("datetime.date", "a date"),
    "datetime.datetime": ("datetime.datetime", "a datetime"),
    "UUID": ("UUID", "a UUID"),
}

_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")
_SHORT = 80

ROOT = "..."  # the package's root, seen from the package of a tag


@dataclass(frozen=True)
class Argument:
    """One argument of a method: its declaration, and the expression to pass on."""

    prop: PropertyProtocol
    is_whole: bool = False
    """Whether it is a whole body or parameter, not a field of a body."""
    in_path: bool = False

    @property
    def name(self) -> str:
        """Its name in Python."""
        return self.prop.python_name

    @property
    def optional(self) -> bool:
        """Return whether it can be omitted."""
        return not self.prop.required

    @property
    def declaration(self) -> str:
        """The declaration in the signature. An enum also accepts the plain string."""
        types = [
            kind.get_type_string(no_optional=True).as_unembedded_code() for kind in self._kinds
        ]
        types += ["str"] * (self.enum is not None)
        types += ["list[str]"] * (self.listed_enum is not None)
        types += ["Mapping[str, Any]"] * (self.model is not None)
        types += ["None"] * self._nullable
        return f"{self.name}: {' | '.join(types)}{' = None' if self.optional else ''}"

    @property
    def value(self) -> str:
        """The expression to pass on."""
        name = self.name
        if self.enum is not None:
            made = f"{self.enum.class_info.name}({name})"
            if self.in_path:  # in_path rejects everything but strings
                made += f" if isinstance({name}, str) else {name}"
        elif self.listed_enum is not None:
            made = f"[{self.listed_enum.class_info.name}(each) for each in {name}]"
        elif self.model is not None:
            model = self.model.class_info.name
            made = f"{name} if isinstance({name}, {model}) else {model}.from_dict({name})"
            made = f"({made})" if self._nullable else made
        else:
            return name
        return f"None if {name} is None else {made}" if self._nullable else made

    @property
    def enum(self) -> EnumProperty | None:
        """The string enum, if the argument is one."""
        match self._kinds:
            case [EnumProperty() as kind] if kind.value_type is str:
                return kind
        return None

    @property
    def listed_enum(self) -> EnumProperty | None:
        """The string enum of the items, if the argument is a list of one."""
        match self._kinds:
            case [ListProperty(inner_property=EnumProperty() as kind)] if kind.value_type is str:
                return kind
        return None

    @property
    def model(self) -> ModelProperty | None:
        """The model of a body or parameter that is one object; it also accepts a mapping."""
        match self._kinds:
            case [ModelProperty() as kind] if self.is_whole:
                return kind
        return None

    @property
    def _alternatives(self) -> list[PropertyProtocol]:
        return self.prop.inner_properties if isinstance(self.prop, UnionProperty) else [self.prop]

    @property
    def _kinds(self) -> list[PropertyProtocol]:
        return [prop for prop in self._alternatives if not isinstance(prop, NoneProperty)]

    @property
    def _nullable(self) -> bool:
        return self.optional or self._kinds != self._alternatives


@dataclass(frozen=True)
class Operation:
    """One operation: upstream's endpoint, with what only the document contains."""

    document: Document
    models: list[ModelProperty]
    endpoint: Endpoint
    item: Node
    facts: Node

    @property
    def id(self) -> str:
        """Its operationId."""
        return str(self.facts["operationId"])

    @property
    def name(self) -> str:
        """The name of its function and its methods."""
        return self.endpoint.name

    @property
    def server(self) -> str:
        """The name of its server."""
        return self.document.server_of(self.item, self.facts)

    @property
    def path(self) -> list[Argument]:
        """The path parameters, in order."""
        return [Argument(prop, in_path=True) for prop in self.endpoint.path_parameters]

    def in_path(self, parameter: PropertyProtocol) -> str:
        """Return the call that formats a parameter for the path."""
        name = parameter.python_name
        # An enum also accepts plain strings. Of other types, any value but None is accepted.
        is_enum = isinstance(parameter, EnumProperty)
        documented = parameter.get_type_string(no_optional=True, json=is_enum).as_unembedded_code()
        kind, what = PATH_TYPES.get(documented, ("object", "a value"))
        text = _SENTENCE_END.split(self._argument_texts()[name], maxsplit=1)[0]
        if text and len(text) < _SHORT:
            what += f" ({text[:1].lower() if text[1:2].islower() else text[:1]}{text[1:]})"
        return f"in_path({self.id!r}, {str(name)!r}, {name}, {kind}, {what!r})"

    @property
    def has_headers(self) -> bool:
        """Return whether it sends additional headers."""
        endpoint = self.endpoint
        return bool(endpoint.header_parameters or endpoint.cookie_parameters or endpoint.bodies)

    @property
    def header_lines(self) -> list[str]:
        """The code that sets its headers."""
        return list(arguments.header_lines(self.id, self.endpoint.header_parameters))

    @property
    def cookie_lines(self) -> list[str]:
        """The code that collects its cookies."""
        return list(arguments.cookie_lines(self.endpoint.cookie_parameters))

    @property
    def query_lines(self) -> list[str]:
        """The code that builds its query."""
        nodes = {
            node["name"]: node
            for node in self.document.parameters(self.item, self.facts)
            if node["in"] == "query"
        }
        return list(arguments.query_lines(self.id, self.endpoint.query_parameters, nodes))

    @property
    def parameters(self) -> list[Argument]:
        """All other arguments of the endpoint function, except a body with fields."""
        others = [prop for _, prop in self.endpoint.iter_all_parameters()]
        whole = [] if self.body else [body.prop for body in self.endpoint.bodies]
        return [Argument(prop, is_whole=True) for prop in whole + others[len(self.path) :]]

    @property
    def body(self) -> ModelProperty | None:
        """The model that the method builds from keyword arguments, if the body has named fields.

        An optional body is a single argument, unless all of its fields are optional.
        """
        match [body.prop for body in self.endpoint.bodies]:
            case [ModelProperty() as prop]:
                names = [model.class_info.name for model in self.models]
                model = self.models[names.index(prop.class_info.name)]
                if model.required_properties:
                    return model if prop.required else None
                return model if model.optional_properties else None
        return None

    @property
    def body_is_given(self) -> str:
        """The condition under which an optional body is sent; empty if it is required."""
        (body,) = self.endpoint.bodies
        if body.prop.required:
            return ""
        names = ", ".join(argument.name for argument in self.fields)
        return f"any(each is not None for each in ({names},))"

    @property
    def fields(self) -> list[Argument]:
        """The fields of that model."""
        if self.body is None:
            return []
        required, optional = self.body.required_properties, self.body.optional_properties
        return [Argument(prop) for prop in [*(required or []), *(optional or [])]]

    @property
    def named(self) -> list[Argument]:
        """The keyword arguments, required ones first."""
        # sorted() is stable: required and optional arguments keep the document's order.
        return sorted(self.fields + self.parameters, key=lambda argument: argument.optional)

    @property
    def signature(self) -> str:
        """The arguments after `self`: path parameters positional, all others keyword-only."""
        parts = [argument.declaration for argument in self.path] + ["*"] * bool(self.named)
        parts += [argument.declaration for argument in self.named]
        return "".join(f", {part}" for part in parts)

    @property
    def returns(self) -> str:
        """The type of a success."""
        returns = self.endpoint.response_type().as_unembedded_code()
        kinds = [kind for kind in returns.split(" | ") if kind != "None"]
        if kinds == ["Any"]:
            return "None"
        return " | ".join(kinds + ["None"] * self.may_be_none)

    @property
    def may_be_none(self) -> bool:
        """Return whether one success has no content although another has."""
        return "None" in self.endpoint.response_type().as_unembedded_code().split(" | ")

    @property
    def is_union(self) -> bool:
        """Return whether a success has one of several types.

        mypy does not infer the type of such a call.
        """
        return " | " in self.returns and not self.may_be_none

    @property
    def annotation_imports(self) -> set[str]:
        """The imports that the signature needs."""
        arguments = [argument.prop for argument in self.path + self.named]
        lines = _imports([*arguments, *(response.prop for response in self.endpoint.responses)])
        if "Mapping[" in self.signature:
            lines.add("from collections.abc import Mapping")
        # Upstream imports it in every module, so no property lists it.
        return (
            lines | {"from typing import Any"}
            if re.search(r"\bAny\b", f"{self.signature} {self.returns}")
            else lines
        )

    @property
    def call_imports(self) -> set[str]:
        """The imports that the call needs."""
        made = [
            argument.enum or argument.listed_enum or argument.model
            for argument in self.path + self.named
        ]
        return _imports(prop for prop in [*made, self.body] if prop is not None)

    @property
    def deprecated(self) -> list[tuple[str, str]]:
        """The deprecation warnings of a call: condition and text."""
        found = []
        if self.facts.get("deprecated") is True:
            found.append(("", f"{self.name} is deprecated"))
        nodes = self._argument_nodes()
        for argument in self.path + self.named:
            node = nodes.get(argument.prop.name.get_untrusted_value(), {})
            if self.document.resolve(node).get("deprecated") is True:
                words = f"{argument.name} of {self.name} is deprecated"
                found.append((f"{argument.name} is not None", words))
        return found

    @property
    def docstring(self) -> str:
        """The text between the quotes."""
        texts = {
            status: self.document.description(self.document.resolve(response))
            for status, response in self.facts["responses"].items()
        }
        success = next(text for status, text in texts.items() if status.startswith("2"))
        raises: dict[str, str] = {}
        for status, text in texts.items():
            if status.startswith(("4", "5")):
                other = "ServerError" if status.startswith("5") else "ApiError"
                raises.setdefault(ERRORS.get(status, other), text)
        return docstring(
            self.facts.get("summary", self.name),
            self._description(),
            arguments=self._argument_texts(),
            returns=success if self.returns != "None" else "",
            raises=raises | ANY_OTHER_ERROR,
            see=self.facts.get("externalDocs", {}).get("url", ""),
        )

    def _description(self) -> str:
        mark = "Deprecated." if self.facts.get("deprecated") is True else ""
        return "\n\n".join(filter(None, [mark, self.facts.get("description", "")]))

    def _argument_nodes(self) -> dict[str, Node]:
        """Return the document's node of each argument, by its name there."""
        nodes = {node["name"]: node for node in self.document.parameters(self.item, self.facts)}
        if self.body is not None:
            content = self.document.resolve(self.facts["requestBody"])["content"]
            nodes |= self.document.properties(content[chosen(content)]["schema"])
        elif "requestBody" in self.facts:
            nodes["body"] = self.document.resolve(self.facts["requestBody"])
        return nodes

    def _argument_texts(self) -> dict[str, str]:
        nodes = self._argument_nodes()
        texts = {}
        for argument in self.path + self.named:
            node = nodes.get(argument.prop.name.get_untrusted_value(), {})
            mark = "Deprecated." if self.document.resolve(node).get("deprecated") is True else ""
            texts[argument.name] = f"{mark} {self.document.description(node)}".strip()
        return texts


@dataclass(frozen=True)
class Operations:
    """Finds operations: in a template, `operation(endpoint)`."""

    document: Document
    data: GeneratorData

    def __call__(self, endpoint: Endpoint) -> Operation:
        """Return the operation of an upstream endpoint."""
        item, facts = self._by_name[endpoint.name]
        return Operation(self.document, self.data.models, endpoint, item, facts)

    @cached_property
    def _by_name(self) -> dict[str, tuple[Node, Node]]:
        # By name and not by path, because upstream renames the placeholders in the path.
        return {
            PythonIdentifier(facts["operationId"], "field_"): (item, facts)
            for _, _, item, facts in self.document.operations()
        }


def _imports(props: Iterable[PropertyProtocol]) -> set[str]:
    lines: set[str] = set()
    for prop in props:
        lines |= prop.get_imports(prefix=ROOT) | prop.get_lazy_imports(prefix=ROOT)
    # Imports that upstream's own code needs for every union and every optional field.
    return lines - {"from typing import cast", f"from {ROOT}types import UNSET, Unset"}
