"""What the templates need to know about one operation to write its methods."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from docstrings import docstring
from documents import Document, Node
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import PythonIdentifier

# The typed errors of the hand-written layer, by the status of a documented answer.
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

# What a path takes for an argument of each documented type: in code, and in words.
PATH_TYPES: dict[str, tuple[str, str]] = {
    "str": ("str", "a string"),
    "int": ("int", "an integer"),
    "float": ("(int, float)", "a number"),
    "bool": ("bool", "a boolean"),
}

_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")
_SHORT = 80

ROOT = "..."  # the package's root, seen from the package of a tag


@dataclass(frozen=True)
class Argument:
    """One argument of a method: how it is declared, and what the method makes of it."""

    prop: PropertyProtocol

    @property
    def name(self) -> str:
        """Its name in Python."""
        return self.prop.python_name

    @property
    def optional(self) -> bool:
        """Whether it may be left out."""
        return not self.prop.required

    @property
    def declaration(self) -> str:
        """As it stands in the signature. For an enum the plain string will do, too."""
        types = [
            kind.get_type_string(no_optional=True).as_unembedded_code() for kind in self._kinds
        ]
        types += ["str"] * (self.enum is not None) + ["None"] * self._nullable
        return f"{self.name}: {' | '.join(types)}{' = None' if self.optional else ''}"

    @property
    def value(self) -> str:
        """The expression that is handed on."""
        if self.enum is None:
            return self.name
        member = f"{self.enum.class_info.name}({self.name})"
        return f"None if {self.name} is None else {member}" if self._nullable else member

    @property
    def enum(self) -> EnumProperty | None:
        """The enum of strings that it is, if it is one."""
        match self._kinds:
            case [EnumProperty() as kind] if kind.value_type is str:
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
    """One operation: what upstream keeps of it, joined with what only the document says."""

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
        """The name of the server that it is sent to."""
        return self.document.server_of(self.item, self.facts)

    @property
    def path(self) -> list[Argument]:
        """The path's parameters, in its order."""
        return [Argument(prop) for prop in self.endpoint.path_parameters]

    def in_path(self, parameter: PropertyProtocol) -> str:
        """The call that puts a parameter into the path."""
        name = parameter.python_name
        # An enum's plain strings will do, too. What else there is only has to be given.
        documented = parameter.get_type_string(no_optional=True, json=True).as_unembedded_code()
        kind, what = PATH_TYPES.get(documented, ("object", "a value"))
        text = _SENTENCE_END.split(self._argument_texts()[name], maxsplit=1)[0]
        if text and len(text) < _SHORT:
            what += f" ({text[:1].lower() if text[1:2].islower() else text[:1]}{text[1:]})"
        return f"in_path({self.id!r}, {str(name)!r}, {name}, {kind}, {what!r})"

    @property
    def parameters(self) -> list[Argument]:
        """All other arguments that the endpoint function takes, but for a body with fields."""
        others = [prop for _, prop in self.endpoint.iter_all_parameters()]
        plain_bodies = [] if self.body else [body.prop for body in self.endpoint.bodies[:1]]
        return [Argument(prop) for prop in plain_bodies + others[len(self.path) :]]

    @property
    def body(self) -> ModelProperty | None:
        """The model that the method builds from keyword arguments, if the body is one."""
        match [body.prop for body in self.endpoint.bodies]:
            case [ModelProperty() as prop]:
                names = [model.class_info.name for model in self.models]
                return self.models[names.index(prop.class_info.name)]
        return None

    @property
    def fields(self) -> list[Argument]:
        """The fields of that model."""
        if self.body is None:
            return []
        required, optional = self.body.required_properties, self.body.optional_properties
        return [Argument(prop) for prop in [*(required or []), *(optional or [])]]

    @property
    def named(self) -> list[Argument]:
        """The arguments that are given by name; those that must be come first."""
        # sorted() is stable: among the required and the optional, the document's order stays.
        return sorted(self.fields + self.parameters, key=lambda argument: argument.optional)

    @property
    def signature(self) -> str:
        """The arguments behind `self`: path parameters by position, all others by name."""
        parts = [argument.declaration for argument in self.path] + ["*"] * bool(self.named)
        parts += [argument.declaration for argument in self.named]
        return "".join(f", {part}" for part in parts)

    @property
    def returns(self) -> str:
        """The type of what a success carries."""
        returns = self.endpoint.response_type().as_unembedded_code()
        return "None" if returns == "Any" else returns

    @property
    def annotation_imports(self) -> set[str]:
        """The imports that the signature needs."""
        arguments = [argument.prop for argument in self.path + self.named]
        lines = _imports([*arguments, *(response.prop for response in self.endpoint.responses)])
        # Upstream imports it in every module, so no property names it.
        return (
            lines | {"from typing import Any"} if re.search(r"\bAny\b", self.signature) else lines
        )

    @property
    def call_imports(self) -> set[str]:
        """The imports that the call needs."""
        enums = [argument.enum for argument in self.path + self.named]
        return _imports(prop for prop in [*enums, self.body] if prop is not None)

    @property
    def docstring(self) -> str:
        """The text between the quotes."""
        answers = {
            status: self.document.description(self.document.resolve(answer))
            for status, answer in self.facts["responses"].items()
        }
        success = next(text for status, text in answers.items() if status.startswith("2"))
        raises: dict[str, str] = {}
        for status, text in answers.items():
            if status.startswith(("4", "5")):
                other = "ServerError" if status.startswith("5") else "ApiError"
                raises.setdefault(ERRORS.get(status, other), text)
        return docstring(
            self.facts.get("summary", self.name),
            self.facts.get("description", ""),
            arguments=self._argument_texts(),
            returns=success if self.returns != "None" else "",
            raises=raises | ANY_OTHER_ERROR,
            see=self.facts.get("externalDocs", {}).get("url", ""),
        )

    def _argument_texts(self) -> dict[str, str]:
        nodes = {}
        for parameter in self.item.get("parameters", []) + self.facts.get("parameters", []):
            parameter = self.document.resolve(parameter)
            nodes[parameter["name"]] = parameter
        if self.body is not None:
            content = self.document.resolve(self.facts["requestBody"])["content"]
            nodes |= self.document.properties(next(iter(content.values()))["schema"])
        return {
            argument.name: self.document.description(
                nodes.get(argument.prop.name.get_untrusted_value(), {})
            )
            for argument in self.path + self.named
        }


@dataclass(frozen=True)
class Operations:
    """Finds operations: in a template, `operation(endpoint)`."""

    document: Document
    data: GeneratorData

    def __call__(self, endpoint: Endpoint) -> Operation:
        """The operation that upstream calls `endpoint`."""
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
    # What upstream's own code needs for every union and every optional field.
    return lines - {"from typing import cast", f"from {ROOT}types import UNSET, Unset"}
