"""A string whose ``repr`` is masked."""

from __future__ import annotations

from typing import SupportsIndex


class Secret(str):
    """A string whose ``repr`` is masked, as in the ``repr`` of any object that holds it.

    Otherwise it behaves as a `str`: Kafka clients, ``str()`` and ``json`` get its value.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __getitem__(self, index: SupportsIndex | slice) -> Secret:
        # Tools that shorten a long string print a slice of it.
        return Secret(super().__getitem__(index))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self
