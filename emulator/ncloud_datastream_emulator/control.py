"""Paths of the emulator's own, for programs that cannot call its Python: they need no signature.

- ``GET /_emulator/calls``: the calls, as a JSON list of `Call`; a body is text, its bytes UTF-8
- ``GET /_emulator/messages?topic=NAME``: a topic's messages, as a JSON list of `Message`; 503 where
  a broker keeps them and does not answer
- ``POST /_emulator/answers``: orders an answer; a JSON object with the arguments of `answer_next`
- ``GET /_emulator/ready``: ``{"ready": true}`` from when calls are answered; by any host's name, as
  it tells nothing else
- ``GET /`` in a browser: a page that shows all this, from ``GET /_emulator/state``

They are at localhost, at a loopback address, at the host that the emulator was started with and at
those it was told to allow, and a body must be ``application/json``: see `guard`. What is refused is
answered ``{"detail": ...}``.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

from . import json_text
from .guard import Guard, Headers
from .kafka import BrokerError
from .records import Answer, Call, Calls, OrderedAnswers, to_json
from .state import State
from .view import show_diagnosis, show_state

_PAGE = Path(__file__).with_name("page")
_FILES = {
    "page.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "dom.js": "text/javascript; charset=utf-8",
    "strings.js": "text/javascript; charset=utf-8",
}
_SAFE = (
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
)
_ARGUMENTS = {"operation_id", "status", "body", "headers", "times"}


class Control:
    """Answers what is asked of the emulator itself."""

    ROOT: ClassVar = "/_emulator/"
    READY: ClassVar = "/_emulator/ready"
    OF_MESSAGES: ClassVar = frozenset({"/_emulator/messages", "/_emulator/state"})

    def __init__(self, state: State, calls: Calls, answers: OrderedAnswers, guard: Guard) -> None:
        self._state = state
        self._calls = calls
        self._answers = answers
        self._guard = guard

    def serves(self, method: str, path: str, headers: Headers) -> bool:
        """Return whether a request is below `ROOT`, or a browser's that may have the page."""
        if path.startswith(self.ROOT):
            return True
        if (method, path) != ("GET", "/"):
            return False
        accepted = next((value for name, value in headers if name == b"accept"), b"")
        return b"text/html" in accepted and self._guard.refusal(headers, b"") is None

    def answer(
        self, method: str, path: str, query: str, headers: Headers, body: bytes | None
    ) -> Answer:
        """Answer a request that is served here, if the guard lets it in."""
        if (method, path) == ("GET", self.READY):
            return _json(200, {"ready": True})
        refusal = self._guard.refusal(headers, body)
        if refusal is not None:
            return _refuse(*refusal)
        try:
            match method, path.removeprefix(self.ROOT):
                case "GET", "/":
                    return _file("page.html")
                case "GET", name if name in _FILES:
                    return _file(name)
                case "GET", "state":
                    return _json(200, show_state(self._state, self._calls))
                case "GET", "calls":
                    return _json(200, [_show(call) for call in self._calls.all()])
                case "GET", "messages":
                    topic = parse_qs(query).get("topic", [""])[0]
                    return _json(200, [asdict(each) for each in self._state.log.messages(topic)])
                case "POST", "answers":
                    self._order(body or b"")
                    return Answer(204, (), b"")
        except ValueError as error:
            return _refuse(400, str(error))
        except BrokerError as error:
            return _refuse(503, str(error))
        return _refuse(404, f"The emulator has no {method} {path}.")

    def _order(self, body: bytes) -> None:
        order = _read(body)
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


def _read(body: bytes) -> Any:
    try:
        return json_text.parse(body)
    except RecursionError:
        raise ValueError("The body is nested too deeply.") from None
    except ValueError as error:
        raise ValueError(f"The body is not JSON in UTF-8: {error}.") from None


def _show(call: Call) -> dict[str, object]:
    return {
        "operation": call.operation,
        "method": call.method,
        "target": call.target,
        "header_names": call.header_names,
        "body": call.body.decode(errors="replace"),
        "signature_valid": call.signature_valid,
        "status": call.status,
        "diagnosis": show_diagnosis(call.diagnosis),
    }


def _file(name: str) -> Answer:
    content = (_PAGE / name).read_bytes()
    return Answer(200, (("content-type", _FILES[name]), *_SAFE), content)


def _refuse(status: int, detail: str) -> Answer:
    return _json(status, {"detail": detail})


def _json(status: int, value: object) -> Answer:
    return Answer(status, (("content-type", "application/json"), *_SAFE[1:]), to_json(value))
