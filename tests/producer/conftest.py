"""The fixtures of sending, for the tests of producers."""

from __future__ import annotations

from sending.conftest import no_finalizers, programs, server

__all__ = ["no_finalizers", "programs", "server"]
