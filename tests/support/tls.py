"""One TLS context for all clients of a test module, because creating one takes 45 ms."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest
from ncloud_datastream.wire import setup


@pytest.fixture(autouse=True, scope="module")
def shared_tls_context() -> Iterator[None]:
    """Create each TLS context once; imported by the conftest of folders that do not test TLS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "ssl_context", functools.cache(setup.ssl_context))
        yield
