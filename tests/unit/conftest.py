"""Fixtures of this folder."""

from support.tls import shared_tls_context  # noqa: F401
