"""What the places where keys are found make of them, without knowing what a pair is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Pair = TypeVar("Pair")

Make = Callable[..., Pair]
"""Makes a pair of keys: `Credentials`."""
