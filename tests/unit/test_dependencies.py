"""The dependencies of this package, and their licenses."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, metadata, requires
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NAME = "ncloud-datastream"
ROOT = Path(__file__).parent.parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = sorted(PYPROJECT["project"].get("optional-dependencies", {}))

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "PSF-2.0",
}
WEAK = {
    # Applies to changes of the files of certifi, a list of certificates, not to their use.
    "certifi": "MPL-2.0"
}
SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""The SPDX identifiers of other names of licenses."""


def needed(name: str, extras: tuple[str, ...] = ()) -> set[str]:
    """Return a distribution, with its extras, and all its dependencies in this environment."""
    found: set[str] = set()
    pending = [(canonicalize_name(name), extras)]
    while pending:
        each, chosen = pending.pop()
        if each in found and not chosen:
            continue
        found.add(each)
        for line in requires(each) or []:
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": one}) for one in ("", *chosen)):
                pending.append((canonicalize_name(requirement.name), tuple(requirement.extras)))
    return found


def licenses(name: str) -> set[str]:
    """Return the licenses of a distribution, alternative or cumulative."""
    about = metadata(name)
    said = about.get("License-Expression") or about.get("License") or ""
    if not said or "\n" in said:
        prefix = "License :: OSI Approved :: "
        classifiers = about.get_all("Classifier") or []
        said = " OR ".join(c.removeprefix(prefix) for c in classifiers if c.startswith(prefix))
    parts = [part.strip("() ") for part in re.split(r"\s(?:OR|AND|or|and)\s", said)]
    return {SPDX.get(said, SPDX.get(part, part)) for part in parts}


def installed(extra: str) -> bool:
    """Return whether the requirements of an extra are installed."""
    try:
        for line in PYPROJECT["project"]["optional-dependencies"][extra]:
            distribution(Requirement(line).name)
    except PackageNotFoundError:
        return False
    return True


RUNTIME = sorted(needed(NAME))
TREE = sorted(needed(NAME, tuple(filter(installed, EXTRAS))))


def test_the_runtime_dependencies_are_few_and_deliberate() -> None:
    assert set(RUNTIME) - {"sniffio"} == {
        NAME,
        "anyio",
        "attrs",
        "certifi",
        "h11",
        "httpcore",
        "httptools",
        "httpx",
        "idna",
        *(["typing-extensions"] if "typing-extensions" in RUNTIME else []),
    }


def test_only_declared_dependencies_are_imported() -> None:
    """httpcore and h11 are dependencies of httpx that this package does not import."""
    direct = {Requirement(line).name for line in PYPROJECT["project"]["dependencies"]}
    assert direct == {"anyio", "attrs", "httptools", "httpx"}
    assert EXTRAS == ["cli", "emulator", "kafka", "mcp", "otel"]
    package = ROOT / "signing" / "ncloud_datastream"
    for path in package.rglob("*.py"):
        imported = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE)
        assert not {"httpcore", "h11"} & set(imported), path


def test_all_licenses_are_permissive_and_ours_is_installed() -> None:
    assert {"avro", "uvicorn"} <= set(TREE), "the extra emulator is installed"
    for name in TREE:
        found = licenses(name)
        assert found, name
        assert found <= PERMISSIVE | {WEAK.get(name, "MIT")}, name
    assert metadata(NAME)["License-Expression"] == PYPROJECT["project"]["license"] == "MIT"
    assert metadata(NAME).get_all("License-File") == ["LICENSE"]


def test_no_code_runs_at_installation() -> None:
    assert PYPROJECT["build-system"]["build-backend"] == "hatchling.build"
    build = PYPROJECT["tool"]["hatch"]["build"]
    assert "hooks" not in build
    assert not any("hooks" in target for target in build["targets"].values())
    assert not (ROOT / "setup.py").exists()
    assert "Root-Is-Purelib: true" in (distribution(NAME).read_text("WHEEL") or "")


def test_each_dependency_has_a_lower_bound() -> None:
    """`tests/lowest/run.sh` tests with them."""
    project = PYPROJECT["project"]
    for line in chain(project["dependencies"], *project["optional-dependencies"].values()):
        requirement = Requirement(line)
        if requirement.name != NAME:
            assert [each for each in requirement.specifier if each.operator == ">="], line
