"""What an emulator has to begin with: topics and messages, from a JSON file.

    {
      "topics": [{"name": "orders", "partitions": 3}],
      "messages": [{"topic": "orders", "key": "42", "value": "shipped"}]
    }

A topic is the body of createTopic, a message that of sendMessage, and both are held to the same
rules. The topics are CREATED at once.
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
SECRET_KEY = "NCLOUD_DATASTREAM_EMULATOR_SECRET_KEY"  # noqa: S105 - the variable's name

_KINDS: dict[str, tuple[str, Callable[[State, Arguments], Any]]] = {
    "topics": ("createTopic", topics.create_topic),
    "messages": ("sendMessage", messages.send_message),
}


def fill(document: Document, state: State, initial: Mapping[str, Iterable[Any]]) -> None:
    """Make what is there to begin with.

    Raises:
        ValueError: It has another form, or breaks a rule of the service; the text says where.
    """
    if not isinstance(initial, Mapping):
        raise ValueError("What is there to begin with is an object with topics and messages.")
    if unknown := sorted(map(str, initial.keys() - _KINDS.keys())):
        raise ValueError(f"To begin with there are topics and messages, not {', '.join(unknown)}.")
    for kind, (operation_id, handle) in _KINDS.items():
        operation = document.operations[operation_id]
        items = initial.get(kind, [])
        if isinstance(items, str) or not isinstance(items, Iterable):
            raise ValueError(f"{kind} must be a list.")
        for number, item in enumerate(items):
            try:
                handle(state, read(operation, [], "", json.dumps(item).encode()))
            except (ServiceError, GatewayError) as error:
                raise ValueError(f"{kind}[{number}]: {error}") from error
            for topic in state.topics.values():
                topic.is_ready = True


def load(path: Path) -> dict[str, Any]:
    """Read a file of what there is to begin with.

    Raises:
        ValueError: It cannot be read, or is no JSON.
    """
    try:
        found: dict[str, Any] = json_text.parse(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON: {error}.") from error
    return found


def fixed_keys(access_key: str | None, secret_key: str | None) -> Credentials | None:
    """Return the key pair that was given, else the environment's, else None: it is drawn.

    Raises:
        ValueError: There is half a pair, or it cannot be one.
    """
    access_key = access_key or os.environ.get(ACCESS_KEY)
    secret_key = secret_key or os.environ.get(SECRET_KEY)
    if not access_key and not secret_key:
        return None
    if not access_key or not secret_key:
        raise ValueError(
            "Fixed keys are an access key and a secret key: --access-key and --secret-key, or "
            f"{ACCESS_KEY} and {SECRET_KEY}."
        )
    return Credentials(access_key, secret_key)
