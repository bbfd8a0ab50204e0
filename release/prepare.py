"""Prepare a release: set the version, update CHANGELOG and bill of materials, commit and tag.

Usage: prepare.py VERSION

Nothing is pushed or published; pushing the tag starts the release workflow, which publishes.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from pathlib import Path

import sbom

ROOT = Path(__file__).parent.parent
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)((?:a|b|rc)\d+)?")
_HEADING = "## Unreleased\n"


class ReleaseError(Exception):
    """A release cannot be prepared."""


def prepare(root: Path, version: str, today: datetime.date) -> None:
    """Change, commit and tag a checkout.

    Raises:
        ReleaseError: The version is invalid or the checkout is not ready. Nothing was changed.
    """
    if _VERSION.fullmatch(version) is None:
        raise ReleaseError(f"{version!r} is not a version such as 1.2.0 or 1.2.0rc1")
    tag, current = f"v{version}", sbom.version_of(root)
    if _git(root, "status", "--porcelain"):
        raise ReleaseError("there are uncommitted changes: commit or stash them first")
    if _git(root, "tag", "--list", tag):
        raise ReleaseError(f"the tag {tag} already exists")
    if _order(version) < _order(current):
        raise ReleaseError(f"{version} is older than {current}")
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text("utf-8")
    news = text.partition(_HEADING)[2].partition("\n## ")[0]
    if not news.strip():
        raise ReleaseError("CHANGELOG.md has nothing under 'Unreleased'")
    heading = f"{_HEADING}\n## {version} - {today.isoformat()}\n"
    changelog.write_text(text.replace(_HEADING, heading, 1), "utf-8")
    place = root / "signing" / "ncloud_datastream" / "_version.py"
    place.write_text(place.read_text("utf-8").replace(f'"{current}"', f'"{version}"'), "utf-8")
    bill = root / "release" / "ncloud-datastream.cdx.json"
    bill.write_text(sbom.text_of(sbom.sbom(root)), "utf-8")
    _git(root, "add", "--", str(changelog), str(place), str(bill))
    _git(root, "commit", "--quiet", "--message", f"Release {version}")
    _git(root, "tag", "--annotate", tag, "--message", f"Version {version}")


def _order(version: str) -> tuple[int, int, int, bool, str]:
    """Return a sort key for versions; a final version comes after its pre-releases."""
    found = _VERSION.fullmatch(version)
    assert found is not None
    return int(found[1]), int(found[2]), int(found[3]), found[4] is None, found[4] or ""


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *words],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(f"git {words[0]} failed: {done.stderr.strip()}")
    return done.stdout


def main(arguments: list[str]) -> int:
    """Prepare a release and print the next steps."""
    if len(arguments) != 1:
        sys.stderr.write("release: the version is missing: make release VERSION=1.2.0\n")
        return 2
    (version,) = arguments
    try:
        prepare(ROOT, version, datetime.datetime.now(datetime.UTC).date())
    except ReleaseError as error:
        sys.stderr.write(f"release: {error}\n")
        return 1
    sys.stdout.write(
        f"release: {version} is committed and tagged locally; nothing is published.\n"
        f"Review: git show v{version}. Publish: git push origin HEAD v{version}.\n"
        f"Undo: git tag --delete v{version} && git reset --hard HEAD~1.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
