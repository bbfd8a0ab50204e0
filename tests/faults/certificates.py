"""Certificates of a test CA, valid and invalid ones."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import trustme


@dataclass(frozen=True)
class Certificates:
    """A test CA, and the TLS contexts of a client and of servers."""

    _authority: trustme.CA = field(default_factory=trustme.CA)

    def named(self, name: str | None) -> ssl.SSLContext | None:
        """Return a context of a server by its name, or None for plain HTTP."""
        return None if name is None else getattr(self, name)

    @cached_property
    def client(self) -> ssl.SSLContext:
        """A client that trusts only the test CA."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(context)
        return context

    @cached_property
    def good(self) -> ssl.SSLContext:
        """A server with a valid certificate."""
        return _server(self._authority.issue_cert("127.0.0.1", "localhost"))

    @cached_property
    def expired(self) -> ssl.SSLContext:
        """A server whose certificate expired in 2020."""
        before, after = datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
        issued = self._authority.issue_cert(
            "127.0.0.1", "localhost", not_before=before, not_after=after
        )
        return _server(issued)

    @cached_property
    def self_signed(self) -> ssl.SSLContext:
        """A server with the certificate of an unknown CA."""
        return _server(trustme.CA().issue_cert("127.0.0.1", "localhost"))

    @cached_property
    def wrong_host(self) -> ssl.SSLContext:
        """A server with a certificate for another host."""
        return _server(self._authority.issue_cert("another-host.test"))


def _server(issued: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return context
