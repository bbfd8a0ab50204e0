"""A text that shows itself to nobody who does not ask for it by name."""

from __future__ import annotations

from typing import SupportsIndex


class Secret(str):
    """A text whose ``repr`` is masked, and with it that of whatever holds it.

    To all else it is the text itself: Kafka clients, ``str`` and ``json`` take it as it is.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __getitem__(self, index: SupportsIndex | slice) -> Secret:
        # Tools that print the beginning of a long text print a part of it.
        return Secret(super().__getitem__(index))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self
