"""The operations of the document, and the generated names of what it names.

The generator turns names into identifiers by the rules repeated here. Comparing names without
case and separators is not enough: ``getXY`` and ``get_x_y`` are two operations.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HTTP_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_SEPARATORS = r"\. _-"


@dataclass(frozen=True)
class Documented:
    """An operation of the document."""

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
    """query, path, header, cookie, or body for a field of the body."""


def operations_of(document: Mapping[str, Any]) -> Iterator[Documented]:
    """Yield the operations of a document, in its order."""
    for item in document["paths"].values():
        for http, facts in item.items():
            if http in HTTP_METHODS:
                yield Documented(http, item, facts)


def method_of(operation: Documented, methods: Collection[str]) -> str:
    """Return the name of an operation's method, out of those of the generated client.

    Raises:
        ValueError: There is none.
    """
    found = _first([_snake(operation.id)], methods)
    if found is None:
        raise ValueError(f"{operation.id}: the generated client has no method for it")
    return found


def arguments_of(named: Collection[Named], arguments: Collection[str]) -> dict[Named, str]:
    """Return the argument of each parameter and field, out of those of the generated method.

    Those without an argument are not in the result.
    """
    found: dict[Named, str] = {}
    # Names that are equal in snake case keep their own form, or get their place as a suffix.
    shared = Counter(_snake(each.name) for each in named)
    for each in named:
        snake, own = _snake(each.name), re.sub(r"\W", "", _clean(each.name))
        suffixed = f"{snake}_{each.place}"
        words = [snake, suffixed, own] if shared[snake] == 1 else [suffixed, own, snake]
        argument = _first(words, [name for name in arguments if name not in found.values()])
        if argument is not None:
            found[each] = argument
    return found


def _first(words: list[str], names: Collection[str]) -> str | None:
    # Reserved words get an underscore, and what is no identifier a prefix.
    forms = (form for word in words for form in (word, f"{word}_", f"field_{word}"))
    return next((form for form in forms if form in names), None)


def _clean(name: str) -> str:
    return "".join(c for c in name if c.isidentifier() or c.isdecimal() or c in _SEPARATORS)


def _snake(name: str) -> str:
    clean = _clean(name)
    if any(c.isupper() for c in clean):
        clean = " ".join(re.split("([A-Z]?[a-z]+)", clean))
    return "_".join(re.findall(rf"[^{re.escape(_SEPARATORS)}]+", clean)).lower()
