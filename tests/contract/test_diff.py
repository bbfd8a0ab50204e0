"""`make contract-diff` tells breaking, additive and wording-only changes apart."""

import copy
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "generator" / "contract" / "diff.sh"

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(shutil.which("go") is None, reason="needs Go, to build oasdiff"),
]


def diff(*arguments: object, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [SCRIPT, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )
    return done.returncode, done.stdout


def drop_an_operation(document: dict[str, Any]) -> None:
    del document["paths"]["/api/v1/topic-prefix"]


def require_a_field(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["CreateTopicRequest"]["required"].append("partitions")


def narrow_a_range(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["CreateTopicRequest"]["properties"]["partitions"][
        "maximum"
    ] = 8


def add_an_operation(document: dict[str, Any]) -> None:
    path = copy.deepcopy(document["paths"]["/api/v1/topic-prefix"])
    path["get"]["operationId"] = "getTopicSuffix"
    document["paths"]["/api/v1/topic-suffix"] = path


def change_words(document: dict[str, Any]) -> None:
    document["info"]["description"] = "Other words."


CASES = [
    (drop_an_operation, 1, "BREAKING", "removed"),
    (require_a_field, 1, "BREAKING", "became required"),
    (narrow_a_range, 1, "BREAKING", "max was decreased"),
    (add_an_operation, 0, "additive", "endpoint added"),
    (change_words, 0, "wording only", "wording only"),
]


@pytest.mark.parametrize(("change", "code", "verdict", "reason"), CASES)
def test_verdict(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], code: int, verdict: str, reason: str
) -> None:
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    change(document)
    changed = tmp_path / "changed.yaml"
    changed.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))

    returned, said = diff(ROOT / "openapi.yaml", changed)

    assert (returned, verdict in said, reason in said) == (code, True, True), said


def test_breaking_must_be_announced(tmp_path: Path) -> None:
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    drop_an_operation(document)
    changed = tmp_path / "changed.yaml"
    changed.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    announced = "**Breaking**" in (ROOT / "CHANGELOG.md").read_text().split("## Unreleased")[1]

    returned, said = diff(ROOT / "openapi.yaml", changed, ANNOUNCED="1")

    assert returned == (0 if announced else 1)
    assert "CHANGELOG.md" in said


def test_nothing_changed() -> None:
    assert diff(ROOT / "openapi.yaml", ROOT / "openapi.yaml")[0] == 0


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: [")
    code, said = diff(ROOT / "openapi.yaml", broken)
    assert (code, "could not be compared" in said) == (2, True)


def test_unknown_reference() -> None:
    code, said = diff("no-such-reference")
    assert (code, "no-such-reference" in said) == (2, True)
