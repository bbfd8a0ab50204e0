"""The command names of the operations, derived from their names and tags.

The rule: the group is the tag in the plural, the command is the method's name without the tag's
noun (``list_topics`` → ``topics list``). `_BETTER` lists the exceptions; a new operation in the
document gets its command by the rule.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from ncloud_datastream import openapi_document
from ncloud_datastream_api.api import Operations

from .documented import method_of, operations_of

_BETTER = {
    "get_topic_prefix": ("prefix",),
    "get_registry_config": ("registry", "config"),
    "update_registry_config": ("registry", "set-config"),
    "get_registry_info": ("registry", "info"),
    "check_schema_compatibility": ("schemas", "check"),
}

# Commands that are not operations.
_HAND_WRITTEN = {("topics", "wait")}

_ELSEWHERE = {"send_message"}  # `send` covers it


@dataclass(frozen=True)
class Operation:
    """An operation: its method and its command words."""

    method: str
    words: tuple[str, ...]
    function: Callable[..., object]
    destroys: bool
    """Whether its HTTP method is DELETE: it must be confirmed."""


def operations() -> list[Operation]:
    """Return the operations of the generated client, in document order."""
    found: dict[tuple[str, ...], Operation] = {}
    methods = {name for name, _ in inspect.getmembers(Operations, inspect.isfunction)}
    deletes = [each for each in operations_of(openapi_document()) if each.http == "delete"]
    destroying = {method_of(each, methods) for each in deletes}
    for mixin in reversed(Operations.__mro__):
        tag = mixin.__name__.removesuffix("Operations")
        for name, function in vars(mixin).items():
            if name.startswith("_") or name in _ELSEWHERE or not inspect.isfunction(function):
                continue
            words = _BETTER.get(name) or _by_rule(name, tag)
            if words in found or words in _HAND_WRITTEN or not words[-1]:
                # On a collision, use the operation's own name, which is unique.
                words = (*words[:-1], name.replace("_", "-").strip("-"))
            found[words] = Operation(name, words, function, name in destroying)
    return list(found.values())


def _by_rule(method: str, tag: str) -> tuple[str, str]:
    noun = tag.lower()
    words = [word for word in method.split("_") if word not in (noun, f"{noun}s")]
    return f"{noun}s", "-".join(words)
