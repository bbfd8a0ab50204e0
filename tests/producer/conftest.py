"""The fixtures of sending, for the tests of producers."""

from __future__ import annotations

from sending.conftest import programs, server

__all__ = ["programs", "server"]
