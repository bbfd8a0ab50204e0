"""The TLS context: which certificates are trusted."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from ncloud_datastream.errors import ConfigurationError

Verify = bool | str | ssl.SSLContext


def ssl_context(verify: Verify) -> ssl.SSLContext:
    """Return the TLS context for `verify`: a bool, the path of a CA file or folder, or a context.

    Raises:
        ConfigurationError: The path contains no certificates.
    """
    try:
        if not isinstance(verify, str):
            return httpx.create_ssl_context(verify=verify)
        if Path(verify).is_dir():
            return ssl.create_default_context(capath=verify)
        return ssl.create_default_context(cafile=verify)
    except OSError as error:
        # verify=True reads the file named by SSL_CERT_FILE, if that is set.
        raise ConfigurationError(
            f"verify={verify!r} contains no readable certificates: {error}."
        ) from None
