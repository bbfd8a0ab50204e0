"""The changes that `make contract-diff` reports in addition to oasdiff."""

import copy
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from contract.changes import BREAKING, PERHAPS, TABLE, Change, put
from contract.document import DOCUMENT, ROOT
from support.modules import load_module

TOPICS = "GET /api/v1/topics: the"
PREFIX = "GET /api/v1/topic-prefix: the"
PRODUCE = "POST /api/produce: the"

# The row of the table, and a part of the report.
REPORTED = {
    "the management host moves": f"{TOPICS} URL changed from https://datastream",
    "the message host moves": f"{PRODUCE} URL changed from https://api",
    "messages go to the management host": f"{PRODUCE} server name changed from message to",
    "an operation moves to a host of its own": f"{PREFIX} server name changed from",
    "a server is renamed": f"{TOPICS} server name changed from management to manager",
    "a path parameter is renamed": "{}: the path parameters changed from topicId to topic",
    "a value of an enumeration gets another name": "TopicStatus: the name of the value CREATING",
    "the list of a response is another": "TopicList: its list changed from list to None",
    "another default applies to a parameter": "omitted sortBy changed from createdDate",
    "another default applies to a field": "omitted partitions changed from 1 to 2",
}


@pytest.fixture(scope="module")
def names() -> ModuleType:
    return load_module(ROOT / "generator" / "contract" / "names.py")


@pytest.fixture
def report(names: ModuleType) -> Callable[[Change], str]:
    def report(change: Change) -> str:
        return "\n".join(sorted(names.changes(DOCUMENT, change(copy.deepcopy(DOCUMENT)))))

    return report


@pytest.mark.parametrize("name", REPORTED)
def test_a_change_of_a_name_is_reported_with_its_level(
    name: str, report: Callable[[Change], str]
) -> None:
    change, verdict = TABLE[name]
    found = report(change)
    assert REPORTED[name] in found
    [level] = {line.split()[0] for line in found.splitlines()}
    assert level == {BREAKING: "error", PERHAPS: "warning"}[verdict]


def test_a_removed_server_is_reported(report: Callable[[Change], str]) -> None:
    assert "ntruss.com to None" in report(put("servers", []))
    assert report(lambda document: document) == ""


def test_the_program_prints_the_changes_and_rejects_other_files_in_one_line(
    names: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, new = tmp_path / "base.yaml", tmp_path / "new.yaml"
    small = {"paths": {}, "components": {"schemas": {"A": {"x-default": 1}}}}
    base.write_text(yaml.safe_dump(small), "utf-8")
    small["components"]["schemas"]["A"]["x-default"] = 2  # type: ignore[index]
    new.write_text(yaml.safe_dump(small), "utf-8")
    assert names.main(base, new) == 0
    assert (
        capsys.readouterr().out
        == "warning A: the default of an omitted value changed from 1 to 2\n"
    )
    for text in ("openapi: [", "[]", "openapi: 3.0.3"):
        new.write_text(text)
        assert names.main(base, new) == 2
        error = capsys.readouterr().err
        assert error.startswith("not an OpenAPI document: ")
        assert error.count("\n") == 1
