"""Reset of the state that a forked child must not share: locks, threads and connections."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class ForkAware(Protocol):
    """An object that resets its state in a forked child."""

    def after_fork(self) -> None:
        """Reset the state; called in the child before any code of the program runs there."""


_registered: WeakSet[ForkAware] = WeakSet()


def register(owner: ForkAware) -> None:
    """Call `owner.after_fork` in every child process that is forked from now on."""
    _registered.add(owner)


def _in_child() -> None:
    for owner in list(_registered):
        owner.after_fork()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_in_child)
