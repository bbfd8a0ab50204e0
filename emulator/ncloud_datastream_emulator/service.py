"""Handles requests: the gateway's checks, then the operations."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from . import connectors, json_text, messages, schemas, signature, topics
from .control import Control
from .diagnosis import Diagnosis, diagnose
from .document import Document, Operation
from .faults import Faults
from .guard import LARGEST_BODY, Guard, Headers
from .problems import GatewayError, ServiceError
from .records import Call, Calls, PendingResponses, Response, to_json
from .state import State
from .validation import Arguments, read

_HANDLERS: dict[str, Callable[[State, Arguments], Any]] = {
    "getTopicPrefix": topics.get_topic_prefix,
    "listTopics": topics.list_topics,
    "getTopic": topics.get_topic,
    "createTopic": topics.create_topic,
    "updateTopic": topics.update_topic,
    "deleteTopic": topics.delete_topic,
    "createConnector": connectors.create_connector,
    "getConnector": connectors.get_connector,
    "updateConnector": connectors.update_connector,
    "deleteConnector": connectors.delete_connector,
    "createSchema": schemas.create_schema,
    "listSchemas": schemas.list_schemas,
    "getSchema": schemas.get_schema,
    "deleteSchema": schemas.delete_schema,
    "checkSchemaCompatibility": schemas.check_schema_compatibility,
    "getRegistryConfig": schemas.get_registry_config,
    "updateRegistryConfig": schemas.update_registry_config,
    "getRegistryInfo": schemas.get_registry_info,
    "sendMessage": messages.send_message,
}

_CHANGING = frozenset({"createTopic", "updateTopic", "deleteTopic"})

_logger = logging.getLogger(__name__)


class Service:
    """The emulated service, without I/O.

    One lock is held during each request, so that the in-process transport can be used from several
    threads, and beside the server's thread. It is released only during requests to a broker.

    Args:
        document: The operations.
        state: The state that the operations use.
        faults: The faults of calls.
        guard: Protects the emulator's own paths.
    """

    def __init__(self, document: Document, state: State, faults: Faults, guard: Guard) -> None:
        self.lock = threading.Lock()
        self._changes = threading.Lock()
        self.calls = Calls()
        self.answers = PendingResponses(document.operations)
        self.faults = faults
        self._document = document
        self._state = state
        self._sub_account = state.access_keys[0]
        self._secrets = dict(zip(state.access_keys, state.secret_keys, strict=True))
        self._control = Control(document, state, self.calls, self.answers, guard)
        self._date = (0, "")

    def handle(
        self, method: str, path: str, query: str, headers: Headers, body: bytes | None
    ) -> Response:
        """Return the response to a request.

        Args:
            method: The HTTP method.
            path: The path as received, one character for each byte.
            query: The part after the question mark, as received.
            headers: Names in lower case, with their values.
            body: None if it is larger than `LARGEST_BODY`.
        """
        with self._turn(method, path), self.lock:
            now = self._state.clock()
            if self._control.serves(method, path, headers):
                response = self._control.handle(method, path, query, headers, body)
            else:
                response = self._call(method, path, query, headers, body, now)
        names = {name.lower() for name, _ in response.headers}
        lines = (
            response.headers
            if "date" in names
            else (("date", self._http_date(now)), *response.headers)
        )
        if response.status != 204:
            lines = (*lines, ("content-length", str(len(response.body))))
        return replace(response, headers=lines)

    def may_wait(self, method: str, path: str) -> bool:
        """Return whether the response to a request may have to wait for a broker."""
        if not self._state.log.waits:
            return False
        if path.startswith(Control.ROOT):
            return path in Control.USING_LOG
        return self._operation_id(method, path) in {*_CHANGING, "sendMessage"}

    def _turn(self, method: str, path: str) -> AbstractContextManager[object]:
        """Serialize changes of topics: requests to a broker release the lock."""
        changes = path in Control.CHANGING or self._operation_id(method, path) in _CHANGING
        if self._state.log.waits and changes:
            return self._changes
        return nullcontext()

    def _operation_id(self, method: str, path: str) -> str | None:
        operation = self._document.route(path)[0].get(method)
        return None if operation is None else operation.id

    def _call(
        self,
        method: str,
        path: str,
        query: str,
        headers: Headers,
        body: bytes | None,
        now: float,
    ) -> Response:
        operations, segments = self._route(path, headers)
        operation = operations.get(method)
        target = f"{path}?{query}" if query else path
        access_key = unsigned = diagnosis = None
        skew = self.faults.skew(operation.id) if operation else 0.0
        now_ms = int((now + skew) * 1000)
        try:
            access_key = signature.check(method, target, headers, self._secrets, now_ms)
        except signature.SignatureError as error:
            diagnosis = self._diagnose(method, target, headers, body, now_ms)
            unsigned = f"{error} {diagnosis.verdict}".rstrip()
        try:
            if operation is None:
                raise _no_operation(method, path, operations)
            if unsigned is not None:
                raise GatewayError("200", unsigned)
            response = self._operate(operation, path, segments, query, body, headers, access_key)
        except GatewayError as error:
            response = _json(error.status, error.envelope(), error.headers)
        if skew and "date" not in {name.lower() for name, _ in response.headers}:
            date = ("date", self._http_date(now + skew))
            response = replace(response, headers=(date, *response.headers))
        self.calls.add(
            Call(
                operation=operation.id if operation else None,
                method=method,
                target=target,
                header_names=tuple(name.decode("latin-1") for name, _ in headers),
                body=body or b"",
                signature_valid=unsigned is None,
                status=response.status,
                answer=response.body,
                is_lost=response.is_lost,
                diagnosis=diagnosis,
                time=now,
                message=_message(operation, body),
            )
        )
        return response

    def _diagnose(
        self, method: str, target: str, headers: Headers, body: bytes | None, now_ms: int
    ) -> Diagnosis:
        hosts = sorted(self._document.hosts)
        return diagnose(method, target, headers, body or b"", self._secrets, now_ms, hosts)

    def _route(self, path: str, headers: Headers) -> tuple[Mapping[str, Operation], list[str]]:
        """Return the operations of a path; on one of NCP's hosts, only those of that host."""
        operations, segments = self._document.route(path)
        host = next((value for name, value in headers if name == b"host"), b"").decode("latin-1")
        host = host.partition(":")[0].lower()
        if host in self._document.hosts:
            operations = {
                method: operation
                for method, operation in operations.items()
                if operation.host == host
            }
        return operations, segments

    def _operate(
        self,
        operation: Operation,
        path: str,
        segments: list[str],
        query: str,
        body: bytes | None,
        headers: Headers,
        access_key: str | None,
    ) -> Response:
        if operation.server == "message" and access_key != self._sub_account:
            raise GatewayError(
                "210",
                "Messages can be sent only with the keys of a sub account; these keys belong to "
                "the main account.",
            )
        ordered = self.answers.take(operation.id)
        effect = self.faults.strike(operation.id, ordered)
        response = effect.answer or self._act(operation, path, segments, query, body, headers)
        return replace(response, delay=effect.delay, is_lost=effect.is_lost)

    def _act(
        self,
        operation: Operation,
        path: str,
        segments: list[str],
        query: str,
        body: bytes | None,
        headers: Headers,
    ) -> Response:
        is_message = operation.server == "message"
        try:
            if body is None:
                raise GatewayError("430", f"A body may have at most {LARGEST_BODY} bytes.")
            arguments = read(operation, segments, query, body, headers)
            handler = _HANDLERS.get(operation.id)
            if handler is None:
                return _shown(operation)
            result = handler(self._state, arguments)
        except ServiceError as error:
            shape = error.message_error() if is_message else error.problem(path)
            return _json(error.status, shape)
        except GatewayError as error:
            return _json(error.status, error.envelope(), error.headers)
        except Exception as error:
            _logger.exception("Internal error of the emulator in %s.", operation.id)
            failure = ServiceError(
                500, "InternalError", f"Internal error of the emulator: {error!r}."
            )
            return _json(500, failure.message_error() if is_message else failure.problem(path))
        if result is None:
            return Response(operation.status, (), b"")
        return _json(operation.status, result)

    def _http_date(self, now: float) -> str:
        second = int(now)
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]


def _no_operation(method: str, path: str, operations: Mapping[str, Operation]) -> GatewayError:
    if not operations:
        return GatewayError("300", f"This host of Data Stream has no operation at {path!r}.")
    allowed = ", ".join(sorted(operations))
    # The gateway's table has no wrong method; 405 is HTTP's status code for it.
    return GatewayError(
        "300",
        f"{path!r} supports {allowed}, but the method is {method}.",
        status=405,
        headers={"allow": allowed},
    )


def _shown(operation: Operation) -> Response:
    """Return the document's example for an operation without an implementation."""
    media_type, value = operation.example
    if not media_type:
        return Response(operation.status, (), b"")
    is_text = isinstance(value, str) and "json" not in media_type
    body = value.encode() if is_text else to_json(value)
    return Response(operation.status, (("content-type", media_type),), body)


def _message(operation: Operation | None, body: bytes | None) -> tuple[str, str] | None:
    """Return topic and key in the body of a message; None if they cannot be read."""
    if operation is None or operation.id != "sendMessage":
        return None
    try:
        found = json_text.parse(body or b"")
    except (ValueError, RecursionError):
        return None
    names = (found.get("topic"), found.get("key")) if isinstance(found, dict) else (None, None)
    match names:
        case (str(topic), str(key)):
            return topic, key
    return None


def _json(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    lines = (("content-type", "application/json"), *(headers or {}).items())
    return Response(status, lines, to_json(value))
