"""Which certificates are trusted."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from ncloud_datastream.errors import ConfigurationError

Verify = bool | str | ssl.SSLContext


def ssl_context(verify: Verify) -> ssl.SSLContext:
    """Return the TLS context for `verify`: a bool, the path of a CA file or folder, or a context.

    Raises:
        ConfigurationError: The path holds no certificates.
    """
    try:
        if not isinstance(verify, str):
            return httpx.create_ssl_context(verify=verify)
        if Path(verify).is_dir():
            return ssl.create_default_context(capath=verify)
        return ssl.create_default_context(cafile=verify)
    except OSError as error:
        # verify=True reads the file that SSL_CERT_FILE names, where it names one.
        raise ConfigurationError(f"verify={verify!r} holds no certificates: {error}.") from None
