"""A change of the document works in clients, emulator, commands and MCP, or is rejected."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from checks import REPOSITORY, HandWrittenError, check_hand_written
from zoo.conftest import changed

sys.path.insert(0, str(Path(__file__).parent))
from changes import ACCEPTED, Change, query
from documents import Document
from handwritten import names
from refusals import refusals
from refused import REFUSED
from regenerate import OUTPUT, SIGNING, main

Node = dict[str, Any]
NAMES = [change.name for change in (*ACCEPTED, *REFUSED)]
DIFF = REPOSITORY / "generator" / "contract" / "diff.sh"


@pytest.fixture(scope="session")
def taken() -> frozenset[str]:
    return names(SIGNING)


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.name)
def test_a_rejected_change_is_reported_with_its_place(
    real: Node, change: Change, taken: frozenset[str]
) -> None:
    lines = [str(refusal) for refusal in refusals(Document(changed(real, change.patch)), taken)]
    assert [line for line in lines if line.startswith(change.refused)], lines


def test_a_package_that_stops_the_mcp_server_is_rejected_with_the_reason(
    real: Node, tmp_path: Path
) -> None:
    package = tmp_path / OUTPUT.name
    shutil.copytree(OUTPUT, package, ignore=shutil.ignore_patterns("__pycache__"))
    flag = {"parameters": [query("zooFlag", {"type": "boolean"})]}
    whole = changed(real, {"paths": {"/api/v1/topic-prefix": {"get": flag}}})
    (package / "openapi.json").write_text(json.dumps(whole), "utf-8")
    with pytest.raises(HandWrittenError, match=r"getTopicPrefix: .* does not match 'zooFlag'"):
        check_hand_written(package)


@pytest.fixture(scope="module")
def exercised(real: Node, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """A package with all accepted changes, and the problems of each change when it is called."""
    assert len({*NAMES}) == len(NAMES)
    folder = tmp_path_factory.mktemp("zoo")
    whole = changed(real, *(change.patch for change in ACCEPTED))
    (folder / "openapi.json").write_text(json.dumps(whole), "utf-8")
    output = folder / "ncloud_datastream_api"
    assert main(["--document", str(folder / "openapi.json"), "--output", str(output)]) == 0
    ran = subprocess.run(
        [sys.executable, Path(__file__).with_name("exercise.py"), json.dumps(NAMES)],
        env=os.environ | {"PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


@pytest.mark.zoo
@pytest.mark.parametrize("change", ACCEPTED, ids=lambda change: change.name)
def test_an_accepted_change_works_in_clients_emulator_commands_and_mcp(
    exercised: dict[str, list[str]], change: Change
) -> None:
    assert exercised[change.name] == []


@pytest.mark.zoo
@pytest.mark.skipif(shutil.which("go") is None, reason="Go is required to build oasdiff")
@pytest.mark.parametrize("change", ACCEPTED, ids=lambda change: change.name)
def test_contract_diff_reports_whether_an_accepted_change_is_breaking(
    real: Node, tmp_path: Path, change: Change
) -> None:
    (tmp_path / "old.json").write_text(json.dumps(real), "utf-8")
    (tmp_path / "new.json").write_text(json.dumps(changed(real, change.patch)), "utf-8")
    # `make check` accepts a breaking change that the CHANGELOG announces; the verdict stays the same.
    environment = {name: each for name, each in os.environ.items() if name != "ANNOUNCED"}
    documents = [tmp_path / "old.json", tmp_path / "new.json"]
    ran = subprocess.run([DIFF, *documents], env=environment, stdout=subprocess.PIPE, text=True)
    assert ran.returncode == change.breaking, ran.stdout
    assert ("BREAKING" if change.breaking else "additive") in ran.stdout.splitlines()[-1]
