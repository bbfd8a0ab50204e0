"""Initial topics and messages, from a JSON file.

    {
      "topics": [{"name": "orders", "partitions": 3}],
      "messages": [{"topic": "orders", "key": "42", "value": "shipped"}]
    }

A topic has the properties of a createTopic body, a message those of a sendMessage body, and both
follow the same rules. The topics are CREATED immediately.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ncloud_datastream import Credentials

from . import json_text, messages, topics
from .document import Document
from .problems import GatewayError, ServiceError
from .state import State
from .validation import Arguments, read

ACCESS_KEY = "NCLOUD_DATASTREAM_EMULATOR_ACCESS_KEY"
SECRET_KEY = "NCLOUD_DATASTREAM_EMULATOR_SECRET_KEY"  # noqa: S105 - a variable's name

ACTIONS: Mapping[str, tuple[str, Callable[[State, Arguments], dict[str, Any]]]] = {
    "topics": ("createTopic", topics.create_topic),
    "messages": ("sendMessage", messages.send_message),
}
"""What can be created without a signed request: by name, the operation and its implementation."""


def fill(
    document: Document, state: State, initial: Mapping[str, Iterable[Any]]
) -> dict[str, list[Any]]:
    """Create the initial topics and messages, and return them as lists.

    Raises:
        ValueError: The content is malformed or breaks a rule of the service; the message says
            where.
    """
    if not isinstance(initial, Mapping):
        raise ValueError("The initial content must be an object with topics and messages.")
    if unknown := sorted(map(str, initial.keys() - ACTIONS.keys())):
        raise ValueError(f"The initial content has unknown properties: {', '.join(unknown)}.")
    filled: dict[str, list[Any]] = {}
    for kind, (operation_id, handle) in ACTIONS.items():
        operation = document.operations[operation_id]
        items = initial.get(kind, [])
        if isinstance(items, str) or not isinstance(items, Iterable):
            raise ValueError(f"{kind} must be a list.")
        filled[kind] = list(items)
        known = operation.body.schema["properties"] if operation.body is not None else {}
        for number, item in enumerate(filled[kind]):
            if isinstance(item, Mapping) and (unknown := sorted(map(str, item.keys() - known))):
                raise ValueError(f"{kind}[{number}] has unknown properties: {', '.join(unknown)}.")
            try:
                handle(state, read(operation, [], "", json.dumps(item).encode()))
            except (ServiceError, GatewayError) as error:
                raise ValueError(f"{kind}[{number}]: {error}") from error
            for topic in state.topics.values():
                topic.is_ready = True
    return filled


def load(path: Path) -> dict[str, Any]:
    """Read a file of initial content.

    Raises:
        ValueError: The file cannot be read, or is not JSON.
    """
    try:
        found: dict[str, Any] = json_text.parse(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {error}.") from error
    return found


def fixed_keys(access_key: str | None, secret_key: str | None) -> Credentials | None:
    """Return the given key pair, or that of the environment; None if there is neither.

    Raises:
        ValueError: One key of the pair is missing, or a key is invalid.
    """
    access_key = access_key or os.environ.get(ACCESS_KEY)
    secret_key = secret_key or os.environ.get(SECRET_KEY)
    if not access_key and not secret_key:
        return None
    if not access_key or not secret_key:
        raise ValueError(
            "Fixed keys need an access key and a secret key: --access-key and --secret-key, or "
            f"{ACCESS_KEY} and {SECRET_KEY}."
        )
    return Credentials(access_key, secret_key)
