"""The headers of every request, besides the signature headers."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping

import httpx

from ncloud_datastream._version import __version__
from ncloud_datastream.errors import ConfigurationError
from ncloud_datastream.signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

_PYTHON = ".".join(platform.python_version_tuple()[:2])
_USER_AGENT = f"ncloud-datastream/{__version__} (python {_PYTHON}; httpx {httpx.__version__})"

# A header value that is sent unchanged: no line breaks, no blanks at its ends.
_WORDS = re.compile(r"[!-~]+(?: [!-~]+)*")

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~](?:[\t -~]*[!-~])?)?")

_OURS = frozenset(
    {
        "host",
        "connection",
        "content-length",
        "content-type",
        "transfer-encoding",
        TIMESTAMP_HEADER,
        ACCESS_KEY_HEADER,
        SIGNATURE_HEADER,
    }
)
"""The headers, in lower case, for framing, the body and the signature."""


def standard_headers(user_agent: str | None = None) -> dict[str, str]:
    """Return the headers of every request of a client.

    Args:
        user_agent: Text that is appended to ``User-Agent``.

    Raises:
        ConfigurationError: `user_agent` is not valid in a header.
    """
    if user_agent is None:
        agent = _USER_AGENT
    elif isinstance(user_agent, str) and _WORDS.fullmatch(user_agent):
        agent = f"{_USER_AGENT} {user_agent}"
    else:
        raise ConfigurationError(
            "user_agent must be words of visible ASCII characters separated by single spaces, "
            f"such as 'my-app/1.2', not {user_agent!r}."
        )
    return {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": agent}


def with_further(headers: Mapping[str, str], further: Mapping[str, str]) -> dict[str, str]:
    """Return headers with additional ones, which replace those of the same name in any case.

    Raises:
        ConfigurationError: A header is invalid, or is set by this package.
    """
    if not isinstance(further, Mapping):
        raise ConfigurationError(
            f"headers must be a mapping of names to values, not {type(further).__name__}."
        )
    for name, value in further.items():
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise ConfigurationError("headers: a name is not a valid HTTP header name.")
        if name.lower() in _OURS:
            raise ConfigurationError(
                f"headers: {name!r} cannot be set, because this package sets it for each request."
            )
        if not isinstance(value, str) or _VALUE.fullmatch(value) is None:
            # The value may be a secret, so the message has only the name.
            raise ConfigurationError(
                f"headers: the value of {name!r} must be one line of ASCII characters without "
                "leading or trailing blanks."
            )
    replaced = {name.lower() for name in further}
    kept = {name: value for name, value in headers.items() if name.lower() not in replaced}
    return kept | dict(further)
