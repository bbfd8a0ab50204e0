"""New operations, tags and models of a document need no other change."""

import inspect
import json
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import httpx
import pytest

PURGE_DOCSTRING = """\
Purge a topic.

First paragraph.

- one item
- long item long item long item long item long item long item long item long item long item
  long item long item long item

Args:
    topic_id: The id.
    mode: How to purge.
    last_mode: The mode before.
    reason: Why.
    note: A note.
    next_mode: How to purge.
    until:
    dry_run: Report only.

Returns:
    What is purged.

Raises:
    BadRequestError: Invalid request, such as its encoding or a value that is not allowed.
    ApiError: A teapot.
    ServerError: Bad weather.
    DataStreamError: Any other failure; the base class of all errors.

See: https://docs.invalid/purge"""

Handler = Callable[[httpx.Request], httpx.Response]


def connected(scratch: ModuleType, handler: Handler, kind: str = "Operations") -> Any:
    """Return the operations with a stock client over `handler`."""
    operations = getattr(scratch, kind)()
    operations.client = import_module("scratch_client").Client(
        base_url="https://service.invalid",
        httpx_args={"transport": httpx.MockTransport(handler)},
    )
    return operations


@pytest.fixture
def seen() -> list[httpx.Request]:
    return []


@pytest.fixture
def purging(seen: list[httpx.Request]) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"names": ["a", "b"], "total": 2})

    return handler


@pytest.mark.parametrize("kind", ["Operations", "AsyncOperations"])
def test_a_new_operation_has_a_signature_and_a_docstring(scratch: ModuleType, kind: str) -> None:
    method = getattr(scratch, kind).purge_topic
    assert str(inspect.signature(method)).replace("'", "") == (
        "(self, topic_id: str, *, mode: PurgeMode | str, last_mode: PurgeMode | str | None,"
        " reason: str, note: str | None = None, next_mode: PurgeMode | str | None = None,"
        " until: datetime.datetime | None = None, dry_run: bool | None = None) -> PurgeList"
    )
    assert inspect.getdoc(method) == PURGE_DOCSTRING
    assert max(map(len, inspect.getsource(method).splitlines())) <= 100


def test_a_new_operation_works(
    scratch: ModuleType, purging: Handler, seen: list[httpx.Request]
) -> None:
    purged = connected(scratch, purging).purge_topic("t", mode="1-hard", last_mode=None, reason="r")
    assert list(purged) == ["a", "b"]
    assert len(purged) == purged.total == 2
    (request,) = seen
    assert (request.method, request.url.raw_path) == ("POST", b"/api/v1/topics/t/purge?reason=r")
    assert json.loads(request.content) == {"mode": "1-hard", "lastMode": None}
    assert request.extensions["server"] == "management"
    assert request.extensions["operation"] == "purgeTopic"


async def test_a_new_operation_works_asynchronously(
    scratch: ModuleType, purging: Handler, seen: list[httpx.Request]
) -> None:
    mode = import_module("scratch_client.models").PurgeMode
    operations = connected(scratch, purging, "AsyncOperations")
    purged = await operations.purge_topic(
        "t", mode=mode.SOFT, last_mode="2-harder", reason="r", note="n", dry_run=True
    )
    assert "a" in purged
    assert seen[0].url.query == b"reason=r&dryRun=true"
    assert json.loads(seen[0].content) == {"mode": "soft", "lastMode": "2-harder", "note": "n"}


def test_a_new_tag_and_a_new_server_are_generated(
    scratch: ModuleType, seen: list[httpx.Request]
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=7 if request.method == "GET" else None)

    assert scratch.SERVERS["alarms"] == "https://alarms.invalid"
    operations = connected(scratch, handler)
    assert operations.count_alarms() == 7
    assert operations.set_alarms(body=["a"]) is None
    assert [request.extensions["server"] for request in seen] == ["alarms", "alarms"]
    assert json.loads(seen[1].content) == ["a"]
    assert inspect.getdoc(operations.count_alarms).startswith("How many are there?\n")
    assert inspect.getdoc(operations.set_alarms).startswith("set_alarms.\n")


async def test_a_new_tag_works_asynchronously(scratch: ModuleType) -> None:
    operations = connected(scratch, lambda _: httpx.Response(200, json=3), "AsyncOperations")
    assert await operations.count_alarms() == 3
    assert await operations.set_alarms(body=[]) is None


async def test_a_response_without_content_is_an_error_if_content_is_documented(
    scratch: ModuleType,
) -> None:
    def null(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"null")

    with pytest.raises(TypeError, match="another JSON type"):
        connected(scratch, null).count_alarms()
    with pytest.raises(TypeError, match="another JSON type"):
        await connected(scratch, null, "AsyncOperations").count_alarms()


def test_x_list_selects_one_of_two_arrays(scratch: ModuleType) -> None:
    purged = import_module("scratch_client.models").PurgeList.from_dict(
        {"names": ["a", "b", "c"], "warnings": ["w"], "extra": 1}
    )
    assert list(purged) == purged[:] == ["a", "b", "c"]
    assert (purged[0], purged[-1], purged["extra"]) == ("a", "c", 1)
    assert purged.warnings == ["w"]


def test_a_list_without_other_fields_behaves_like_a_list(scratch: ModuleType) -> None:
    listed = import_module("scratch_client.models").ClosedList
    assert listed.from_dict({"numbers": [1, 2]})[1:] == [2]
    assert listed.from_dict({"numbers": [1, 2]})[0] == 1
    with pytest.raises(IndexError):
        listed.from_dict({})[0]
    empty = listed.from_dict({})
    assert (list(empty), len(empty), 1 in empty) == ([], 0, False)


def test_a_schema_without_x_list_is_not_a_list(scratch: ModuleType) -> None:
    model = import_module("scratch_client.models").OneArray
    assert not hasattr(model, "__iter__")
    assert not hasattr(model, "__len__")
    with pytest.raises(KeyError):
        model.from_dict({"numbers": [1]})[0]


def test_an_enum_without_descriptions_has_empty_meanings(scratch: ModuleType) -> None:
    mode = import_module("scratch_client.models").PurgeMode
    assert {member.name: member.value for member in mode} == {"SOFT": "soft", "HARD": "1-hard"}
    assert mode.HARD.meaning == ""
