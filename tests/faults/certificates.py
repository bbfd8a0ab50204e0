"""Certificates made for the run: a test authority, and servers that it did or did not vouch for."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import trustme


@dataclass(frozen=True)
class Certificates:
    """One test authority, and the TLS contexts of the servers of this run."""

    _authority: trustme.CA = field(default_factory=trustme.CA)

    @cached_property
    def client(self) -> ssl.SSLContext:
        """What clients check servers with: they trust the test authority alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(context)
        return context

    @cached_property
    def good(self) -> ssl.SSLContext:
        """A server as it should be."""
        return _server(self._authority.issue_cert("127.0.0.1", "localhost"))

    @cached_property
    def expired(self) -> ssl.SSLContext:
        """A server whose certificate was good until 2020."""
        before, after = datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
        issued = self._authority.issue_cert(
            "127.0.0.1", "localhost", not_before=before, not_after=after
        )
        return _server(issued)

    @cached_property
    def self_signed(self) -> ssl.SSLContext:
        """A server that vouches for itself."""
        return _server(trustme.CA().issue_cert("127.0.0.1", "localhost"))

    @cached_property
    def wrong_host(self) -> ssl.SSLContext:
        """A server whose certificate is for another host."""
        return _server(self._authority.issue_cert("another-host.test"))


def _server(issued: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return context
