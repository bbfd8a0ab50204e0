"""The headers that every request carries, beside those that sign it."""

from __future__ import annotations

import platform
import re

import httpx

from ncloud_datastream._version import __version__
from ncloud_datastream.errors import ConfigurationError

_PYTHON = ".".join(platform.python_version_tuple()[:2])
_USER_AGENT = f"ncloud-datastream/{__version__} (python {_PYTHON}; httpx {httpx.__version__})"

# What can be one header's value as it stands: nothing that ends a line, nothing that is trimmed.
_WORDS = re.compile(r"[!-~]+(?: [!-~]+)*")


def standard_headers(user_agent: str | None = None) -> dict[str, str]:
    """Return the headers of every request of a client.

    Args:
        user_agent: What the program around the client adds to ``User-Agent``.

    Raises:
        ConfigurationError: It cannot stand in a header.
    """
    if user_agent is None:
        agent = _USER_AGENT
    elif isinstance(user_agent, str) and _WORDS.fullmatch(user_agent):
        agent = f"{_USER_AGENT} {user_agent}"
    else:
        raise ConfigurationError(
            "user_agent must be words of visible ASCII characters with single spaces between "
            f"them, such as 'my-app/1.2': {user_agent!r}."
        )
    return {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": agent}
