# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""Enums that accept values which the document does not list."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """A string enum that the service can extend at any time.

    A string that is not listed becomes a member of its own: the member equals the string and has
    it as its name. Iterating over the class does not include it.
    """

    meaning: str
    """The value's description in the document; empty if the document does not list it."""

    def __new__(cls, value: str, meaning: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        # Created each time: caching would let the service fill the memory.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        member.meaning = ""
        return member

    def __reduce_ex__(self, protocol: object) -> tuple[type[Self], tuple[str]]:
        # By value, because an unlisted member cannot be looked up by name.
        return self.__class__, (self._value_,)
