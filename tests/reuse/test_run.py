"""The scenario in Python, the rows of the table, and the runner."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest
import run
from ncloud_datastream.codes import ErrorCode, GatewayErrorCode
from records import WRITINGS
from run import FailedError, Row, Run

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads(
    (ROOT / "generated" / "ncloud_datastream_api" / "openapi.json").read_text(encoding="utf-8")
)
ROWS = run.rows()
TRUE, FALSE = "true", "false"
ROW = Row(
    language="Nothing",
    generator="nothing 1.0",
    folder=".",
    needs=[sys.executable],
    generate=TRUE,
    compile=TRUE,
    vectors=TRUE,
    scenario=f"{sys.executable} scenario.py",
    signer="rows.toml",
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[IO[str]]:
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        yield log


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Run:
    with (tmp_path_factory.mktemp("log") / "log").open("w", encoding="utf-8") as log:
        return run.reference(log)


@pytest.fixture
def replayed(python: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Every program makes the calls of the Python run, without starting a process."""
    monkeypatch.setattr(run, "run_scenario", lambda *arguments: python)
    return python


# --- the scenario --------------------------------------------------------------------------------


def test_the_scenario_covers_the_operations_and_all_kinds_of_outcome(python: Run) -> None:
    operations = {
        operation["operationId"]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    called = {call.operation for call in python.calls}
    assert called <= operations
    assert len(called) >= 19  # a new operation needs no step
    assert all(call.signature_valid for call in python.calls)
    assert "%EC%A3%BC%EB%AC%B8+%2B50%25+" in python.calls[5].target

    words = {word for line in python.lines for word in line.split()}
    assert {"ARCHIVING", "true", "empty"} <= words
    assert words & {code.value for code in ErrorCode}
    assert words & {code.value for code in GatewayErrorCode}


def test_a_program_that_fails_is_a_failure(log: IO[str]) -> None:
    with pytest.raises(FailedError, match="exit status 1"):
        run.run_scenario(FALSE, run.HERE, log)


def test_another_outcome_must_be_listed_in_the_row(python: Run) -> None:
    lines = [*python.lines[:22], "23 getTopic unreadable", *python.lines[23:]]
    closed, row = replace(python, lines=lines), replace(ROW, endings={"23": "unreadable"})
    with pytest.raises(FailedError, match="23 getTopic unreadable"):
        run.check_scenario(ROW, python, closed)
    run.check_scenario(row, python, closed)
    with pytest.raises(FailedError, match="23 getTopic ARCHIVING"):
        run.check_scenario(row, python, python)
    with pytest.raises(FailedError, match="28 lines instead of 29"):
        run.check_scenario(ROW, python, replace(python, lines=python.lines[:-1]))


def test_another_form_of_a_target_must_be_listed_in_the_row(python: Run) -> None:
    calls = [replace(call, target=call.target.replace("+", "%20")) for call in python.calls]
    spaces, row = replace(python, calls=calls), replace(ROW, writings=["space"])
    run.check_scenario(row, python, spaces)
    for rejected, found in ((ROW, spaces), (row, python)):
        with pytest.raises(FailedError, match="space"):
            run.check_scenario(rejected, python, found)


def test_another_call_is_a_failure(python: Run) -> None:
    stale = replace(python.calls[3], signature_valid=False)
    calls = [*python.calls[:3], stale, *python.calls[4:]]
    with pytest.raises(FailedError, match=r"call 4 \(getTopic\): signature_valid is False"):
        run.check_scenario(ROW, python, replace(python, calls=calls))


# --- the table -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "cells"),
    [
        ({}, ["ok", "ok", "ok", "ok"]),
        ({"vectors": None, "scenario": None}, ["ok", "ok", "-", "-"]),
        ({"generate": FALSE}, ["FAILED", "", "", ""]),
        ({"generate": "./no-such-script"}, ["FAILED", "", "", ""]),
        ({"compile": FALSE}, ["ok", "FAILED", "", ""]),
        ({"vectors": FALSE}, ["ok", "ok", "FAILED", ""]),
        ({"scenario": FALSE}, ["ok", "ok", "ok", "FAILED"]),
        ({"needs": ["no-such-compiler", sys.executable]}, ["no-such-compiler missing", "", "", ""]),
    ],
)
def test_a_row_ends_at_its_first_failure(
    change: dict[str, Any], cells: Sequence[str], python: Run, log: IO[str]
) -> None:
    found = run.cells(replace(ROW, **change), python, log)
    assert found[1:-1] == cells
    passed = "FAILED" not in cells and "needs" not in change
    assert run.is_green([*found[:-1], "60"]) == passed
    assert not run.is_green([*found[:-1], "61"])


def test_a_row_with_only_a_signer_makes_one_call(log: IO[str], python: Run) -> None:
    script = Path(log.name).with_name("call.py")
    script.write_text(
        "from ncloud_datastream import *\n"
        f"DataStream().list_topics(search_text={run.SEARCH_TEXT!r})\n",
        encoding="utf-8",
    )
    row = replace(ROW, scenario=None, call=f"{sys.executable} {script}")
    assert run.cells(row, python, log)[1:-1] == ["ok", "ok", "ok", "one call"]
    assert run.is_green([ROW.generator, "ok", "ok", "ok", "one call", "60"])
    assert run.cells(replace(row, call=TRUE), python, log)[4] == "FAILED"
    other = replace(python.calls[5], target="/api/v1/topics?searchText=other")
    with pytest.raises(FailedError, match="searchText=other"):
        run.check_one_call(Run([], [other]))


def test_a_command_that_takes_too_long_is_stopped_with_its_children(
    monkeypatch: pytest.MonkeyPatch, python: Run, log: IO[str]
) -> None:
    monkeypatch.setattr(run, "_LONGEST", 0.2)
    # The shell's child keeps the pipe open: stopping only the shell would wait for it.
    script = Path(log.name).with_name("slow.sh")
    script.write_text("sleep 3600\ntrue\n")
    assert run.cells(replace(ROW, generate=f"sh {script}"), python, log)[1] == "FAILED"
    log.seek(0)
    assert "did not finish within" in log.read()


def test_the_table_has_a_line_per_row_and_names_the_log_of_a_failure(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    replayed: Run,
) -> None:
    signer = tmp_path / "signer"
    signer.write_text("a\nb\n")
    good = replace(ROW, signer=str(signer))
    bad = replace(good, language="Other", compile=FALSE)
    monkeypatch.setattr(run, "LOGS", tmp_path)
    monkeypatch.setattr(run, "rows", lambda: [good, bad])
    assert run.main(["nothing"]) == 0
    assert run.main([]) == 1
    head, first, *_, second = capsys.readouterr().out.splitlines()
    assert re.split(" {2,}", head) == ["language", *run.COLUMNS]
    assert re.split(" {2,}", first)[:-1] == ["Nothing", "nothing 1.0", *["ok"] * 4, "2"]
    assert second.startswith("Other")
    assert second.endswith("see reuse/other-nothing.log")
    assert "exit status 1" in (tmp_path / "other-nothing.log").read_text()
    assert run.main(["Klingon"]) == 2
    assert "Unknown language: klingon. Known: nothing, other." in capsys.readouterr().err

    monkeypatch.setattr(run, "expected_lines", lambda: ["1 getTopicPrefix other-"])
    assert run.main([]) == 1
    assert "instead of '1 getTopicPrefix other-'" in capsys.readouterr().err


# --- the languages -------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.generator)
def test_a_row_has_a_short_signer_its_version_and_documented_differences(row: Row) -> None:
    assert 10 < row.lines_of_glue <= 60
    assert row.vectors is not None
    assert any(other.scenario for other in ROWS if other.language == row.language)
    if row.call:  # only a signer
        return
    script = (row.path / row.generate.split()[0]).read_text(encoding="utf-8")
    assert row.generator.split()[1] in script
    folder = run.HERE / row.folder.split("/")[0]
    text = (folder / "README.md").read_text(encoding="utf-8").lower()
    steps = [f"step {number}" for number in row.endings]
    for needed in ("message host", "open enums", *row.generator.lower().split()[1:], *steps):
        assert needed in text
    assert set(row.writings) <= set(WRITINGS)


def test_the_signer_for_fetch_has_no_imports() -> None:
    text = (run.HERE / "typescript" / "signed-fetch.ts").read_text(encoding="utf-8")
    assert not re.search("import |node:", text)


# --- what can be copied --------------------------------------------------------------------------

# In parts, since this file must not name them either.
REGISTRIES = re.compile(
    "|".join(
        r"\.".join(parts)
        for parts in (
            ("registry", ""),
            ("crates", "io"),
            ("repo1?", "maven"),
            ("proxy", "golang"),
            ("pypi", "org"),
            ("files", "python" + "hosted"),
        )
    )
)


def test_no_file_names_the_host_of_a_registry() -> None:
    built = {"node_modules", "generated", "build", "target", "__pycache__"}
    for path in run.HERE.rglob("*"):
        if path.is_file() and not built & set(path.parts) and path.suffix not in {".log", ".lock"}:
            assert not REGISTRIES.search(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("folder", ["typescript", "generators"])
def test_npm_packages_have_a_license_a_description_and_a_lock(folder: str) -> None:
    package = json.loads((run.HERE / folder / "package.json").read_text(encoding="utf-8"))
    assert package["license"] == "MIT"
    assert package["description"]
    assert package["private"]
    lock = json.loads((run.HERE / folder / "package-lock.json").read_text(encoding="utf-8"))
    assert not any("resolved" in each for each in lock["packages"].values())
    for kind in ("dependencies", "devDependencies"):
        assert lock["packages"][""].get(kind) == package.get(kind)


def test_the_crate_has_a_license_a_description_and_no_exact_versions() -> None:
    crate = tomllib.loads((run.HERE / "rust" / "Cargo.toml").read_text(encoding="utf-8"))
    assert crate["package"]["license"] == "MIT"
    assert crate["package"]["description"]
    versions = [
        value if isinstance(value, str) else value.get("version")
        for value in crate["dependencies"].values()
    ]
    # An exact version conflicts with any other part of a program that requires another one.
    assert not [version for version in versions if version and version.startswith("=")]


@pytest.mark.parametrize("folder", ["java", "okhttp"])
def test_maven_projects_have_a_name_a_description_and_a_license(folder: str) -> None:
    text = (run.HERE / folder / "pom.xml").read_text(encoding="utf-8")
    for tag in ("name", "description", "licenses"):
        assert f"  <{tag}>" in text.partition("<properties>")[0]
