"""The exceptions: their hierarchy and attributes, and that they cross process boundaries."""

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
from ncloud_datastream import ApiError, DataStreamError, errors
from ncloud_datastream.errors import error_class
from ncloud_datastream_api.models import ErrorCode, GatewayErrorCode, Topic, TopicStatus

PARENTS = {
    "ConfigurationError": ("DataStreamError", "ValueError"),
    "TransportError": ("DataStreamError",),
    "ForeignHostError": ("DataStreamError",),
    "UnexpectedAnswerError": ("DataStreamError",),
    "WaitError": ("DataStreamError",),
    "BufferFullError": ("DataStreamError",),
    "WaitTimeoutError": ("WaitError", "TimeoutError"),
    "ApiError": ("DataStreamError",),
    "BadRequestError": ("ApiError",),
    "AuthenticationError": ("ApiError",),
    "PermissionDeniedError": ("ApiError",),
    "NotFoundError": ("ApiError",),
    "ConflictError": ("ApiError",),
    "PayloadTooLargeError": ("ApiError",),
    "RateLimitedError": ("ApiError",),
    "ServerError": ("ApiError",),
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

each_error = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)


def test_the_hierarchy_is_the_documented_one_and_public():
    bases = {kind.__name__: tuple(base.__name__ for base in kind.__bases__) for kind in ALL[1:]}
    assert bases == PARENTS
    public = {name for name in ncloud_datastream.__all__ if name.endswith("Error")}
    assert public == {kind.__name__ for kind in ALL}


@each_error
def test_every_attribute_has_a_default(kind):
    assert kind.__doc__
    own = {name for name in vars(kind) if not name.startswith("__")}
    assert own == ATTRIBUTES.get(kind.__name__, set())
    error = kind("x")
    defaults = {"maybe_delivered": False, "retryable": False, "attempts": 0, "status_code": 0}
    for ancestor in kind.__mro__:
        for name in ATTRIBUTES.get(ancestor.__name__, set()):
            assert getattr(error, name) == defaults.get(name)
    error = pickle.loads(pickle.dumps(error))
    assert (type(error), str(error), vars(error)) == (kind, "x", {})


def filled(kind: type[DataStreamError]) -> DataStreamError:
    """Return an error with a value in each of its attributes."""
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
    error.__cause__ = ValueError("is not copied")
    return error


def assert_same(one: DataStreamError, other: DataStreamError) -> None:
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


@each_error
def test_an_error_can_be_pickled_and_copied(kind):
    error = filled(kind)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert_same(error, pickle.loads(pickle.dumps(error, protocol)))
    assert_same(error, copy.copy(error))
    assert_same(error, copy.deepcopy(error))


def test_an_error_crosses_a_process_boundary():
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
    assert_same(error, pickle.loads(back))


def test_each_status_code_has_its_class():
    named = {
        400: "BadRequestError",
        401: "AuthenticationError",
        403: "PermissionDeniedError",
        404: "NotFoundError",
        409: "ConflictError",
        413: "PayloadTooLargeError",
        429: "RateLimitedError",
    }
    for status in range(-1, 1000):
        kind = error_class(status)
        assert kind.__name__ == named.get(status, "ServerError" if status >= 500 else "ApiError")
    assert error_class(None) is ApiError
