"""Paths of the emulator's own, for programs that cannot call its Python: they need no signature.

- ``GET /_emulator/calls``: the calls, as a JSON list of `Call`; a body is text, its bytes UTF-8
- ``GET /_emulator/messages?topic=NAME``: a topic's messages, as a JSON list of `Message`
- ``POST /_emulator/answers``: orders an answer; a JSON object with the arguments of `answer_next`
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, ClassVar
from urllib.parse import parse_qs

from .records import Answer, Calls, OrderedAnswers, to_json
from .state import State

_ARGUMENTS = {"operation_id", "status", "body", "headers", "times"}


class Control:
    """Answers what is asked of the emulator itself."""

    ROOT: ClassVar = "/_emulator/"

    def __init__(self, state: State, calls: Calls, answers: OrderedAnswers) -> None:
        self._state = state
        self._calls = calls
        self._answers = answers

    def answer(self, method: str, path: str, query: str, body: bytes | None) -> Answer:
        """Answer a request below `ROOT`."""
        try:
            match method, path.removeprefix(self.ROOT):
                case "GET", "calls":
                    return _json(200, [_call(asdict(call)) for call in self._calls.all()])
                case "GET", "messages":
                    name = parse_qs(query).get("topic", [""])[0]
                    return _json(200, [asdict(each) for each in self._state.log.messages(name)])
                case "POST", "answers":
                    self._order(body or b"")
                    return Answer(204, (), b"")
        except ValueError as error:
            return _json(400, {"detail": str(error)})
        return _json(404, {"detail": f"The emulator has no {method} {path}."})

    def _order(self, body: bytes) -> None:
        order = json.loads(body)
        if not isinstance(order, dict) or not {"operation_id", "status"} <= order.keys():
            raise ValueError("An order is a JSON object with operation_id and status at least.")
        unknown = order.keys() - _ARGUMENTS
        if unknown:
            raise ValueError(f"An order has no {', '.join(sorted(unknown))}.")
        status, times, headers = order["status"], order.get("times", 1), order.get("headers") or {}
        if not (type(status) is int and type(times) is int):
            raise ValueError("status and times must be integers.")
        if not (isinstance(headers, dict) and all(type(v) is str for v in headers.values())):
            raise ValueError("headers must be an object of strings.")
        self._answers.add(str(order["operation_id"]), status, order.get("body"), headers, times)


def _call(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"body": fields["body"].decode(errors="replace")}


def _json(status: int, value: object) -> Answer:
    return Answer(status, (("content-type", "application/json"),), to_json(value))
