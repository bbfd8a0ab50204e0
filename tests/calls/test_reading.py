"""Any response body of a 2xx is a value or one typed error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from calls.samples import a_call, an_answer
from hypothesis import given, settings
from hypothesis import strategies as st
from ncloud_datastream import (
    ApiError,
    AsyncDataStream,
    ConfigurationError,
    Credentials,
    DataStream,
    Retry,
    UnexpectedAnswerError,
)
from ncloud_datastream.calls.reading import Reading, note
from ncloud_datastream_api.paths import PathArgumentError
from wire.clients import Caller
from wire.operations import DOCUMENT, Operation, operations

KEYS = Credentials("AK", "SK")
OPERATIONS = operations()

every_operation = pytest.mark.parametrize(
    "operation", [pytest.param(each, id=each.operation_id) for each in OPERATIONS]
)


class Service(httpx.MockTransport):
    """Responds to every call with the same body."""

    def __init__(self) -> None:
        super().__init__(self.respond)
        self.status = 200
        self.body = b"{}"

    def respond(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(self.status, content=self.body)


class Both:
    """Both clients over one service."""

    def __init__(self, service: Service, callers: list[Caller]) -> None:
        self.service = service
        self.callers = callers

    def results(self, operation: Operation, body: bytes, status: int = 200) -> list[Any]:
        """Return the result of each client: a value, or an error of this package."""
        self.service.status, self.service.body = status, body
        return [self._result(call, operation) for call in self.callers]

    def _result(self, call: Caller, operation: Operation) -> Any:
        try:
            return call(operation.name, **operation.filled("x"))
        except (UnexpectedAnswerError, ApiError) as error:
            return error


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    service = Service()
    options: dict[str, Any] = {"transport": service, "retry": Retry(max_attempts=1)}
    with start_blocking_portal() as portal, DataStream(KEYS, **options) as ds:

        async def make() -> AsyncDataStream:
            return AsyncDataStream(KEYS, **options)

        async_ds = portal.call(make)
        yield Both(
            service,
            [
                lambda method, **arguments: getattr(ds, method)(**arguments),
                lambda method, **arguments: portal.call(
                    partial(getattr(async_ds, method), **arguments)
                ),
            ],
        )
        portal.call(async_ds.aclose)


# --- any JSON ------------------------------------------------------------------------------------

NAMES = sorted(
    {
        name
        for schema in DOCUMENT["components"]["schemas"].values()
        for name in schema.get("properties", {})
    }
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=()), max_size=8),
    st.sampled_from(["CREATED", "AVRO", "2024-01-02T03:04:05Z", "2024-13-45", "200", "400"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=3)), inner, max_size=4),
    ),
    max_leaves=12,
)


def nearly_right(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that match a schema, except that each part may be anything."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "allOf" in schema:
        (schema,) = schema["allOf"]
        return nearly_right(schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | scalars
    kind = schema.get("type")
    if kind == "object":
        fields = {name: nearly_right(each) for name, each in schema["properties"].items()}
        return st.fixed_dictionaries({}, optional=fields) | st.fixed_dictionaries(fields) | anything
    if kind == "array":
        return st.lists(nearly_right(schema["items"]), max_size=3) | anything
    if schema.get("format") == "date-time":
        return st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()) | anything
    fitting = {
        "string": st.text(max_size=4),
        "integer": st.integers(),
        "boolean": st.booleans(),
    }[kind]
    return fitting | anything


def bodies(operation: Operation) -> st.SearchStrategy[bytes]:
    """Return JSON documents, most of them similar to the documented response."""
    raw = DOCUMENT["paths"][operation.path][operation.method.lower()]
    schemas = [
        content["schema"]
        for status, response in raw["responses"].items()
        if status.startswith("2")
        for content in response.get("content", {}).values()
    ]
    documents = st.one_of(*[nearly_right(schema) for schema in schemas], anything)
    return st.builds(
        lambda document, escaped: json.dumps(document, ensure_ascii=escaped).encode(
            errors="surrogatepass"
        ),
        documents,
        st.booleans(),
    )


@every_operation
@given(data=st.data())
@settings(max_examples=8, derandomize=True, deadline=None, database=None)
def test_any_json_is_a_value_or_a_typed_error(
    operation: Operation, both: Both, data: st.DataObject
) -> None:
    body = data.draw(bodies(operation))
    for outcome in both.results(operation, body):
        if isinstance(outcome, UnexpectedAnswerError):
            assert outcome.maybe_delivered
            assert outcome.status_code == 200
            assert outcome.operation == operation.operation_id
            assert len(str(outcome)) < 600
        elif not isinstance(outcome, ApiError):
            assert repr(outcome)
            if hasattr(outcome, "__len__"):
                assert len(list(outcome)) == len(outcome)


@every_operation
@given(body=st.binary(max_size=60), status=st.integers(200, 599))
@settings(max_examples=4, derandomize=True, deadline=None, database=None)
def test_any_bytes_are_a_value_or_a_typed_error(
    operation: Operation, both: Both, body: bytes, status: int
) -> None:
    for outcome in both.results(operation, body, status):
        if status >= 300:
            assert isinstance(outcome, ApiError | UnexpectedAnswerError)


# --- bodies that can be read ----------------------------------------------------------------------


def answered(body: bytes, method: str = "get_topic", *arguments: str, status: int = 200) -> Any:
    service = Service()
    service.status, service.body = status, body
    with DataStream(KEYS, transport=service) as ds:
        return getattr(ds, method)(*(arguments or ("t1",)))


TOPIC = b'{"topicId": "t1", "topicName": "n"}'


@pytest.mark.parametrize(
    "body",
    [
        TOPIC,
        b" \r\n\t" + TOPIC,
        b"\xef\xbb\xbf" + TOPIC,
        TOPIC[:-1] + b', "new": 1}',
    ],
)
def test_a_matching_body_of_any_2xx_is_read(body: bytes) -> None:
    topic = answered(body, status=203)
    assert (topic.topic_id, topic.topic_name, topic.status) == ("t1", "n", None)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "JSONDecodeError"),
        (b"\xff\xfe\xfd", "UnicodeDecodeError"),
        (TOPIC[:-1], "JSONDecodeError"),
        (TOPIC + b"x", "JSONDecodeError"),
        (b"null", "TypeError"),
        (b"[]", "TypeError"),
        (b'{"topicId": "t1"}', "KeyError: 'topicName'"),
        (TOPIC[:-1] + b', "status": 7}', "ValueError"),
        (TOPIC[:-1] + b', "createdDate": "today"}', "ValueError"),
        (b"[" * 100_000, "RecursionError"),
        (b"1" * 10_000, "ValueError"),
        (b'[["topicId", "t1"], ["topicName", "n"]]', "JSON type"),
        (TOPIC.decode().encode("utf-16"), "JSON type"),
    ],
)
def test_any_other_body_is_one_typed_error(body: bytes, why: str) -> None:
    with pytest.raises(UnexpectedAnswerError, match=f"^getTopic: HTTP 200, .*{why}") as caught:
        answered(body)
    assert caught.value.maybe_delivered
    assert not caught.value.retryable
    assert caught.value.operation == "getTopic"


def test_a_long_reason_is_truncated() -> None:
    body = TOPIC[:-1] + b', "status": {"a": "' + b"x" * 100_000 + b'"}}'
    with pytest.raises(UnexpectedAnswerError) as caught:
        answered(body)
    reason = str(caught.value).partition("ValueError: ")[2].partition(". The service")[0]
    assert len(reason) == 300


def test_a_bool_is_read_from_nothing_but_a_bool() -> None:
    assert answered(b" true ", "delete_topic") is True
    assert answered(b"false", "delete_topic") is False
    for body in (b"1", b"null", b'"true"', b'{"result": true}', b"[true]"):
        with pytest.raises(UnexpectedAnswerError, match="JSON type"):
            answered(body, "delete_topic")


@pytest.mark.parametrize("body", [b"", b"null", b"<html>", b"\xff"])
def test_a_response_without_a_documented_body_may_have_any(body: bytes) -> None:
    assert answered(body, "delete_schema", "t1", "r1", status=204) is None


# --- other exceptions ----------------------------------------------------------------------------


def test_an_argument_with_a_lone_surrogate_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="Nothing was sent") as caught:
        answered(TOPIC, "get_topic", "half a pair: \ud83d")
    assert not caught.value.maybe_delivered
    assert isinstance(caught.value.__cause__, PathArgumentError)


def test_exceptions_of_a_transport_and_of_the_interpreter_are_not_converted() -> None:
    class Broken(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise ZeroDivisionError

    with DataStream(KEYS, transport=Broken()) as ds, pytest.raises(ZeroDivisionError):
        ds.get_topic("t1")
    with pytest.raises(KeyboardInterrupt), Reading() as reading:
        reading.answered = (a_call(), an_answer(200), 1)
        raise KeyboardInterrupt


def test_a_response_is_recorded_for_the_innermost_call() -> None:
    note(a_call(), an_answer(200), 1)
    with Reading() as outer:
        with Reading() as inner:
            note(a_call(), an_answer(201), 2)
        assert outer.answered is None
        note(a_call(), an_answer(202), 3)
    assert inner.answered == (a_call(), an_answer(201), 2)
    assert outer.answered == (a_call(), an_answer(202), 3)


def test_the_error_of_an_unreadable_response_has_the_attempts() -> None:
    with Reading() as reading:
        note(a_call(), an_answer(200, b"[]"), 3)
        with pytest.raises(UnexpectedAnswerError) as caught:
            reading.checked(None)
    assert caught.value.attempts == 3
