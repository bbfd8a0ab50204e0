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


def diff(*arguments: object, at: Path = ROOT, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [at / SCRIPT.relative_to(ROOT), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "ANNOUNCED": "", **environment},
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


def drop_a_parameter(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/api/v1/topics"]["get"]["parameters"]
    parameters.remove(next(each for each in parameters if each.get("name") == "searchText"))


def add_an_operation(document: dict[str, Any]) -> None:
    path = copy.deepcopy(document["paths"]["/api/v1/topic-prefix"])
    path["get"]["operationId"] = "getTopicSuffix"
    document["paths"]["/api/v1/topic-suffix"] = path


def change_words(document: dict[str, Any]) -> None:
    document["info"]["description"] = "Other words."


def change_document(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    change(document)
    changed = folder / "openapi.yaml"
    changed.write_text(
        yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return changed


CASES = [
    (drop_an_operation, 1, "BREAKING", "removed"),
    (require_a_field, 1, "BREAKING", "became required"),
    (narrow_a_range, 1, "BREAKING", "max was decreased"),
    (drop_a_parameter, 0, "PERHAPS BREAKING", "warning"),
    (add_an_operation, 0, "additive", "endpoint added"),
    (change_words, 0, "wording only", "wording only"),
]


@pytest.mark.parametrize(("change", "code", "verdict", "reason"), CASES)
def test_verdict(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], code: int, verdict: str, reason: str
) -> None:
    returned, said = diff(ROOT / "openapi.yaml", change_document(tmp_path, change))

    assert (returned, verdict in said, reason in said) == (code, True, True), said


def commit(repository: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (["add", "."], ["commit", "-q", "-m", "a", "--allow-empty"], arguments):
        if command:
            subprocess.run(["git", "-C", repository, *identity, *command], check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with nothing but the contract, the script and the tool that it has built."""
    script = tmp_path / SCRIPT.relative_to(ROOT)
    script.parent.mkdir(parents=True)
    shutil.copy(SCRIPT, script)
    shutil.copy(ROOT / "openapi.yaml", tmp_path)
    assert diff(ROOT / "openapi.yaml", ROOT / "openapi.yaml")[0] == 0
    (tmp_path / ".cache").symlink_to(ROOT / ".cache")
    (tmp_path / "CHANGELOG.md").write_text(
        "How it says **Breaking**.\n\n## Unreleased\n\n## 0.1.0\n\n- **Breaking** long ago\n"
    )
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    commit(tmp_path)
    return tmp_path


def test_without_a_tag_it_says_so(repository: Path) -> None:
    code, said = diff(at=repository)
    assert (code, "no version is tagged yet" in said) == (0, True)


def test_last_tag_is_what_is_compared_with(repository: Path) -> None:
    commit(repository, "tag", "v1")
    change_document(repository, add_an_operation)
    commit(repository, "tag", "v2")
    commit(repository)
    assert diff(at=repository) == (0, "contract-diff: nothing changed since v2\n")
    code, said = diff("v1", at=repository)
    assert (code, "additive, or else harmless, since v1" in said) == (0, True)
    code, said = diff("no-such-reference", at=repository)
    assert (code, "no-such-reference" in said) == (2, True)


def test_breaking_must_be_announced(repository: Path) -> None:
    commit(repository, "tag", "v1")
    change_document(repository, drop_an_operation)
    code, said = diff(at=repository, ANNOUNCED="1")
    assert (code, "CHANGELOG.md has no **Breaking** line" in said) == (1, True)

    changelog = repository / "CHANGELOG.md"
    line = "## Unreleased\n\n- **Breaking** getTopicPrefix is gone\n"
    changelog.write_text(changelog.read_text().replace("## Unreleased\n", line))
    code, said = diff(at=repository, ANNOUNCED="1")
    assert (code, "CHANGELOG.md says so" in said) == (0, True)
    assert diff(at=repository)[0] == 1  # asked by hand, what is breaking stays so


def test_nothing_changed() -> None:
    assert diff(ROOT / "openapi.yaml", ROOT / "openapi.yaml")[0] == 0


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: [")
    code, said = diff(ROOT / "openapi.yaml", broken)
    assert (code, "could not be compared" in said) == (2, True)
