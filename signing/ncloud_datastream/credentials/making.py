"""Types for creating a key pair in the sources, without importing its class."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Pair = TypeVar("Pair")

Make = Callable[..., Pair]
"""Creates a key pair: `Credentials`."""
