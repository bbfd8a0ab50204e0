"""JSON that came from outside, read strictly: what is read can also be written."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def parse(raw: bytes) -> Any:
    """Read JSON in UTF-8.

    Raises:
        ValueError: It is none: also where it has a number that is none, or half of a character.
        RecursionError: It is nested too deeply.
    """
    value = json.loads(raw.decode(), parse_constant=_refuse_constant)
    if b"\\u" in raw:
        # An escape can smuggle in half of a surrogate pair, which is no text.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")
