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


def null(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=b"null")


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


async def test_a_new_operation_works_in_both_kinds(scratch: ModuleType) -> None:
    seen: list[httpx.Request] = []

    def purging(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"names": ["a", "b"], "total": 2})

    mode = import_module("scratch_client.models").PurgeMode
    assert {member.name: member.value for member in mode} == {"SOFT": "soft", "HARD": "1-hard"}
    assert mode.HARD.meaning == ""  # not documented
    purged = connected(scratch, purging).purge_topic("t", mode="1-hard", last_mode=None, reason="r")
    assert list(purged) == ["a", "b"]
    assert purged.total == 2
    purged = await connected(scratch, purging, "AsyncOperations").purge_topic(
        "t", mode=mode.SOFT, last_mode="2-harder", reason="r", note="n", dry_run=True
    )
    assert "a" in purged

    first, second = seen
    assert (first.method, first.url.raw_path) == ("POST", b"/api/v1/topics/t/purge?reason=r")
    assert json.loads(first.content) == {"mode": "1-hard", "lastMode": None}
    assert first.extensions["server"] == "management"
    assert first.extensions["operation"] == "purgeTopic"
    assert second.url.query == b"reason=r&dryRun=true"
    assert json.loads(second.content) == {"mode": "soft", "lastMode": "2-harder", "note": "n"}


async def test_a_new_tag_with_its_own_server_works_in_both_kinds(scratch: ModuleType) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.extensions["server"] == "alarms"
        return httpx.Response(200, json=7 if request.method == "GET" else None)

    assert scratch.SERVERS["alarms"] == "https://alarms.invalid"
    operations = connected(scratch, handler)
    assert (operations.count_alarms(), operations.set_alarms(body=["a"])) == (7, None)
    others = connected(scratch, handler, "AsyncOperations")
    assert (await others.count_alarms(), await others.set_alarms(body=[])) == (7, None)
    assert inspect.getdoc(operations.count_alarms).startswith("How many are there?\n")
    assert inspect.getdoc(operations.set_alarms).startswith("set_alarms.\n")
    with pytest.raises(TypeError, match="not of the documented JSON type"):
        connected(scratch, null).count_alarms()
    with pytest.raises(TypeError, match="not of the documented JSON type"):
        await connected(scratch, null, "AsyncOperations").count_alarms()


def test_x_list_selects_the_array_of_a_list(scratch: ModuleType) -> None:
    models = import_module("scratch_client.models")
    purged = models.PurgeList.from_dict({"names": ["a", "b"], "warnings": ["w"], "extra": 1})
    assert list(purged) == purged[:] == ["a", "b"]
    assert (purged[0], purged[-1], purged["extra"], purged.warnings) == ("a", "b", 1, ["w"])
    closed = models.ClosedList.from_dict({"numbers": [1, 2]})
    assert (closed[0], closed[1:], 1 in closed) == (1, [2], True)
    empty = models.ClosedList.from_dict({})
    assert (list(empty), len(empty), 1 in empty) == ([], 0, False)
    with pytest.raises(IndexError):
        empty[0]
    assert not hasattr(models.OneArray, "__iter__")
    with pytest.raises(KeyError):
        models.OneArray.from_dict({"numbers": [1]})[0]
