"""The workflows test all supported Pythons, pin actions and have minimal permissions."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.name: path for path in (ROOT / ".github" / "workflows").glob("*.yml")}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def jobs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOWS[name].read_text("utf-8"))["jobs"]
    return found


def test_every_python_in_the_classifiers_is_tested() -> None:
    prefix = "Programming Language :: Python :: "
    claimed = [
        each.removeprefix(prefix)
        for each in PYPROJECT["project"]["classifiers"]
        if each.startswith(prefix)
    ]
    tested = [
        version
        for job in jobs("ci.yml").values()
        for version in job["strategy"]["matrix"]["python"]
    ]
    assert tested == claimed


def test_the_workflow_runs_the_same_checks_as_make_check() -> None:
    assert jobs("ci.yml")["check"]["steps"][-1] == {"run": ".ci/run"}
    assert "make check" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_only_the_publish_job_has_an_identity_and_it_runs_no_project_code() -> None:
    release = jobs("release.yml")
    assert {name: job["permissions"] for name, job in release.items()} == {
        "build": {"contents": "read"},
        "publish": {"id-token": "write"},
    }
    steps = release["publish"]["steps"]
    assert not [step for step in steps if "run" in step or "checkout" in step["uses"]]
    assert steps[-1]["with"] == {"attestations": True}
    assert release["publish"]["environment"] == "pypi"
    assert "secrets." not in WORKFLOWS["release.yml"].read_text("utf-8")


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_actions_are_pinned_and_targets_exist(name: str) -> None:
    text = WORKFLOWS[name].read_text("utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert used
    for each in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each
    for line in re.findall(r"run: make (.*)", text):
        assert set(line.split()) <= TARGETS


def test_issue_templates_warn_against_posting_keys() -> None:
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text("utf-8"))
        if path.name == "config.yml":
            continue
        assert {"name", "description", "body"} <= set(form), path.name
        assert "keys" in path.read_text("utf-8"), path.name
