"""What `make contract-diff` says beside oasdiff: servers, names, lists, omitted values."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from contract.changes import BREAKING, PERHAPS, TABLE, put
from contract.document import DOCUMENT, ROOT

SCRIPT = ROOT / "generator" / "contract" / "names.py"

# The row of the table, and what is said of it.
SAID = {
    "the management host moves": "GET /api/v1/topics: its address was ",
    "the message host moves": "POST /api/produce: its address was ",
    "messages go to the management host": "POST /api/produce: its server's name was message",
    "an operation moves to a host of its own": "GET /api/v1/topic-prefix: its server's name was ",
    "a server is renamed": "GET /api/v1/topics: its server's name was management, and is manager",
    "a path parameter is renamed": "GET /api/v1/topics/{}: its path names topic instead of topicId",
    "a value of an enumeration gets another name": "TopicStatus: the value ",
    "the list of an answer is another": "TopicList: its list is None, was list",
    "another value is taken for an omitted parameter": "topicName is taken when sortBy is omitted",
    "another value is taken for an omitted field": "2 is taken when partitions is omitted, was 1",
}


def names(*paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *paths], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("base") / "openapi.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(name: str, base: Path, tmp_path: Path) -> None:
    change, verdict = TABLE[name]
    new = tmp_path / "openapi.yaml"
    new.write_text(yaml.safe_dump(change(copy.deepcopy(DOCUMENT))), encoding="utf-8")

    done = names(base, new)

    assert done.returncode == 0
    assert SAID[name] in done.stdout
    [level] = {line.split()[0] for line in done.stdout.splitlines()}
    assert level == {BREAKING: "error", PERHAPS: "warning"}[verdict]


def test_nothing_is_said_of_the_same(base: Path) -> None:
    assert names(base, base).stdout == ""


def test_without_any_server(base: Path, tmp_path: Path) -> None:
    new = tmp_path / "openapi.yaml"
    new.write_text(yaml.safe_dump(put("servers", [])(copy.deepcopy(DOCUMENT))), encoding="utf-8")
    assert "ntruss.com, and is None" in names(base, new).stdout


def test_what_is_no_document_is_said_in_a_line(base: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    for text in ("openapi: [", "[]", "openapi: 3.0.3"):
        broken.write_text(text)
        done = names(base, broken)
        assert done.returncode == 2
        assert done.stderr.startswith("no OpenAPI document: ")
        assert done.stderr.count("\n") == 1
