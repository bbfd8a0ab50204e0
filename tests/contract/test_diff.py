"""`make contract-diff` distinguishes breaking, additive and wording-only changes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from contract.changes import BREAKING, TABLE, Change

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "generator" / "contract" / "diff.sh"

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(shutil.which("go") is None, reason="Go is required to build oasdiff"),
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


def change_document(folder: Path, change: Change) -> Path:
    document = change(yaml.load((ROOT / "openapi.yaml").read_bytes(), yaml.CSafeLoader))
    changed = folder / "openapi.yaml"
    changed.write_text(
        yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return changed


@pytest.mark.parametrize("name", TABLE)
def test_a_change_has_its_verdict(tmp_path: Path, name: str) -> None:
    change, verdict = TABLE[name]

    code, said = diff(ROOT / "openapi.yaml", change_document(tmp_path, change))

    last = said.splitlines()[-1]
    assert last.removeprefix("contract-diff: ").startswith(verdict), said
    assert code == (verdict == BREAKING)


def commit(repository: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (["add", "."], ["commit", "-q", "-m", "a", "--allow-empty"], arguments):
        if command:
            subprocess.run(["git", "-C", repository, *identity, *command], check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with only the contract, the script and the tool that it builds."""
    script = tmp_path / SCRIPT.relative_to(ROOT)
    script.parent.mkdir(parents=True)
    for each in SCRIPT.parent.iterdir():
        shutil.copy(each, script.parent)
    shutil.copy(ROOT / "openapi.yaml", tmp_path)
    assert diff(ROOT / "openapi.yaml", ROOT / "openapi.yaml")[0] == 0
    for each in (".cache", ".venv"):
        (tmp_path / each).symlink_to(ROOT / each)
    (tmp_path / "CHANGELOG.md").write_text(
        "How it says **Breaking**.\n\n## Unreleased\n\n## 0.1.0\n\n- **Breaking** long ago\n"
    )
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    commit(tmp_path)
    return tmp_path


def test_without_a_tag_nothing_is_compared(repository: Path) -> None:
    code, said = diff(at=repository)
    assert (code, "there is no tag yet" in said) == (0, True)


def test_the_last_tag_is_the_default_base(repository: Path) -> None:
    commit(repository, "tag", "v1")
    change_document(repository, TABLE["an operation is added"][0])
    commit(repository, "tag", "v2")
    commit(repository)
    assert diff(at=repository) == (0, "contract-diff: nothing changed since v2\n")
    code, said = diff("v1", at=repository)
    assert (code, "additive or harmless since v1" in said) == (0, True)
    code, said = diff("no-such-reference", at=repository)
    assert (code, "no-such-reference" in said) == (2, True)


def test_a_breaking_change_must_be_announced(repository: Path) -> None:
    commit(repository, "tag", "v1")
    change_document(repository, TABLE["an operation is removed"][0])
    code, said = diff(at=repository, ANNOUNCED="1")
    assert (code, "CHANGELOG.md has no **Breaking** line" in said) == (1, True)

    changelog = repository / "CHANGELOG.md"
    line = "## Unreleased\n\n- **Breaking** getTopicPrefix is gone\n"
    changelog.write_text(changelog.read_text().replace("## Unreleased\n", line))
    code, said = diff(at=repository, ANNOUNCED="1")
    assert (code, "CHANGELOG.md announces it" in said) == (0, True)
    assert diff(at=repository)[0] == 1  # without ANNOUNCED it is still breaking


def test_a_broken_document_cannot_be_compared(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: [")
    code, said = diff(ROOT / "openapi.yaml", broken)
    assert (code, "could not be compared" in said) == (2, True)
