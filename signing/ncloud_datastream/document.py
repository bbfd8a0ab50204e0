"""The OpenAPI document that the client is generated from, as installed with the package."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.0.3 document of both hosts that this version was generated from.

    Each call reads it again, so the caller may modify the returned dictionary.
    """
    # Located without importing the generated client, which would import an HTTP library.
    spec = find_spec("ncloud_datastream_api")
    assert spec is not None
    assert spec.origin is not None
    text = Path(spec.origin).with_name("openapi.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
