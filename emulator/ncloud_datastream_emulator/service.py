"""One request in, one answer out: the gateway in front, the operations behind it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from . import connectors, messages, schemas, signature, topics
from .control import Control
from .diagnosis import Diagnosis, diagnose
from .document import Document, Operation
from .faults import Faults
from .guard import LARGEST_BODY, Guard, Headers
from .problems import GatewayError, ServiceError
from .records import Answer, Call, Calls, OrderedAnswers, to_json
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
    """The whole emulated service, without any I/O.

    One lock is held for each request, so that the in-process transport can be used from many
    threads, and the server's thread beside the test's. It is let go only while a broker is asked.

    Args:
        document: The operations.
        state: Where they work.
        faults: What shall go wrong.
        guard: Who may ask the emulator about itself.
    """

    def __init__(self, document: Document, state: State, faults: Faults, guard: Guard) -> None:
        self.lock = threading.Lock()
        self._changes = threading.Lock()
        self.calls = Calls()
        self.answers = OrderedAnswers(document.operations)
        self.faults = faults
        self._document = document
        self._state = state
        self._sub_account = state.access_keys[0]
        self._secrets = dict(zip(state.access_keys, state.secret_keys, strict=True))
        self._control = Control(state, self.calls, self.answers, guard)
        self._date = (0, "")

    def answer(
        self, method: str, path: str, query: str, headers: Headers, body: bytes | None
    ) -> Answer:
        """Answer a request.

        Args:
            method: The HTTP method.
            path: The path as it was received, each byte a character.
            query: What followed the question mark, likewise.
            headers: Names in lower case, with their values.
            body: None when it is larger than `LARGEST_BODY`.
        """
        with self._turn(method, path), self.lock:
            now = self._state.clock()
            if self._control.serves(method, path, headers):
                answer = self._control.answer(method, path, query, headers, body)
            else:
                answer = self._call(method, path, query, headers, body, now)
        names = {name.lower() for name, _ in answer.headers}
        lines = (
            answer.headers if "date" in names else (("date", self._http_date(now)), *answer.headers)
        )
        if answer.status != 204:
            lines = (*lines, ("content-length", str(len(answer.body))))
        return replace(answer, headers=lines)

    def may_wait(self, method: str, path: str) -> bool:
        """Return whether the answer to a request may wait for a broker."""
        if not self._state.log.waits:
            return False
        if path.startswith(Control.ROOT):
            return path in Control.OF_MESSAGES
        return self._operation_id(method, path) in {*_CHANGING, "sendMessage"}

    def _turn(self, method: str, path: str) -> AbstractContextManager[object]:
        """One change of the topics at a time: a broker lets go of the lock amid one."""
        if self._state.log.waits and self._operation_id(method, path) in _CHANGING:
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
    ) -> Answer:
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
            answer = self._operate(operation, path, segments, query, body, headers, access_key)
        except GatewayError as error:
            answer = _json(error.status, error.envelope(), error.headers)
        if skew and "date" not in {name.lower() for name, _ in answer.headers}:
            date = ("date", self._http_date(now + skew))
            answer = replace(answer, headers=(date, *answer.headers))
        self.calls.add(
            Call(
                operation=operation.id if operation else None,
                method=method,
                target=target,
                header_names=tuple(name.decode("latin-1") for name, _ in headers),
                body=body or b"",
                signature_valid=unsigned is None,
                status=answer.status,
                answer=answer.body,
                is_lost=answer.is_lost,
                diagnosis=diagnosis,
                time=now,
            )
        )
        return answer

    def _diagnose(
        self, method: str, target: str, headers: Headers, body: bytes | None, now_ms: int
    ) -> Diagnosis:
        hosts = sorted(self._document.hosts)
        return diagnose(method, target, headers, body or b"", self._secrets, now_ms, hosts)

    def _route(self, path: str, headers: Headers) -> tuple[Mapping[str, Operation], list[str]]:
        """Find the operations of a path, on the host that was asked for if it is one of NCP's."""
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
    ) -> Answer:
        if operation.server == "message" and access_key != self._sub_account:
            raise GatewayError(
                "210",
                "Messages can be sent with the keys of a sub account only; these are the main "
                "account's.",
            )
        ordered = self.answers.take(operation.id)
        effect = self.faults.strike(operation.id, ordered)
        answer = effect.answer or self._act(operation, path, segments, query, body, headers)
        return replace(answer, delay=effect.delay, is_lost=effect.is_lost)

    def _act(
        self,
        operation: Operation,
        path: str,
        segments: list[str],
        query: str,
        body: bytes | None,
        headers: Headers,
    ) -> Answer:
        is_message = operation.server == "message"
        try:
            if body is None:
                raise GatewayError("430", f"A body may have {LARGEST_BODY} bytes.")
            arguments = read(operation, segments, query, body, headers)
            handler = _HANDLERS.get(operation.id)
            if handler is None:
                return _shown(operation)
            result = handler(self._state, arguments)
        except ServiceError as error:
            shape = error.message_answer() if is_message else error.problem(path)
            return _json(error.status, shape)
        except GatewayError as error:
            return _json(error.status, error.envelope(), error.headers)
        except Exception as error:
            _logger.exception("The emulator failed at %s.", operation.id)
            failure = ServiceError(500, "InternalError", f"The emulator itself failed: {error!r}.")
            return _json(500, failure.message_answer() if is_message else failure.problem(path))
        if result is None:
            return Answer(operation.status, (), b"")
        return _json(operation.status, result)

    def _http_date(self, now: float) -> str:
        second = int(now)
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]


def _no_operation(method: str, path: str, operations: Mapping[str, Operation]) -> GatewayError:
    if not operations:
        return GatewayError("300", f"This host of Data Stream has no operation at {path}.")
    allowed = ", ".join(sorted(operations))
    # A wrong method is not in the gateway's table; 405 is what HTTP has for it.
    return GatewayError(
        "300",
        f"{path} can be asked for with {allowed}, not with {method}.",
        status=405,
        headers={"allow": allowed},
    )


def _shown(operation: Operation) -> Answer:
    """Answer an operation without a behaviour of its own by the document's example."""
    media_type, value = operation.example
    if not media_type:
        return Answer(operation.status, (), b"")
    is_text = isinstance(value, str) and "json" not in media_type
    body = value.encode() if is_text else to_json(value)
    return Answer(operation.status, (("content-type", media_type),), body)


def _json(status: int, value: object, headers: Mapping[str, str] | None = None) -> Answer:
    lines = (("content-type", "application/json"), *(headers or {}).items())
    return Answer(status, lines, to_json(value))
