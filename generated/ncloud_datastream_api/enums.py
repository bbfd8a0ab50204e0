# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""Enums that take values which their document does not list."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """An enum of strings that the service may extend at any time.

    A string that is not listed becomes a member of its own: it equals that string, and its name
    is that string, too. It is not among the members that the class iterates over.
    """

    meaning: str
    """What the document says of the value; empty for one that it does not list."""

    def __new__(cls, value: str, meaning: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        # Made anew each time: to keep them would let the service fill the memory.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        member.meaning = ""
        return member

    def __reduce_ex__(self, protocol: object) -> tuple[type[Self], tuple[str]]:
        # By value, because an unlisted one is found under no name.
        return self.__class__, (self._value_,)
