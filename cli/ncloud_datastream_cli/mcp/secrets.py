"""Masking of secret keys in everything this process writes."""

from __future__ import annotations

import logging
from typing import Any

from ncloud_datastream import Credentials

MASK = "***"


class Secrets:
    """The secret keys used so far, renewed ones included."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def add(self, credentials: Credentials) -> None:
        """Remember the secret key of a key pair."""
        self._known.add(credentials.secret_key)

    def hide(self, value: Any) -> Any:
        """Return a JSON value with every secret key in its strings masked."""
        if isinstance(value, str):
            for secret in self._known:
                value = value.replace(secret, MASK)
            return value
        if isinstance(value, dict):
            return {self.hide(key): self.hide(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.hide(each) for each in value]
        return value


class MaskedFormatter(logging.Formatter):
    """A log formatter that masks secret keys, in tracebacks too."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return str(self._secrets.hide(super().format(record)))
