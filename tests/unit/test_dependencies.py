"""What is installed along with this package, and under which licences."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, metadata, requires
from itertools import chain
from pathlib import Path

import pytest
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
    # Binds whoever changes the files of certifi, a list of certificates; not whoever uses them.
    "certifi": "MPL-2.0"
}
SPOKEN = {
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
"""What distributions say that do not use the identifiers of SPDX."""


def needed(name: str, extras: tuple[str, ...] = ()) -> set[str]:
    """A distribution and all that it needs in this environment, with extras of its own."""
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


def licences(name: str) -> set[str]:
    """The licences that a distribution gives to choose from, or all of which it is under."""
    about = metadata(name)
    said = about.get("License-Expression") or about.get("License") or ""
    if not said or "\n" in said:
        prefix = "License :: OSI Approved :: "
        classifiers = about.get_all("Classifier") or []
        said = " OR ".join(c.removeprefix(prefix) for c in classifiers if c.startswith(prefix))
    parts = [part.strip("() ") for part in re.split(r"\s(?:OR|AND|or|and)\s", said)]
    return {SPOKEN.get(said, SPOKEN.get(part, part)) for part in parts}


def installed(extra: str) -> bool:
    """Are an extra's own requirements here? Its tree could not be walked otherwise."""
    try:
        for line in PYPROJECT["project"]["optional-dependencies"][extra]:
            distribution(Requirement(line).name)
    except PackageNotFoundError:
        return False
    return True


RUNTIME = sorted(needed(NAME))
TREE = sorted(needed(NAME, tuple(filter(installed, EXTRAS))))


def test_the_extra_that_the_tests_need_is_among_them() -> None:
    assert installed("emulator")
    assert {"avro", "uvicorn"} <= set(TREE)


def test_little_is_needed() -> None:
    """Each of them is one more that could break or turn bad: a new one is a decision."""
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


def test_what_this_package_imports_itself_is_said() -> None:
    """httpcore and h11 come along with httpx alone: nothing here speaks to them."""
    direct = {Requirement(line).name for line in PYPROJECT["project"]["dependencies"]}
    assert direct == {"anyio", "attrs", "httptools", "httpx"}
    assert EXTRAS == ["cli", "emulator", "kafka", "mcp", "otel"]
    package = ROOT / "signing" / "ncloud_datastream"
    for path in package.rglob("*.py"):
        imported = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE)
        assert not {"httpcore", "h11"} & set(imported), path


@pytest.mark.parametrize("name", TREE)
def test_licences_are_permissive(name: str) -> None:
    found = licences(name)
    assert found
    assert found <= PERMISSIVE | {WEAK.get(name, "MIT")}


def test_our_own_licence_is_said_and_comes_along() -> None:
    assert metadata(NAME)["License-Expression"] == PYPROJECT["project"]["license"] == "MIT"
    assert metadata(NAME).get_all("License-File") == ["LICENSE"]


def test_nothing_runs_when_it_is_installed() -> None:
    assert PYPROJECT["build-system"]["build-backend"] == "hatchling.build"
    build = PYPROJECT["tool"]["hatch"]["build"]
    assert "hooks" not in build
    assert not any("hooks" in target for target in build["targets"].values())
    assert not (ROOT / "setup.py").exists()
    assert "Root-Is-Purelib: true" in (distribution(NAME).read_text("WHEEL") or "")


def test_each_dependency_has_a_lower_bound() -> None:
    """`tests/lowest/run.sh` shows that they hold."""
    project = PYPROJECT["project"]
    for line in chain(project["dependencies"], *project["optional-dependencies"].values()):
        requirement = Requirement(line)
        if requirement.name != NAME:
            assert [each for each in requirement.specifier if each.operator == ">="], line
