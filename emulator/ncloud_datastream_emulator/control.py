"""Paths of the emulator's own, for programs that cannot call its Python: they need no signature.

- ``GET /_emulator/calls``: the calls, as a JSON list of `Call`; a body is text, its bytes UTF-8
- ``GET /_emulator/messages?topic=NAME``: a topic's messages, as a JSON list of `Message`; 503 where
  a broker keeps them and does not answer
- ``POST /_emulator/answers``: orders an answer; a JSON object with the arguments of `answer_next`
- ``GET /`` in a browser: a page that shows all this, from ``GET /_emulator/state``
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from .kafka import BrokerError
from .records import Answer, Call, Calls, OrderedAnswers, to_json
from .state import State
from .view import show_diagnosis, show_state

Headers = Sequence[tuple[bytes, bytes]]

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

    def __init__(self, state: State, calls: Calls, answers: OrderedAnswers) -> None:
        self._state = state
        self._calls = calls
        self._answers = answers

    def serves(self, method: str, path: str, headers: Headers) -> bool:
        """Is a request meant for the emulator itself: below `ROOT`, or a browser's for the page?"""
        if path.startswith(self.ROOT):
            return True
        accepted = next((value for name, value in headers if name == b"accept"), b"")
        return (method, path) == ("GET", "/") and b"text/html" in accepted and _is_here(headers)

    def answer(
        self, method: str, path: str, query: str, headers: Headers, body: bytes | None
    ) -> Answer:
        """Answer a request that is served here."""
        try:
            match method, path.removeprefix(self.ROOT):
                case "GET", "/":
                    return _file("page.html")
                case "GET", name if name in _FILES:
                    return _file(name)
                case "GET", "state":
                    if not _is_here(headers):
                        # Else a page from elsewhere could read it, once its name leads to here.
                        detail = "Ask for it at localhost or at an address of digits."
                        return _json(403, {"detail": detail})
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
            return _json(400, {"detail": str(error)})
        except BrokerError as error:
            return _json(503, {"detail": str(error)})
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


def _is_here(headers: Headers) -> bool:
    """Was the service asked for by an address or as localhost, not by a name that may be anyone's?

    Any site can give its own name this machine's address, and then read what it answers.
    """
    host = next((value for name, value in headers if name == b"host"), b"").decode("latin-1")
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def _file(name: str) -> Answer:
    content = (_PAGE / name).read_bytes()
    return Answer(200, (("content-type", _FILES[name]), *_SAFE), content)


def _json(status: int, value: object) -> Answer:
    return Answer(status, (("content-type", "application/json"), *_SAFE[1:]), to_json(value))
