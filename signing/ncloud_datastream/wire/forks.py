"""What a forked child must not share with its parent: locks, threads and connections."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forgetful(Protocol):
    """Something that begins anew in a forked child."""

    def after_fork(self) -> None:
        """Begin anew; called in the child, before any code of the program runs there."""


_registered: WeakSet[Forgetful] = WeakSet()


def register(owner: Forgetful) -> None:
    """Have `owner` begin anew in every child that is forked from here on."""
    _registered.add(owner)


def _in_child() -> None:
    for owner in list(_registered):
        owner.after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_in_child)
