"""`make release` in a clone: version, CHANGELOG, bill of materials and tag; nothing is pushed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of HEAD with the scripts of the working tree."""
    place = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(place))
    git(place, "config", "user.name", "A Tester")
    git(place, "config", "user.email", "tester@example.com")
    for name in ("release/sbom.py", "release/prepare.py", "Makefile"):
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes((ROOT / name).read_bytes())
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--allow-empty", "--message", "the working tree")
    return place


def git(place: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(place), *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def release(clone: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = ["make", "--no-print-directory", "release", f"PYTHON={sys.executable}", *words]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True)


def test_a_release_is_prepared_and_not_published(clone: Path) -> None:
    before = git(ROOT, "for-each-ref")
    done = release(clone, "VERSION=0.2.0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing is published" in done.stdout
    assert git(clone, "describe", "--exact-match") == "v0.2.0\n"
    assert git(clone, "cat-file", "-t", "v0.2.0") == "tag\n"
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "show", "--name-only", "--format=%s").split("\n\n") == [
        "Release 0.2.0",
        "CHANGELOG.md\nrelease/ncloud-datastream.cdx.json\nsigning/ncloud_datastream/_version.py\n",
    ]
    version = (clone / "signing/ncloud_datastream/_version.py").read_text()
    assert '__version__ = "0.2.0"' in version
    changelog = (clone / "CHANGELOG.md").read_text()
    assert re.search(r"## Unreleased\n\n## 0\.2\.0 - \d{4}-\d\d-\d\d\n\n### ", changelog)
    bill = json.loads((clone / "release/ncloud-datastream.cdx.json").read_text())
    assert bill["metadata"]["component"]["version"] == "0.2.0"
    assert git(ROOT, "for-each-ref") == before


def test_an_invalid_version_or_checkout_is_rejected_and_changes_nothing(clone: Path) -> None:
    head = git(clone, "rev-parse", "HEAD")
    for version, reason in (
        ("", "version is missing"),
        ("v1.0.0", "not a version"),
        ("1.0", "not a version"),
        ("0.0.9", "older"),
        ("0.1.0rc1", "older"),
    ):
        done = release(clone, f"VERSION={version}")
        assert done.returncode != 0
        assert reason in done.stderr
        assert git(clone, "rev-parse", "HEAD") == head
        assert git(clone, "status", "--porcelain") == ""
    (clone / "new").write_text("new")
    assert "uncommitted" in release(clone, "VERSION=0.2.0").stderr
    (clone / "new").unlink()
    assert release(clone, "VERSION=0.2.0").returncode == 0
    assert "already" in release(clone, "VERSION=0.2.0").stderr
    assert "nothing under 'Unreleased'" in release(clone, "VERSION=0.3.0").stderr
