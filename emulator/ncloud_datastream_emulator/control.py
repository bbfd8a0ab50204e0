"""The page and the paths below ``/_emulator/``, which need no signature.

They are for programs that cannot call the emulator's Python interface.

- ``GET /_emulator/calls``: the calls, as a JSON list of `Call`; bodies are text, decoded as UTF-8
- ``GET /_emulator/messages?topic=NAME``: the messages of a topic, as a JSON list of `Message`; 503
  if they are in a broker that does not respond
- ``POST /_emulator/answers``: sets a response; the body is a JSON object with the arguments of
  `answer_next`
- ``POST /_emulator/topics`` and ``POST /_emulator/messages``: create a topic and send a message;
  the bodies are those of createTopic and sendMessage, with the same rules, and no call is recorded
- ``POST /_emulator/reset``: deletes topics and messages, calls and pending responses, and creates
  the initial content again; the body is ``{}``. Keys, prefix and faults stay.
- ``GET /_emulator/ready``: ``{"ready": true}`` as soon as calls are served; for any host name,
  because it reveals nothing else
- ``GET /``: the page in a browser, its URL in plain text elsewhere; it shows the value of
  ``GET /_emulator/state``

They are available at localhost, at loopback addresses, at the host that the emulator was started
with and at its allowed hosts. Bodies must be ``application/json``; see `guard`. The body of an
error is ``{"detail": ...}``.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

from . import json_text
from .document import Document
from .guard import Guard, Headers
from .initial import ACTIONS, fill
from .kafka import BrokerError
from .problems import GatewayError, ServiceError
from .records import Call, Calls, PendingResponses, Response, to_json
from .state import State
from .validation import read
from .view import show_diagnosis, show_state

_PAGE = Path(__file__).with_name("page")
_FILES = {
    "page.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "actions.js": "text/javascript; charset=utf-8",
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
    """Serves the page and the paths below ``/_emulator/``."""

    ROOT: ClassVar = "/_emulator/"
    READY: ClassVar = "/_emulator/ready"
    CHANGING: ClassVar = frozenset({"/_emulator/topics", "/_emulator/reset"})
    """Paths that create or delete topics."""
    USING_LOG: ClassVar = frozenset({*CHANGING, "/_emulator/messages", "/_emulator/state"})
    """Paths that use the message log."""

    def __init__(
        self,
        document: Document,
        state: State,
        calls: Calls,
        answers: PendingResponses,
        guard: Guard,
    ) -> None:
        self._document = document
        self._state = state
        self._calls = calls
        self._answers = answers
        self._guard = guard

    def serves(self, method: str, path: str, headers: Headers) -> bool:
        """Return whether a request is for a path below `ROOT`, or for the page at ``/``."""
        if path.startswith(self.ROOT):
            return True
        return (method, path) == ("GET", "/") and self._guard.refusal(headers, b"") is None

    def handle(
        self, method: str, path: str, query: str, headers: Headers, body: bytes | None
    ) -> Response:
        """Return the response to such a request, which the guard must accept."""
        if (method, path) == ("GET", self.READY):
            return _json(200, {"ready": True})
        refusal = self._guard.refusal(headers, body)
        if refusal is not None:
            return _refuse(*refusal)
        try:
            match method, path.removeprefix(self.ROOT):
                case "GET", "/":
                    return _file("page.html") if _accepts_html(headers) else _page_url(headers)
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
                    return Response(204, (), b"")
                case "POST", name if name in ACTIONS:
                    operation_id, act = ACTIONS[name]
                    operation = self._document.operations[operation_id]
                    return _json(200, act(self._state, read(operation, [], "", body or b"")))
                case "POST", "reset":
                    if _read(body or b"") != {}:
                        raise ValueError("The body must be an empty JSON object.")
                    self._reset()
                    return Response(204, (), b"")
        except ValueError as error:
            return _refuse(400, str(error))
        except (ServiceError, GatewayError) as error:
            return _refuse(error.status, str(error))
        except BrokerError as error:
            return _refuse(503, str(error))
        return _refuse(404, f"The emulator has no operation {method} {path}.")

    def _reset(self) -> None:
        self._state.clear()
        self._calls.clear()
        self._answers.clear()
        fill(self._document, self._state, self._state.initial)

    def _order(self, body: bytes) -> None:
        order = _read(body)
        if not isinstance(order, dict) or not {"operation_id", "status"} <= order.keys():
            raise ValueError(
                "The body must be a JSON object with at least operation_id and status."
            )
        unknown = order.keys() - _ARGUMENTS
        if unknown:
            raise ValueError(f"The body has unknown properties: {', '.join(sorted(unknown))}.")
        status, times, headers = order["status"], order.get("times", 1), order.get("headers") or {}
        if not (type(status) is int and type(times) is int):
            raise ValueError("status and times must be integers.")
        if not (isinstance(headers, dict) and all(type(v) is str for v in headers.values())):
            raise ValueError("headers must be an object whose values are strings.")
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


def _accepts_html(headers: Headers) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in headers)


def _page_url(headers: Headers) -> Response:
    host = next(value for name, value in headers if name == b"host").decode("latin-1")
    text = (
        f"This is an emulator of Data Stream. Open http://{host}/_emulator/page.html in a browser "
        "to see its topics, messages and calls.\n"
    )
    kind = ("content-type", "text/plain; charset=utf-8")
    return Response(200, (kind, *_SAFE[1:]), text.encode())


def _file(name: str) -> Response:
    content = (_PAGE / name).read_bytes()
    return Response(200, (("content-type", _FILES[name]), *_SAFE), content)


def _refuse(status: int, detail: str) -> Response:
    return _json(status, {"detail": detail})


def _json(status: int, value: object) -> Response:
    return Response(status, (("content-type", "application/json"), *_SAFE[1:]), to_json(value))
