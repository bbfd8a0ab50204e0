"""What a maintainer may do to the document works everywhere, or is refused in one line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from checks import REPOSITORY
from zoo.conftest import changed

sys.path.insert(0, str(Path(__file__).parent))
from changes import ACCEPTED, Change
from documents import Document
from handwritten import names
from refusals import refusals
from refused import REFUSED
from regenerate import SIGNING, main

Node = dict[str, Any]
ONCE = {change.name: change for change in (*ACCEPTED, *REFUSED)}
DIFF = REPOSITORY / "generator" / "contract" / "diff.sh"


def test_the_zoo_is_large() -> None:
    assert len(ONCE) == len(ACCEPTED) + len(REFUSED) >= 80


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.name)
def test_it_is_refused_in_one_line(real: Node, change: Change) -> None:
    found = refusals(Document(changed(real, change.patch)), names(SIGNING))
    lines = [str(refusal) for refusal in found]
    assert [line for line in lines if line.startswith(change.refused)], lines
    for refusal in found:
        assert refusal.place
        assert refusal.reason
        assert refusal.remedy


@pytest.mark.zoo
@pytest.mark.parametrize("change", REFUSED[:3], ids=lambda change: change.name)
def test_a_refused_document_makes_nothing(
    real: Node, change: Change, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(changed(real, change.patch)), "utf-8")
    output = tmp_path / "out" / "ncloud_datastream_api"
    assert main(["--document", str(tmp_path / "openapi.json"), "--output", str(output)]) == 1
    assert f"nothing regenerated: openapi.json: {change.refused}" in capsys.readouterr().err
    assert not output.parent.exists()


@pytest.fixture(scope="module")
def exercised(real: Node, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """All that is accepted, made into one package and called; what is wrong, by change."""
    folder = tmp_path_factory.mktemp("zoo")
    whole = changed(real, *(change.patch for change in ACCEPTED))
    (folder / "openapi.json").write_text(json.dumps(whole), "utf-8")
    output = folder / "ncloud_datastream_api"
    assert main(["--document", str(folder / "openapi.json"), "--output", str(output)]) == 0
    ran = subprocess.run(
        [sys.executable, Path(__file__).with_name("exercise.py"), json.dumps([*ONCE])],
        env=os.environ | {"PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


@pytest.mark.zoo
@pytest.mark.parametrize("change", ACCEPTED, ids=lambda change: change.name)
def test_it_works_in_every_hand(exercised: dict[str, list[str]], change: Change) -> None:
    assert exercised[change.name] == []


@pytest.mark.zoo
@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go, for oasdiff")
def test_what_is_added_breaks_nobody(real: Node, tmp_path: Path) -> None:
    # What upstream calls a breaking change is told for each operation: all are new ones.
    (tmp_path / "old.yaml").write_text(json.dumps(real), "utf-8")
    whole = changed(real, *(change.patch for change in ACCEPTED))
    (tmp_path / "new.yaml").write_text(json.dumps(whole), "utf-8")
    ran = subprocess.run(
        [DIFF, tmp_path / "old.yaml", tmp_path / "new.yaml"], stdout=subprocess.PIPE, text=True
    )
    assert ran.returncode == 0, ran.stdout
    assert "additive" in ran.stdout
