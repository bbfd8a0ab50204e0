"""The story in Python, the rows of the table, and what the runner makes of them."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs

import pytest
import run
from ncloud_datastream.codes import ErrorCode, GatewayErrorCode
from records import WRITINGS, compare
from run import FailedError, Row, Telling

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads(
    (ROOT / "generated" / "ncloud_datastream_api" / "openapi.json").read_text(encoding="utf-8")
)
ROWS = run.rows()
TRUE = f"{sys.executable} -c pass"
FALSE = f"{sys.executable} -c exit(3)"
STORY = f"{sys.executable} scenario.py"
ROW = Row(
    language="Nothing",
    generator="nothing 1.0",
    folder=".",
    needs=[sys.executable],
    generate=TRUE,
    compile=TRUE,
    vectors=TRUE,
    scenario=STORY,
    signer="rows.toml",
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[IO[str]]:
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        yield log


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Telling:
    with (tmp_path_factory.mktemp("log") / "log").open("w", encoding="utf-8") as log:
        return run.reference(log)


# --- the story -----------------------------------------------------------------------------------


def test_story_tells_every_operation_on_both_hosts(python: Telling) -> None:
    operations = {
        operation["operationId"]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    assert len(operations) == 19
    assert {call.operation for call in python.calls} == operations
    assert all(call.signature_valid for call in python.calls)


def test_story_has_what_is_hard(python: Telling) -> None:
    assert parse_qs(python.calls[5].target.partition("?")[2]) == {
        "sortBy": ["topicName"],
        "descending": ["false"],
        "searchText": ["주문 +50% 할인"],
    }
    ends = [line.split(" ", 2)[2] for line in python.lines]
    assert "ARCHIVING" in ends
    assert "true" in ends
    assert "empty" in ends
    codes = {word for end in ends if end.startswith("error") for word in end.split()}
    assert codes & {code.value for code in ErrorCode}
    assert codes & {code.value for code in GatewayErrorCode}


def test_story_in_words_is_numbered() -> None:
    steps = run.plot()
    assert [int(step.split()[0]) for step in steps] == list(range(1, len(steps) + 1))


def test_story_is_the_same_every_time(python: Telling, log: IO[str]) -> None:
    again = run.reference(log)
    assert compare(python.calls, again.calls).faults == ()
    assert [call.target for call in again.calls] == [call.target for call in python.calls]


def test_story_that_stops_is_a_failure(log: IO[str]) -> None:
    with pytest.raises(FailedError, match="exit status 3"):
        run.tell(FALSE, run.HERE, log)


# --- what a row may do otherwise -----------------------------------------------------------------


def test_other_ending_has_to_be_declared(python: Telling) -> None:
    closed = replace(
        python, lines=[*python.lines[:22], "23 getTopic unreadable", *python.lines[23:]]
    )
    with pytest.raises(FailedError, match="23 getTopic unreadable"):
        run.judge(ROW, python, closed)
    run.judge(replace(ROW, endings={"23": "unreadable"}), python, closed)
    with pytest.raises(FailedError, match="23 getTopic ARCHIVING"):
        run.judge(replace(ROW, endings={"23": "unreadable"}), python, python)


def test_missing_line_is_a_failure(python: Telling) -> None:
    with pytest.raises(FailedError, match="28 lines instead of 29"):
        run.judge(ROW, python, replace(python, lines=python.lines[:-1]))


def test_other_writing_has_to_be_declared(python: Telling) -> None:
    spaces = [replace(call, target=call.target.replace("+", "%20")) for call in python.calls]
    with pytest.raises(FailedError, match="space"):
        run.judge(ROW, python, replace(python, calls=spaces))
    run.judge(replace(ROW, writings=["space"]), python, replace(python, calls=spaces))
    with pytest.raises(FailedError, match="space"):
        run.judge(replace(ROW, writings=["space"]), python, python)


def test_other_call_is_a_failure(python: Telling) -> None:
    stale = replace(python.calls[3], signature_valid=False)
    calls = [*python.calls[:3], stale, *python.calls[4:]]
    with pytest.raises(FailedError, match=r"call 4 \(getTopic\): signature_valid is False"):
        run.judge(ROW, python, replace(python, calls=calls))


def test_one_call_is_held_to_a_hard_query(log: IO[str]) -> None:
    def list_topics(text: str) -> Telling:
        script = f"from ncloud_datastream import *; DataStream().list_topics(search_text={text!r})"
        return run.tell([sys.executable, "-c", script], run.HERE, log)

    run.judge_one_call(list_topics(run.SEARCH_TEXT))
    with pytest.raises(FailedError, match="searchText=other"):
        run.judge_one_call(list_topics("other"))
    with pytest.raises(FailedError, match="instead of listTopics once"):
        run.judge_one_call(Telling([], []))


# --- the table -----------------------------------------------------------------------------------


def test_green_row(python: Telling, log: IO[str]) -> None:
    found = run.cells(ROW, python, log)
    assert found[:-1] == ["nothing 1.0", "ok", "ok", "ok", "ok"]
    assert run.is_green([*found[:-1], "60"])
    assert not run.is_green([*found[:-1], "61"])


def test_row_that_only_compiles(python: Telling, log: IO[str]) -> None:
    found = run.cells(replace(ROW, vectors=None, scenario=None), python, log)
    assert found[:-1] == ["nothing 1.0", "ok", "ok", "-", "-"]
    assert run.is_green([*found[:-1], "60"])


def test_row_of_a_signer_alone(log: IO[str], python: Telling) -> None:
    script = Path(log.name).with_name("call.py")
    script.write_text(
        "from ncloud_datastream import *\n"
        f"DataStream().list_topics(search_text={run.SEARCH_TEXT!r})\n",
        encoding="utf-8",
    )
    row = replace(ROW, scenario=None, call=f"{sys.executable} {script}")
    found = run.cells(row, python, log)
    assert found[:-1] == ["nothing 1.0", "ok", "ok", "ok", "one call"]
    assert run.is_green([*found[:-1], "60"])
    assert run.cells(replace(row, call=TRUE), python, log)[4] == "FAILED"


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("generate", ["FAILED", "", "", ""]),
        ("compile", ["ok", "FAILED", "", ""]),
        ("vectors", ["ok", "ok", "FAILED", ""]),
        ("scenario", ["ok", "ok", "ok", "FAILED"]),
    ],
)
def test_failure_ends_a_row(name: str, cells: Sequence[str], python: Telling, log: IO[str]) -> None:
    found = run.cells(replace(ROW, **{name: FALSE}), python, log)
    assert found[1:-1] == cells
    assert not run.is_green(found)
    log.seek(0)
    assert "exit status 3" in log.read()


def test_command_that_is_not_there_is_a_failure(python: Telling, log: IO[str]) -> None:
    assert run.cells(replace(ROW, generate="./no-such-script"), python, log)[1] == "FAILED"


def test_command_that_takes_too_long_is_ended_with_what_it_started(
    monkeypatch: pytest.MonkeyPatch, python: Telling, log: IO[str]
) -> None:
    monkeypatch.setattr(run, "_LONGEST", 0.2)
    # The child of the shell holds the pipe open: to end the shell alone would wait for it.
    script = Path(log.name).with_name("slow.sh")
    script.write_text("sleep 3600\ntrue\n")
    assert run.cells(replace(ROW, generate=f"sh {script}"), python, log)[1] == "FAILED"
    log.seek(0)
    assert "took longer" in log.read()


def test_missing_toolchain_is_named(python: Telling, log: IO[str]) -> None:
    found = run.cells(replace(ROW, needs=["no-such-compiler", sys.executable]), python, log)
    assert found[1:-1] == ["no-such-compiler missing", "", "", ""]
    assert not run.is_green(found)
    log.seek(0)
    assert log.read() == "no-such-compiler missing\n"


def test_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
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
    assert run.main(["Klingon"]) == 2
    assert "There is no klingon: nothing, other." in capsys.readouterr().err
    assert "exit status 3" in (tmp_path / "other-nothing.log").read_text()


def test_python_that_fails_ends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "LOGS", tmp_path)
    monkeypatch.setattr(run, "plot", lambda: ["1 getTopicPrefix other-"])
    assert run.main([]) == 1
    assert "instead of '1 getTopicPrefix other-'" in capsys.readouterr().err


# --- the languages -------------------------------------------------------------------------------


def test_languages() -> None:
    assert {"TypeScript", "Go"} <= {row.language for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.generator)
class TestRow:
    def test_signer_is_short(self, row: Row) -> None:
        assert 10 < row.lines_of_glue <= 60

    def test_signer_reproduces_the_vectors(self, row: Row) -> None:
        assert row.vectors is not None

    def test_generator_has_its_version(self, row: Row) -> None:
        if row.call:
            pytest.skip("no generator, a signer alone")
        version = row.generator.split()[1]
        script = (row.path / row.generate.split()[0]).read_text(encoding="utf-8")
        assert version in script

    def test_story_is_told_somewhere(self, row: Row) -> None:
        assert any(other.scenario for other in ROWS if other.language == row.language)

    def test_what_differs_is_in_the_readme(self, row: Row) -> None:
        if row.call:
            pytest.skip("no generator, a signer alone")
        folder = run.HERE / row.folder.split("/")[0]
        text = (folder / "README.md").read_text(encoding="utf-8")
        for needed in ("Message host", "Open enums", *row.generator.split()[1:]):
            assert needed.lower() in text.lower()
        assert set(row.writings) <= set(WRITINGS)
        for number in row.endings:
            assert f"step {number}" in text.lower()


def test_the_signer_for_fetch_imports_nothing() -> None:
    text = (run.HERE / "typescript" / "signed-fetch.ts").read_text(encoding="utf-8")
    assert "import " not in text
    assert "node:" not in text


# --- what can be copied --------------------------------------------------------------------------

FILES = [
    path
    for path in sorted(run.HERE.rglob("*"))
    if path.is_file() and not {"node_modules", "generated", "build"} & set(path.parts)
    if path.suffix != ".log" and not {"__pycache__", "Cargo.lock"} & set(path.parts)
]
# In parts, as this file may name none either.
REGISTRIES = re.compile(
    "|".join(
        r"\.".join(parts)
        for parts in (
            ("registry", ""),
            ("crates", "io"),
            ("repo", "maven"),
            ("repo1", "maven"),
            ("proxy", "golang"),
            ("pypi", "org"),
            ("files", "pythonhosted"),
        )
    )
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(run.HERE)))
def test_no_file_names_the_host_of_a_registry(path: Path) -> None:
    assert not REGISTRIES.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", ["typescript", "generators"])
def test_npm_packages_have_what_a_copy_needs(folder: str) -> None:
    package = json.loads((run.HERE / folder / "package.json").read_text(encoding="utf-8"))
    assert package["license"] == "MIT"
    assert package["description"]
    assert package["private"]
    lock = json.loads((run.HERE / folder / "package-lock.json").read_text(encoding="utf-8"))
    assert not any("resolved" in each for each in lock["packages"].values())
    for kind in ("dependencies", "devDependencies"):
        assert lock["packages"][""].get(kind) == package.get(kind)


def test_crate_has_what_a_copy_needs() -> None:
    crate = tomllib.loads((run.HERE / "rust" / "Cargo.toml").read_text(encoding="utf-8"))
    assert crate["package"]["license"] == "MIT"
    assert crate["package"]["description"]
    versions = [
        value if isinstance(value, str) else value.get("version")
        for value in crate["dependencies"].values()
    ]
    # An exact version clashes with any other part of a program that asks for another one.
    assert not [version for version in versions if version and version.startswith("=")]


@pytest.mark.parametrize("folder", ["java", "okhttp"])
def test_maven_projects_have_what_a_copy_needs(folder: str) -> None:
    text = (run.HERE / folder / "pom.xml").read_text(encoding="utf-8")
    for tag in ("name", "description", "licenses"):
        assert f"  <{tag}>" in text.partition("<properties>")[0]
