"""The operations of the document, and the generated names of what it names.

The generator turns names into identifiers by the rules repeated here. Comparing names without
case and separators is not enough: ``getXY`` and ``get_x_y`` are two operations.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Protocol

HTTP_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_PLACES = ("query", "header", "cookie")
_SEPARATORS = r"\. _-"


@dataclass(frozen=True)
class Documented:
    """An operation of the document."""

    path: str
    http: str
    """The HTTP method, in lower case."""
    item: Mapping[str, Any]
    """The path item."""
    facts: Mapping[str, Any]
    """The operation itself."""

    @property
    def id(self) -> str:
        """The operationId."""
        return str(self.facts["operationId"])


@dataclass(frozen=True)
class Named:
    """Something in an operation that has a generated name."""

    name: str
    """Its name in the document."""
    place: str
    """query, path, header or cookie; body for a field of the body, or the whole body."""
    required: bool


class Argument(Protocol):
    """An argument of a generated method."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def in_path(self) -> bool:
        """Whether it is a path parameter."""
        ...


def operations_of(document: Mapping[str, Any]) -> Iterator[Documented]:
    """Yield the operations of a document, in its order."""
    for path, item in document["paths"].items():
        for http, facts in item.items():
            if http in HTTP_METHODS:
                yield Documented(path, http, item, facts)


def method_of(operation: Documented, methods: Collection[str]) -> str:
    """Return the name of an operation's method, out of those of the generated client.

    Raises:
        ValueError: There is none.
    """
    found = _first(operation.id, methods)
    if found is None:
        raise ValueError(f"{operation.id}: the generated client has no method for it")
    return found


def field_argument(name: str, arguments: Collection[str]) -> str | None:
    """Return the argument for a field of the body, out of those of the generated method."""
    return _first(name, arguments)


def parameter_arguments(
    operation: Documented, places: Collection[Named], arguments: Sequence[Argument]
) -> dict[Named, str]:
    """Return the argument of each parameter, out of those of the generated method.

    Names that are equal in snake case are changed in several ways, so the order decides: path
    parameters as in the path, then the others, required ones first, by place.

    Args:
        operation: The operation.
        places: Its parameters: those of the operation itself before those of the path.
        arguments: The method's arguments for them, in its order.

    Raises:
        ValueError: The method has no such argument.
    """
    in_path = [each for each in places if each.place == "path"]
    in_path.sort(key=lambda each: operation.path.find(f"{{{each.name}}}"))
    others = [each for place in _PLACES for each in places if each.place == place]
    others.sort(key=lambda each: not each.required)
    found: dict[Named, str] = {}
    for documented, generated in (
        (in_path, [each for each in arguments if each.in_path]),
        (others, [each for each in arguments if not each.in_path]),
    ):
        for each, argument in zip_longest(documented, generated):
            if each and argument and _plain(each.name) in _plain(argument.name):
                found[each] = argument.name
                continue
            what = repr(each.name) if each else f"the argument {argument and argument.name}"
            raise ValueError(f"{operation.id}: the generated method does not match {what}")
    return found


def _first(name: str, names: Collection[str]) -> str | None:
    # Reserved words get an underscore, and what is no identifier a prefix.
    word = _snake(name)
    forms = (word, f"{word}_", f"field_{word}", f"field_{word}_")
    return next((form for form in forms if form in names), None)


def _clean(name: str) -> str:
    return "".join(c for c in name if c.isidentifier() or c.isdecimal() or c in _SEPARATORS)


def _plain(name: str) -> str:
    return "".join(c for c in _clean(name) if c not in _SEPARATORS).lower()


def _snake(name: str) -> str:
    clean = _clean(name)
    if any(c.isupper() for c in clean):
        clean = " ".join(re.split("([A-Z]?[a-z]+)", clean))
    return "_".join(re.findall(rf"[^{re.escape(_SEPARATORS)}]+", clean)).lower()
