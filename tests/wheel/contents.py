"""Check that a wheel contains exactly its packages' files, the license and the bill of materials.

Usage: contents.py WHEEL ROOT
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

REQUIRED = {
    "ncloud_datastream/py.typed",
    "ncloud_datastream_api/py.typed",
    "ncloud_datastream_api/openapi.json",
    "ncloud_datastream_emulator/py.typed",
}
METADATA = {
    "METADATA",
    "WHEEL",
    "RECORD",
    "licenses/LICENSE",
    "sboms/ncloud-datastream.cdx.json",
}
OPTIONAL = {"entry_points.txt"}


def main(wheel: Path, root: Path) -> int:
    """Print the differences; return 1 if there are any."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        file = next((name for name in names if name.endswith(".dist-info/licenses/LICENSE")), "")
        same = file and archive.read(file) == (root / "LICENSE").read_bytes()
    metadata = {name.partition(".dist-info/")[2] for name in names if ".dist-info/" in name}
    packaged = {name for name in names if ".dist-info/" not in name}
    sources = sources_of(root)
    problems = {
        "missing": sorted((sources | REQUIRED) - packaged),
        "unexpected": sorted(packaged - sources),
        "missing metadata": sorted(METADATA - metadata),
        "unknown metadata": sorted(metadata - METADATA - OPTIONAL),
        "license differs": [] if same else [file],
    }
    for problem, found in problems.items():
        for name in found:
            print(f"{wheel.name}: {problem}: {name}", file=sys.stderr)  # noqa: T201
    return int(any(problems.values()))


def sources_of(root: Path) -> set[str]:
    """Return the tracked files of the packages, by their names in a wheel."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    words = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "--"]
    listed = subprocess.run([*words, *packages], capture_output=True, text=True, check=True)
    # The first folder is not part of a package's name.
    return {
        str(PurePosixPath(*PurePosixPath(path).parts[1:]))
        for path in listed.stdout.splitlines()
        if (root / path).exists()
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
