"""Every error is reported in one line and leaves the package unchanged."""

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import checks
import edits
import pytest
from documents import Document, RegenerationError
from generator.conftest import response, small
from regenerate import files, main, regenerate

Node = dict[str, Any]
EDITS = tomllib.loads(edits.EDITS.read_text("utf-8"))["edit"]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A package that must not change."""
    output = tmp_path / "out" / "client"
    output.mkdir(parents=True)
    (output / "precious.py").write_text("kept = True\n", "utf-8")
    return output


@pytest.fixture
def refused(
    output: Path, saved: Callable[[Any], Path], capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Regenerate from a document, and return the line that reports the error."""

    def refused(whole: Any, document: Path | None = None) -> str:
        before = files(output)
        document = document or saved(whole)
        assert main(["--document", str(document), "--output", str(output)]) == 1
        assert files(output) == before
        assert [path.name for path in output.parent.iterdir()] == [output.name]
        printed = capsys.readouterr()
        assert printed.out == ""
        return printed.err

    return refused


def without(node: Node, *keys: str) -> Node:
    return {key: value for key, value in node.items() if key not in keys}


LONG = {"type": "object", "properties": {"y" * 250: {"type": "object", "properties": {}}}}
BROKEN: list[tuple[str | Node, str]] = [
    ("paths: [", "api.yaml, line 2: did not find expected node content"),
    ("paths:\n  a: 1\n  a: 2\n", "api.yaml, line 3: duplicate key 'a'"),
    ("just a text", "api.yaml: not an OpenAPI document"),
    ("a: &x [*x]", "api.yaml: Circular reference detected"),
    ("\x01", "api.yaml: unacceptable character"),
    ("paths: {}\n? [a, b]\n: c\n", "api.yaml, line 2: a key is not a single value: use a text"),
    ("paths: {}\na: " + "9" * 4400, "api.yaml: a number has more than 4,300 digits: use a smaller"),
    ('{"paths": ' + "[" * 200_000, "api.yaml: it is nested too deeply: use components"),
    ("paths: " + "[" * 20_000 + "]" * 20_000, "api.yaml: it is nested too deeply: use components"),
    (small() | {"x-a": json.loads("[" * 70 + "]" * 70)}, "it is nested more than 64 levels deep"),
    (small() | {"x-a": 2**63}, "api.yaml: x-a: the number has more than 64 bits: use a smaller"),
    (without(small(), "info"), "api.yaml: info: it is missing, or not a mapping: add info"),
    (small() | {"info": {"title": "a"}}, "api.yaml: info.version: it is missing: add it"),
    (small() | {"tags": 5}, "api.yaml: tags: it is not a valid list: correct it"),
    (small(description=5), "paths./topics/{topicId}.get.description: 5 is not a text: use a text"),
    (
        small(responses={"200": {"description": 5}}),
        "paths./topics/{topicId}.get.responses.200.description: it is not a valid string",
    ),
    (small(operationId="a" * 101), "get.operationId: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    (small(responses={"200": response(LONG)}), "the name of an inline schema is too long"),
    (small(operationId=None), "paths./topics/{topicId}.get: the operation has no operationId"),
    (without(small(), "servers"), "paths./topics/{topicId}.get: the operation has no server"),
]


@pytest.mark.parametrize(("whole", "line"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_document_is_rejected_with_the_reason(
    refused: Callable[..., str], whole: str | Node, line: str
) -> None:
    assert line in refused(whole)


def test_every_reason_is_a_separate_line(
    tmp_path: Path, saved: Callable[[Any], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    document = saved(small(operationId="get topic", tags=["a\nb"]))
    assert main(["--document", str(document), "--output", str(tmp_path / "out")]) == 1
    where = "nothing regenerated: api.yaml: paths./topics/{topicId}.get"
    assert capsys.readouterr().err.splitlines() == [
        f"{where}.operationId: 'get topic' is not a valid operationId: use letters, digits, _, . "
        "and -, a letter first",
        f"{where}.tags[0]: 'a\\nb' is not a valid tag: use letters, digits, spaces, _, . and -",
    ]


def test_an_error_is_one_short_line_without_control_characters() -> None:
    assert str(RegenerationError("a \x1b[2J\u202e \x85b")) == "a \\x1b[2J\\u202e b"
    assert str(RegenerationError("a\n b\n" * 200)) == ("a b " * 200)[:297] + "..."


def test_a_missing_document_is_reported(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "No such file" in refused(None, document=tmp_path / "none.yaml")


def test_yaml_and_json_are_read_as_by_other_openapi_tools(saved: Callable[[Any], Path]) -> None:
    for text in ("no", "on", "2025-05-22", "2025-05-22T10:25:19Z"):
        read = Document.read(saved(f"paths: {{}}\na: [{text}, true]\n200: x\n")).whole
        assert read == {"paths": {}, "a": [text, True], "200": "x"}
    emoji = Document.read(saved('{"paths": {}, "a": "\\ud83d\\ude00"}')).whole
    assert emoji["a"] == "😀"
    with pytest.raises(RegenerationError, match="duplicate key 'a'"):
        Document.read(saved('{"paths": {}, "a": 1, "a": 2}'))


@pytest.fixture
def upstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Upstream's templates, free to be changed."""
    monkeypatch.setattr(edits, "UPSTREAM", shutil.copytree(edits.UPSTREAM, tmp_path / "upstream"))
    return edits.UPSTREAM


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit["name"])
@pytest.mark.parametrize("count", [0, 2])
def test_an_edit_that_no_longer_matches_is_named(
    upstream: Path, edit: dict[str, str], count: int
) -> None:
    template = upstream / edit["template"]
    text = template.read_text("utf-8")
    template.write_text(text.replace(edit["old"], edit["old"] * count), "utf-8")
    with pytest.raises(RegenerationError, match=f"its text occurs {count} times in") as caught:
        edits.templates()
    assert str(caught.value).startswith(f"edit {edit['name']!r}")


def test_a_template_that_overrides_nothing_is_named(
    refused: Callable[..., str], upstream: Path
) -> None:
    (upstream / "str_enum.py.jinja").unlink()
    assert "our template str_enum.py.jinja does not override an upstream template" in refused(
        small()
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x: int = 'text'", "enums.py:5: error: Incompatible types in assignment"),
        ("raise RuntimeError('at import')", "RuntimeError: at import"),
        ("def broken(:", "enums.py"),
        ("{{ undefined.attribute }}", "UndefinedError: 'undefined' is undefined"),
    ],
)
def test_generated_code_that_cannot_be_used_is_reported(
    refused: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    reason: str,
) -> None:
    monkeypatch.setattr(edits, "OURS", shutil.copytree(edits.OURS, tmp_path / "ours"))
    (tmp_path / "ours" / "enums.py.jinja").write_text(f"A = 1\n{line}\n", "utf-8")
    assert reason in refused(small())


def test_another_version_of_a_tool_is_rejected(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "version", lambda tool: "0.0.1")
    assert "openapi-python-client 0.0.1 is installed, 0." in refused(small())


def test_a_missing_ruff_is_reported(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert "ruff was not found beside" in refused(small())


def test_a_failed_replacement_restores_the_old_package(
    refused: Callable[..., str], output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("the disk is gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    monkeypatch.setattr("regenerate.check", lambda package: None)
    assert "the disk is gone" in refused(small())
    shutil.rmtree(output)
    with pytest.raises(OSError, match="the disk is gone"):
        regenerate(output.parent.parent / "api.yaml", output)
    assert not output.exists()
