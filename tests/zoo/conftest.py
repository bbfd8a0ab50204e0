"""The documents of the zoo: changes merged into the real one."""

import json
from typing import Any

import pytest
from documents import Document
from regenerate import DOCUMENT

Node = dict[str, Any]


@pytest.fixture(scope="session")
def real() -> Node:
    """The real document."""
    return Document.read(DOCUMENT).whole


def changed(real: Node, *patches: Node) -> Node:
    """Return the real document with changes."""
    whole: Node = json.loads(json.dumps(real))
    for patch in patches:
        _merge(whole, json.loads(json.dumps(patch)))
    return whole


def _merge(into: Node, patch: Node) -> None:
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
