"""Models, lists and open enums of the generated package."""

import copy
import json
import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from checks import MYPY_CACHE
from documents import Document
from ncloud_datastream_api import models
from ncloud_datastream_api.enums import OpenEnum
from ncloud_datastream_api.models import ErrorCode, Topic, TopicList, TopicStatus
from ncloud_datastream_api.types import UNSET, Unset
from regenerate import OUTPUT

TYPED_USE = """
from typing import assert_type
from ncloud_datastream_api.api import AsyncOperations, Operations
from ncloud_datastream_api.models import Topic, TopicList, TopicStatus, Topik

async def use(operations: Operations, twin: AsyncOperations, status: TopicStatus) -> None:
    assert_type(operations.list_topics(sort_by="topicName"), TopicList)
    assert_type([topic.topic_id for topic in operations.list_topics()], list[str])
    assert_type(operations.list_topics()[0].topic_id, str)
    assert_type([topic.topic_id for topic in operations.list_topics()[:2]], list[str])
    assert_type(operations.delete_topic("id"), bool)
    assert_type(await twin.create_topic(name="n"), Topic)
    assert_type(operations.get_topic("id").partitions, int | None)
    assert_type((status.value, status.meaning, TopicStatus("x")), tuple[str, str, TopicStatus])
"""

TOPIC = {"topicId": "t1", "topicName": "p-orders"}


def test_absent_and_null_are_both_none() -> None:
    absent, null = Topic.from_dict(TOPIC), Topic.from_dict({**TOPIC, "partitions": None})
    assert absent.partitions is None
    assert null.partitions is None
    assert UNSET is None
    assert isinstance(absent.partitions, Unset)
    assert "partitions" not in absent.to_dict()


def test_dates_are_aware() -> None:
    topic = Topic.from_dict({**TOPIC, "createdDate": "2025-05-22T10:25:19Z"})
    assert topic.created_date == datetime(2025, 5, 22, 10, 25, 19, tzinfo=UTC)


def test_unknown_fields_are_kept() -> None:
    topic = Topic.from_dict({**TOPIC, "color": "red"})
    assert topic["color"] == "red"
    assert topic.to_dict() == {**TOPIC, "color": "red"}


def test_a_list_iterates_has_a_length_and_contains_its_items() -> None:
    topics = TopicList.from_dict({"list": [TOPIC, {**TOPIC, "topicId": "t2"}], "extra": 1})
    assert [topic.topic_id for topic in topics] == ["t1", "t2"]
    assert len(topics) == 2
    assert Topic.from_dict(TOPIC).topic_id in [topic.topic_id for topic in topics]
    assert next(iter(topics)) in topics
    assert "extra" not in topics
    assert "list" not in topics
    assert len(TopicList.from_dict({"list": []})) == 0


def test_a_list_takes_an_index_and_a_slice() -> None:
    ids = ["t1", "t2", "t3"]
    topics = TopicList.from_dict({"list": [{**TOPIC, "topicId": id_} for id_ in ids], "extra": 1})
    assert [topics[0].topic_id, topics[-1].topic_id] == ["t1", "t3"]
    assert [topic.topic_id for topic in topics[:2]] == ["t1", "t2"]
    assert [topic.topic_id for topic in topics[::-1]] == ids[::-1]
    assert [topic.topic_id for topic in reversed(topics)] == ids[::-1]
    assert isinstance(topics[:2], list)
    for outside in (3, -4):
        with pytest.raises(IndexError, match="list index out of range"):
            topics[outside]
    # A name finds what the document does not list, as in every other model.
    assert topics["extra"] == 1
    with pytest.raises(KeyError):
        topics["list"]
    with pytest.raises(TypeError, match="list indices must be"):
        topics[1.0]  # type: ignore[call-overload]


def test_other_models_are_no_lists() -> None:
    assert not hasattr(Topic, "__iter__")
    assert not hasattr(Topic, "__len__")
    assert "color" in Topic.from_dict({**TOPIC, "color": "red"})


def test_models_are_imported_when_asked_for() -> None:
    code = """
import sys
import ncloud_datastream_api.api
from ncloud_datastream_api import models
from ncloud_datastream_api.api.topic import TopicOperations
loaded = [name for name in sys.modules if name.startswith("ncloud_datastream_api.models.")]
assert not loaded, loaded
models.TopicStatus
assert "ncloud_datastream_api.models.topic_status" in sys.modules
assert "ncloud_datastream_api.models.topic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_model_is_found_by_name_and_no_other() -> None:
    assert {"Topic", "TopicStatus", "ErrorCode"} <= set(models.__all__) <= set(dir(models))
    for name in models.__all__:
        assert getattr(models, name).__name__ == name
        assert name in vars(models)  # found once, not looked for again
    with pytest.raises(AttributeError, match=r"ncloud_datastream_api\.models.*'Topik'"):
        _ = models.Topik  # type: ignore[attr-defined]


def test_type_checkers_see_exact_types_and_misspelt_names(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(TYPED_USE, "utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", tmp_path / "use.py"],
        cwd=OUTPUT.parent,
        env=os.environ | {"MYPYPATH": str(OUTPUT.parent), "MYPY_CACHE_DIR": str(MYPY_CACHE)},
        stdout=subprocess.PIPE,
        text=True,
    )
    (error, _) = checked.stdout.splitlines()
    assert 'Module "ncloud_datastream_api.models" has no attribute "Topik"' in error


def test_an_unlisted_value_is_a_member_of_its_own() -> None:
    status = TopicStatus("PAUSED")
    assert isinstance(status, TopicStatus)
    assert status == "PAUSED"
    assert status == TopicStatus("PAUSED")
    assert status != TopicStatus.CREATED
    assert hash(status) == hash("PAUSED")
    assert {status: 1}[TopicStatus("PAUSED")] == 1
    assert (status.name, status.value, status.meaning) == ("PAUSED", "PAUSED", "")
    assert (str(status), f"{status}", json.dumps(status)) == ("PAUSED", "PAUSED", '"PAUSED"')
    assert repr(status) == "<TopicStatus.PAUSED: 'PAUSED'>"
    assert status not in list(TopicStatus)


def test_unlisted_values_are_not_kept() -> None:
    before = len(TopicStatus._value2member_map_)
    made = {id(TopicStatus("PAUSED")), id(TopicStatus("HALTED"))}
    assert made
    assert len(TopicStatus._value2member_map_) == before
    assert TopicStatus("PAUSED") is not TopicStatus("PAUSED")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("member", [TopicStatus("PAUSED"), ErrorCode.INVALID_STATE])
def test_members_can_be_pickled(member: OpenEnum, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(member, protocol))
    assert again == member
    assert type(again) is type(member)
    assert again.meaning == member.meaning


def test_members_reduce_by_value() -> None:
    # Some releases of Python 3.11 reduce an enum by name, and no unlisted one is found by that.
    assert TopicStatus.__reduce_ex__ is OpenEnum.__reduce_ex__
    assert OpenEnum.__reduce_ex__ is not StrEnum.__reduce_ex__
    assert TopicStatus("PAUSED").__reduce_ex__(2) == (TopicStatus, ("PAUSED",))


def test_members_can_be_copied() -> None:
    status = TopicStatus("PAUSED")
    assert copy.copy(status) == status
    assert copy.deepcopy([status]) == [status]
    assert type(copy.deepcopy(status)) is TopicStatus
    assert copy.deepcopy(TopicStatus.CREATED) is TopicStatus.CREATED


@pytest.mark.parametrize("value", [5, None, True, 1.5, b"CREATED", [], {}])
def test_what_is_no_string_is_no_member(value: object) -> None:
    with pytest.raises(ValueError, match="is not a valid TopicStatus"):
        TopicStatus(value)  # type: ignore[arg-type]


def test_an_answer_with_an_unlisted_value_is_read_and_written() -> None:
    topic = Topic.from_dict({**TOPIC, "status": "PAUSED"})
    assert topic.status == "PAUSED"
    assert topic.to_dict()["status"] == "PAUSED"


def test_enums_are_those_of_the_document(document: Document) -> None:
    schemas: dict[str, Any] = document.whole["components"]["schemas"]
    documented = {name: schema for name, schema in schemas.items() if "enum" in schema}
    assert len(documented) > 5
    for name, schema in documented.items():
        enum: type[OpenEnum] = getattr(models, name)
        assert [member.value for member in enum] == schema["enum"]
        assert [member.name for member in enum] == schema["x-enum-varnames"]
        assert [member.meaning for member in enum] == schema["x-enum-descriptions"]
