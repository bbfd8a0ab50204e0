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

async def use(operations: Operations, others: AsyncOperations, status: TopicStatus) -> None:
    assert_type(operations.list_topics(sort_by="topicName"), TopicList)
    assert_type([topic.topic_id for topic in operations.list_topics()], list[str])
    assert_type(operations.list_topics()[0].topic_id, str)
    assert_type([topic.topic_id for topic in operations.list_topics()[:2]], list[str])
    assert_type(operations.delete_topic("id"), bool)
    assert_type(await others.create_topic(name="n"), Topic)
    assert_type(operations.get_topic("id").partitions, int | None)
    assert_type((status.value, status.meaning, TopicStatus("x")), tuple[str, str, TopicStatus])
"""
LAZY = """
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
TOPIC = {"topicId": "t1", "topicName": "p-orders"}


def test_absent_and_null_are_none_dates_are_aware_and_unknown_fields_are_preserved() -> None:
    sent = {**TOPIC, "createdDate": "2025-05-22T10:25:19Z", "color": "red"}
    absent, null = Topic.from_dict(sent), Topic.from_dict({**TOPIC, "partitions": None})
    assert absent.partitions is null.partitions is UNSET is None
    assert isinstance(absent.partitions, Unset)
    assert "partitions" not in absent.to_dict()
    assert absent.created_date == datetime(2025, 5, 22, 10, 25, 19, tzinfo=UTC)
    assert absent["color"] == absent.to_dict()["color"] == "red"
    assert "color" in absent


def test_a_list_behaves_like_a_list_and_returns_undocumented_fields_by_name() -> None:
    ids = ["t1", "t2", "t3"]
    topics = TopicList.from_dict({"list": [{**TOPIC, "topicId": id_} for id_ in ids], "extra": 1})
    assert [topic.topic_id for topic in topics] == ids
    assert len(topics) == 3
    assert next(iter(topics)) in topics
    assert "extra" not in topics
    assert len(TopicList.from_dict({"list": []})) == 0
    assert [topics[0].topic_id, topics[-1].topic_id] == ["t1", "t3"]
    assert [topic.topic_id for topic in topics[:2]] == ids[:2]
    assert isinstance(topics[:2], list)
    assert [topic.topic_id for topic in reversed(topics)] == ids[::-1]
    with pytest.raises(IndexError, match="list index out of range"):
        topics[3]
    assert topics["extra"] == 1
    with pytest.raises(KeyError):
        topics["list"]
    with pytest.raises(TypeError, match="list indices must be"):
        topics[1.0]  # type: ignore[call-overload]
    assert not hasattr(Topic, "__iter__")
    assert not hasattr(Topic, "__len__")


def test_models_are_imported_on_first_use_and_found_by_name() -> None:
    subprocess.run([sys.executable, "-c", LAZY], check=True)
    assert {"Topic", "TopicStatus", "ErrorCode"} <= set(models.__all__) <= set(dir(models))
    for name in models.__all__:
        assert getattr(models, name).__name__ == name
        assert name in vars(models)  # cached
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


def test_an_unlisted_value_is_a_member_that_is_not_cached() -> None:
    before = len(TopicStatus._value2member_map_)
    status = TopicStatus("PAUSED")
    assert isinstance(status, TopicStatus)
    assert status == TopicStatus("PAUSED") == "PAUSED"
    assert status != TopicStatus.CREATED
    assert {status: 1}["PAUSED"] == 1
    assert (status.name, status.value, status.meaning) == ("PAUSED", "PAUSED", "")
    assert (str(status), f"{status}", json.dumps(status)) == ("PAUSED", "PAUSED", '"PAUSED"')
    assert repr(status) == "<TopicStatus.PAUSED: 'PAUSED'>"
    assert status not in list(TopicStatus)
    assert status is not TopicStatus("PAUSED")
    assert len(TopicStatus._value2member_map_) == before
    topic = Topic.from_dict({**TOPIC, "status": "PAUSED"})
    assert topic.status == topic.to_dict()["status"] == "PAUSED"


@pytest.mark.parametrize("member", [TopicStatus("PAUSED"), ErrorCode.INVALID_STATE])
def test_members_can_be_pickled_and_copied(member: OpenEnum) -> None:
    pickled = [
        pickle.loads(pickle.dumps(member, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for again in (*pickled, copy.copy(member), copy.deepcopy(member)):
        assert again == member
        assert type(again) is type(member)
        assert again.meaning == member.meaning
    assert copy.deepcopy(TopicStatus.CREATED) is TopicStatus.CREATED
    # Some releases of Python 3.11 reduce an enum by name, which fails for an unlisted member.
    assert type(member).__reduce_ex__ is OpenEnum.__reduce_ex__ is not StrEnum.__reduce_ex__
    assert member.__reduce_ex__(2) == (type(member), (member.value,))


@pytest.mark.parametrize("value", [5, None, True, b"CREATED", []])
def test_a_value_that_is_not_a_string_is_not_a_member(value: object) -> None:
    with pytest.raises(ValueError, match="is not a valid TopicStatus"):
        TopicStatus(value)  # type: ignore[arg-type]


def test_enums_are_those_of_the_document(document: Document) -> None:
    schemas: dict[str, Any] = document.whole["components"]["schemas"]
    documented = {name: schema for name, schema in schemas.items() if "enum" in schema}
    assert len(documented) > 5
    for name, schema in documented.items():
        enum: type[OpenEnum] = getattr(models, name)
        assert [member.value for member in enum] == schema["enum"]
        assert [member.name for member in enum] == schema["x-enum-varnames"]
        assert [member.meaning for member in enum] == schema["x-enum-descriptions"]
