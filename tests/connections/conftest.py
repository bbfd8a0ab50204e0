"""The fixtures of the fault tests, and the event loops that connections run on."""

from __future__ import annotations

from faults.conftest import certificates, server

__all__ = ["certificates", "server"]
