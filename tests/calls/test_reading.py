"""Whatever JSON, or anything else, a service answers: a value, or one typed error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from calls.made import a_call, an_answer
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
    """Answers every call with the same body."""

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

    def ask(self, operation: Operation, body: bytes, status: int = 200) -> list[Any]:
        """What each of the clients makes of an answer: a value or an error of ours."""
        self.service.status, self.service.body = status, body
        return [self._ask(call, operation) for call in self.callers]

    def _ask(self, call: Caller, operation: Operation) -> Any:
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
    """What fits a schema, but for what does not: each part may be anything."""
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
    """JSON documents, most of them like what the operation answers."""
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
@settings(max_examples=20, derandomize=True, deadline=None, database=None)
def test_any_json(operation: Operation, both: Both, data: st.DataObject) -> None:
    body = data.draw(bodies(operation))
    for outcome in both.ask(operation, body):
        if isinstance(outcome, UnexpectedAnswerError):
            assert outcome.maybe_delivered
            assert outcome.status_code == 200
            assert outcome.operation == operation.operation_id
            assert len(str(outcome)) < 600
        elif not isinstance(outcome, ApiError):
            # A value, and one that can be used as such.
            assert repr(outcome)
            if hasattr(outcome, "__len__"):
                assert len(list(outcome)) == len(outcome)


@every_operation
@given(body=st.binary(max_size=60), status=st.integers(200, 599))
@settings(max_examples=10, derandomize=True, deadline=None, database=None)
def test_any_bytes(operation: Operation, both: Both, body: bytes, status: int) -> None:
    for outcome in both.ask(operation, body, status):
        if status >= 300:
            assert isinstance(outcome, ApiError | UnexpectedAnswerError)


# --- what counts as readable ---------------------------------------------------------------------


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
        TOPIC + b"\n",
        TOPIC[:-1] + b', "new": 1}',
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202, 203])
def test_what_fits_is_read(body: bytes, status: int) -> None:
    topic = answered(body, status=status)
    assert (topic.topic_id, topic.topic_name, topic.status) == ("t1", "n", None)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "JSONDecodeError"),
        (b"<html>", "JSONDecodeError"),
        (b"\xff\xfe\xfd", "UnicodeDecodeError"),
        (TOPIC[:-1], "JSONDecodeError"),
        (TOPIC + b"x", "JSONDecodeError"),
        (b"null", "TypeError"),
        (b"true", "TypeError"),
        (b"7", "TypeError"),
        (b'"topic"', "TypeError"),
        (b"[]", "TypeError"),
        (b"{}", "KeyError: 'topicId'"),
        (b'{"topicId": "t1"}', "KeyError: 'topicName'"),
        (TOPIC[:-1] + b', "status": 7}', "ValueError"),
        (TOPIC[:-1] + b', "createdDate": "today"}', "ValueError"),
        (b"[" * 100_000, "RecursionError"),
        (b"1" * 10_000, "ValueError"),
        (b'[["topicId", "t1"], ["topicName", "n"]]', "another JSON type than documented"),
        (TOPIC.decode().encode("utf-16"), "another JSON type than documented"),
    ],
)
def test_what_does_not_fit_is_one_typed_error(body: bytes, why: str) -> None:
    with pytest.raises(UnexpectedAnswerError, match=f"^getTopic: HTTP 200, .*{why}") as caught:
        answered(body)
    assert caught.value.maybe_delivered
    assert not caught.value.retryable
    assert caught.value.operation == "getTopic"


def test_a_long_complaint_is_cut() -> None:
    body = TOPIC[:-1] + b', "status": {"a": "' + b"x" * 100_000 + b'"}}'
    with pytest.raises(UnexpectedAnswerError) as caught:
        answered(body)
    complaint = str(caught.value).partition("ValueError: ")[2].partition(". The service")[0]
    assert len(complaint) == 300


@pytest.mark.parametrize(("body", "value"), [(b"true", True), (b"false", False), (b" true ", True)])
def test_a_bare_bool_is_read(body: bytes, value: bool) -> None:
    assert answered(body, "delete_topic") is value


@pytest.mark.parametrize("body", [b"1", b"null", b'"true"', b"{}", b'{"result": true}', b"[true]"])
def test_a_bool_is_a_bool(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswerError, match="another JSON type"):
        answered(body, "delete_topic")


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"true", b"<html>", b"\xff"])
def test_where_the_document_gives_no_body_any_will_do(body: bytes) -> None:
    assert answered(body, "delete_schema", "t1", "r1", status=204) is None


# --- what is no answer's fault -------------------------------------------------------------------


def test_text_that_is_no_unicode_is_refused_where_it_is_an_argument() -> None:
    with pytest.raises(ConfigurationError, match="Nothing was sent") as caught:
        answered(TOPIC, "get_topic", "half a pair: \ud83d")
    assert not caught.value.maybe_delivered
    assert isinstance(caught.value.__cause__, PathArgumentError)


def test_an_exception_of_a_given_transport_is_left_as_it_is() -> None:
    class Broken(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise ZeroDivisionError

    with DataStream(KEYS, transport=Broken()) as ds, pytest.raises(ZeroDivisionError):
        ds.get_topic("t1")


def test_what_ends_a_program_is_left_as_it_is() -> None:
    with pytest.raises(KeyboardInterrupt), Reading() as reading:
        reading.answered = (a_call(), an_answer(200), 1)
        raise KeyboardInterrupt


def test_an_answer_outside_of_a_call_is_nobodys() -> None:
    note(a_call(), an_answer(200), 1)
    with Reading() as outer:
        with Reading() as inner:
            note(a_call(), an_answer(201), 2)
        assert outer.answered is None
        note(a_call(), an_answer(202), 3)
    assert inner.answered == (a_call(), an_answer(201), 2)
    assert outer.answered == (a_call(), an_answer(202), 3)


def test_an_error_of_the_reading_knows_how_often_was_tried() -> None:
    with Reading() as reading:
        note(a_call(), an_answer(200, b"[]"), 3)
        with pytest.raises(UnexpectedAnswerError) as caught:
            reading.checked(None)
    assert caught.value.attempts == 3
