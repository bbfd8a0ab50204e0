"""The state shown by the page, as one JSON value without secret keys."""

from __future__ import annotations

from typing import Any

from .connectors import get_connector
from .diagnosis import HIDDEN, Diagnosis
from .problems import ServiceError
from .records import Call, Calls
from .state import State, Topic, date
from .validation import Arguments

_MOST_CALLS = 100
_MOST_MESSAGES = 20
_LONGEST_TEXT = 2_000


def show_state(state: State, calls: Calls) -> dict[str, Any]:
    """Return resources, messages and calls, newest calls first; equal states are equal values."""
    newest = calls.last(_MOST_CALLS)
    shown = {
        "prefix": state.prefix,
        "accounts": dict(zip(state.access_keys, ("sub account", "main account"), strict=True)),
        "topics": [_topic(state, topic) for topic in list(state.topics.values())],
        "calls": [_call(state, calls.count - index, call) for index, call in enumerate(newest)],
        "call_count": calls.count,
        "resets": state.resets,
    }
    safe: dict[str, Any] = _hide(shown, state.secret_keys)
    return safe


def show_diagnosis(diagnosis: Diagnosis | None) -> dict[str, Any] | None:
    """Return a diagnosis, with its strings to sign as text and as hexadecimal bytes."""
    if diagnosis is None:
        return None
    return {
        "verdict": diagnosis.verdict,
        "advice": [{"what": each.what, "remedy": each.remedy} for each in diagnosis.advice],
        "expected": _bytes(diagnosis.expected),
        "signed": _bytes(diagnosis.signed),
        "timestamp": diagnosis.timestamp,
        "off_ms": diagnosis.off_ms,
        "access_key": diagnosis.access_key,
        "access_key_known": diagnosis.is_known,
        "signature": diagnosis.signature,
    }


def _bytes(text: bytes | None) -> dict[str, str] | None:
    return None if text is None else {"text": text.decode(errors="replace"), "hex": text.hex()}


def _topic(state: State, topic: Topic) -> dict[str, Any]:
    messages, count = state.log.latest(topic.name, _MOST_MESSAGES)
    connector = None
    if topic.connector is not None:
        connector = get_connector(state, Arguments({"topicId": topic.id}, {}, {}))
    return {
        "id": topic.id,
        "name": topic.name,
        "description": topic.description,
        "status": _status(state, topic),
        "partitions": topic.partitions,
        "retention_ms": topic.retention_ms,
        "created": date(topic.created),
        "connector": connector,
        "checks_compatibility": topic.checks_compatibility,
        "schemas": [
            {
                "version": schema.version,
                "type": schema.schema_type,
                "id": schema.schema_id,
                "text": _cut(state, schema.text),
            }
            for schema in topic.schemas
        ],
        "messages": [
            {
                "key": _cut(state, message.key),
                "value": _cut(state, message.value),
                "partition": message.partition,
                "offset": message.offset,
            }
            for message in reversed(messages)
        ],
        "message_count": count,
    }


def _status(state: State, topic: Topic) -> str:
    """Return the status without counting as a read, which would change it to CREATED."""
    try:
        state.require_ready(topic)
    except ServiceError:
        return "CREATING"
    return "CREATED"


def _call(state: State, number: int, call: Call) -> dict[str, Any]:
    return {
        "number": number,
        "time": call.time,
        "operation": call.operation,
        "method": call.method,
        "target": call.target,
        "header_names": list(call.header_names),
        "body": _cut(state, call.body.decode(errors="replace")),
        "signature_valid": call.signature_valid,
        "status": call.status,
        "answer": _cut(state, call.answer.decode(errors="replace")),
        "is_lost": call.is_lost,
        "message": _message(state, call),
        "diagnosis": show_diagnosis(call.diagnosis),
    }


def _message(state: State, call: Call) -> dict[str, str] | None:
    if call.message is None:
        return None
    topic, key = call.message
    return {"topic": _cut(state, topic), "key": _cut(state, key)}


def _cut(state: State, text: str) -> str:
    text = _hide(text, state.secret_keys)  # before truncation, which could leave part of a key
    left = len(text) - _LONGEST_TEXT
    return text if left <= 0 else f"{text[:_LONGEST_TEXT]}… ({left} more characters)"


def _hide(value: Any, secrets: tuple[str, ...]) -> Any:
    """Replace secret keys wherever they occur."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
        return value
    if isinstance(value, dict):
        return {name: _hide(each, secrets) for name, each in value.items()}
    return [_hide(each, secrets) for each in value] if isinstance(value, list) else value
