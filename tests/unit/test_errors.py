"""The family of errors: who descends from whom, and that each survives a process boundary."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator

import httpx
import ncloud_datastream
import pytest
from ncloud_datastream import DataStreamError, errors
from ncloud_datastream.errors import error_class
from ncloud_datastream_api.models import ErrorCode, GatewayErrorCode, Topic, TopicStatus

PARENTS = {
    "ConfigurationError": "DataStreamError",
    "TransportError": "DataStreamError",
    "ForeignHostError": "DataStreamError",
    "UnexpectedAnswerError": "DataStreamError",
    "WaitError": "DataStreamError",
    "BufferFullError": "DataStreamError",
    "WaitTimeoutError": "WaitError",
    "ApiError": "DataStreamError",
    "BadRequestError": "ApiError",
    "AuthenticationError": "ApiError",
    "PermissionDeniedError": "ApiError",
    "NotFoundError": "ApiError",
    "ConflictError": "ApiError",
    "PayloadTooLargeError": "ApiError",
    "RateLimitedError": "ApiError",
    "ServerError": "ApiError",
}

ATTRIBUTES = {
    "DataStreamError": {"maybe_delivered", "retryable", "operation", "attempts", "delivery"},
    "UnexpectedAnswerError": {"status_code"},
    "WaitError": {"topic"},
    "ApiError": {
        "status_code",
        "code",
        "gateway_code",
        "title",
        "detail",
        "instance",
        "request_id",
        "response",
    },
    "RateLimitedError": {"retry_after"},
    "ServerError": {"retry_after"},
}


def family(kind: type[DataStreamError] = DataStreamError) -> Iterator[type[DataStreamError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from family(child)


ALL = list(family())


class TestHierarchy:
    def test_is_this(self):
        assert {kind.__name__: kind.__bases__[0].__name__ for kind in ALL[1:]} == PARENTS

    def test_a_configuration_error_is_a_value_error_too(self):
        assert issubclass(ncloud_datastream.ConfigurationError, ValueError)
        assert [kind.__name__ for kind in ALL if issubclass(kind, ValueError)] == [
            "ConfigurationError"
        ]

    def test_all_are_in_the_public_interface(self):
        public = {name for name in ncloud_datastream.__all__ if name.endswith("Error")}
        assert public == {kind.__name__ for kind in ALL}
        assert all(getattr(ncloud_datastream, kind.__name__) is kind for kind in ALL)

    @pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
    def test_all_are_described_and_so_are_their_attributes(self, kind):
        assert kind.__doc__
        own = {name for name in vars(kind) if not name.startswith("__")}
        assert own == ATTRIBUTES.get(kind.__name__, set())
        assert own <= set(vars(kind)["__annotations__"] if own else set())

    @pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
    def test_one_except_catches_them_all(self, kind):
        with pytest.raises(DataStreamError, match=r"^topic is gone$"):
            raise kind("topic is gone")

    @pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
    def test_defaults(self, kind):
        error = kind("x")
        defaults = {"maybe_delivered": False, "retryable": False, "attempts": 0, "status_code": 0}
        for ancestor in kind.__mro__:
            for name in ATTRIBUTES.get(ancestor.__name__, set()):
                assert getattr(error, name) == defaults.get(name)
        assert vars(error) == {}


def filled(kind: type[DataStreamError]) -> DataStreamError:
    """An error with a value of its own in each of its attributes."""
    error = kind("createTopic: HTTP 409 DuplicateName: 이름이 이미 있습니다.")
    request = httpx.Request("POST", "https://host.test/api/v1/topics", json={"name": "x"})
    values = {
        "maybe_delivered": True,
        "retryable": True,
        "operation": "createTopic",
        "attempts": 3,
        "status_code": 409,
        "code": ErrorCode("DuplicateName"),
        "gateway_code": GatewayErrorCode("a new one"),
        "title": "Conflict",
        "detail": "이름이 이미 있습니다",
        "instance": "/topics",
        "request_id": "5f2c-1",
        "response": httpx.Response(409, json={"code": "DuplicateName"}, request=request),
        "topic": Topic(topic_id="1", topic_name="x", status=TopicStatus("DELETED")),
        "retry_after": 2.5,
    }
    for name in values.keys() & set(dir(kind)):
        setattr(error, name, values[name])
    error.add_note("An earlier attempt of this call may have deleted it.")
    error.__cause__ = ValueError("stays behind")
    return error


def same(one: DataStreamError, other: DataStreamError) -> None:
    assert type(one) is type(other)
    assert str(one) == str(other)
    assert one.args == other.args
    assert one.__notes__ == other.__notes__
    left, right = dict(vars(one)), dict(vars(other))
    mine, theirs = left.pop("response", None), right.pop("response", None)
    assert left == right
    assert {name: type(value) for name, value in left.items()} == {
        name: type(value) for name, value in right.items()
    }
    if mine is not None:
        assert (mine.status_code, mine.content) == (theirs.status_code, theirs.content)
        assert mine.headers == theirs.headers
        assert mine.request.url == theirs.request.url
        assert mine.request.headers == theirs.request.headers
        assert mine.request.content == theirs.request.content


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
class TestTravel:
    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_pickled(self, kind, protocol):
        error = filled(kind)
        same(error, pickle.loads(pickle.dumps(error, protocol)))

    def test_pickled_with_nothing_set(self, kind):
        error = pickle.loads(pickle.dumps(kind("x")))
        assert (type(error), str(error), vars(error)) == (kind, "x", {})

    def test_copied(self, kind):
        error = filled(kind)
        same(error, copy.copy(error))
        same(error, copy.deepcopy(error))


def test_to_another_process_and_back():
    error = filled(ncloud_datastream.RateLimitedError)
    code = "import pickle, sys; pickle.dump(pickle.load(sys.stdin.buffer), sys.stdout.buffer)"
    back = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(error),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    same(error, pickle.loads(back))


class TestClassForAStatus:
    @pytest.mark.parametrize(
        ("status", "name"),
        [
            (400, "BadRequestError"),
            (401, "AuthenticationError"),
            (403, "PermissionDeniedError"),
            (404, "NotFoundError"),
            (409, "ConflictError"),
            (413, "PayloadTooLargeError"),
            (429, "RateLimitedError"),
            (500, "ServerError"),
            (501, "ServerError"),
            (503, "ServerError"),
            (504, "ServerError"),
            (520, "ServerError"),
            (599, "ServerError"),
            (999, "ServerError"),
            (402, "ApiError"),
            (405, "ApiError"),
            (418, "ApiError"),
            (499, "ApiError"),
            (200, "ApiError"),
            (None, "ApiError"),
        ],
    )
    def test_is_this(self, status, name):
        assert error_class(status).__name__ == name

    def test_is_always_an_api_error(self):
        assert all(
            issubclass(error_class(status), ncloud_datastream.ApiError)
            for status in range(-1, 1000)
        )
