"""Strict parsing of JSON: every value it returns can be serialized again."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def parse(raw: bytes) -> Any:
    """Parse JSON in UTF-8.

    Raises:
        ValueError: The text is not JSON, contains NaN or Infinity, or an unpaired surrogate.
        RecursionError: The text is nested too deeply.
    """
    value = json.loads(raw.decode(), parse_constant=_refuse_constant)
    if b"\\u" in raw:
        # Escapes may contain an unpaired surrogate, which cannot be encoded.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
