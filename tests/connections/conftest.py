"""The fault server and its certificates, as the fault tests have them."""

from __future__ import annotations

from faults.conftest import certificates, server

__all__ = ["certificates", "server"]
