"""Whatever goes wrong is told in one line and leaves the package as it was."""

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
from regenerate import DOCUMENT, files, main, regenerate

Node = dict[str, Any]
NAMES = [edit["name"] for edit in tomllib.loads(edits.EDITS.read_text("utf-8"))["edit"]]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A package that must stay as it is."""
    output = tmp_path / "out" / "client"
    output.mkdir(parents=True)
    (output / "precious.py").write_text("kept = True\n", "utf-8")
    return output


@pytest.fixture
def refused(output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Regenerate from a text, and return the one line that says why it was not done."""

    def refused(text: str | None = None, document: Path = DOCUMENT) -> str:
        if text is not None:
            document = tmp_path / "broken.yaml"
            document.write_text(text, "utf-8")
        before = files(output)
        assert main(["--document", str(document), "--output", str(output)]) == 1
        assert files(output) == before
        assert [path.name for path in output.parent.iterdir()] == [output.name]
        printed = capsys.readouterr()
        assert printed.out == ""
        return printed.err

    return refused


def small(**changes: Any) -> Node:
    """A small document with one operation."""
    operation: Node = {
        "operationId": "getTopic",
        "tags": ["Topic"],
        "parameters": [
            {"name": "topicId", "in": "path", "required": True, "schema": {"type": "string"}}
        ],
        "responses": {"200": {"description": "Done."}},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Small", "version": "1"},
        "servers": [{"url": "https://a.invalid", "x-server-name": "a"}],
        "paths": {"/topics/{topicId}": {"get": operation | changes}},
    }


def without(node: Node, *keys: str) -> Node:
    return {key: value for key, value in node.items() if key not in keys}


def enum(*meanings: str) -> Node:
    schema = {"type": "string", "enum": ["A", "B"], "x-enum-descriptions": meanings}
    return small() | {"components": {"schemas": {"Letter": schema}}}


def with_body(schema: Node, content_type: str = "application/json") -> Node:
    return small(requestBody={"required": True, "content": {content_type: {"schema": schema}}})


def twice() -> Node:
    whole = small()
    whole["paths"]["/other/{topicId}"] = whole["paths"]["/topics/{topicId}"]
    return whole


BROKEN: list[tuple[str | Node, str]] = [
    ("paths: [", "broken.yaml, line 2: did not find expected node content"),
    ("paths:\n  a: 1\n  a: 2\n", "broken.yaml, line 3: duplicate key 'a'"),
    ("just a text", "broken.yaml: not an OpenAPI document"),
    ("a: &x [*x]", "broken.yaml: Circular reference detected"),
    ("\x01", "broken.yaml: unacceptable character"),
    (without(small(), "info"), "the document: 1 validation error for OpenAPI info Field required"),
    (small(operationId=None), "paths./topics/{topicId}.get: the operation has no operationId"),
    (twice(), "two operations are named get_topic"),
    (
        small(responses={"404": {"description": "No."}}),
        "paths./topics/{topicId}.get.responses: no 2xx response",
    ),
    (small(responses={"200": {"$ref": "#/components/responses/x"}}), "responses/x does not exist"),
    (without(small(), "servers"), "paths./topics/{topicId}.get: the operation has no server"),
    (small() | {"servers": [{"url": "https://a.invalid"}]}, "has no x-server-name"),
    (small(servers=[{"url": "https://b.invalid", "x-server-name": "a"}]), "two servers are"),
    (with_body({"type": "object"}, "application/xml"), "cannot be parsed into fields"),
    (enum("only one"), "Letter.x-enum-descriptions: its length differs"),
    (
        with_body({"type": "object", "properties": {"topicId": {"type": "string"}}}),
        "requestBody: two arguments are named topic_id",
    ),
]


@pytest.mark.parametrize(("whole", "line"), BROKEN, ids=[line for _, line in BROKEN])
def test_a_broken_document_is_refused(
    refused: Callable[..., str], whole: str | Node, line: str
) -> None:
    text = whole if isinstance(whole, str) else json.dumps(whole)
    assert line in refused(text)


def test_every_reason_is_a_line_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "api.json"
    document.write_text(json.dumps(small(operationId="get topic", tags=["a\nb"])), "utf-8")
    assert main(["--document", str(document), "--output", str(tmp_path / "out")]) == 1
    where = "nothing regenerated: api.json: paths./topics/{topicId}.get"
    assert capsys.readouterr().err.splitlines() == [
        f"{where}.operationId: 'get topic' is not a valid operationId: use letters, digits, _, . "
        "and -, a letter first",
        f"{where}.tags[0]: 'a\\nb' is not a valid tag: use letters, digits, spaces, _, . and -",
    ]
    assert not (tmp_path / "out").exists()


def test_no_line_obeys_a_document() -> None:
    assert str(RegenerationError("a \x1b[2J\u202e \x85b")) == "a \\x1b[2J\\u202e b"


def test_a_missing_document_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "No such file" in refused(document=tmp_path / "none.yaml")


def test_a_long_reason_is_one_short_line() -> None:
    assert str(RegenerationError("a\n b\n" * 200)) == ("a b " * 200)[:297] + "..."


@pytest.mark.parametrize("text", ["no", "on", "2025-05-22", "2025-05-22T10:25:19Z"])
def test_yaml_is_read_as_other_tools_for_openapi_read_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(f"paths: {{}}\na: [{text}, true]\n200: x\n", "utf-8")
    assert Document.read(tmp_path / "a.yaml").whole == {"paths": {}, "a": [text, True], "200": "x"}


@pytest.fixture
def upstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Upstream's templates, free to be changed."""
    monkeypatch.setattr(edits, "UPSTREAM", shutil.copytree(edits.UPSTREAM, tmp_path / "upstream"))
    return edits.UPSTREAM


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [0, 2])
def test_a_moved_place_is_named(
    refused: Callable[..., str], upstream: Path, name: str, count: int
) -> None:
    (edit,) = (
        edit
        for edit in tomllib.loads(edits.EDITS.read_text("utf-8"))["edit"]
        if edit["name"] == name
    )
    template = upstream / edit["template"]
    text = template.read_text("utf-8")
    template.write_text(text.replace(edit["old"], edit["old"] * count), "utf-8")
    line = refused()
    assert f"edit {name!r}: its text occurs {count} times in {edit['template']}" in line


def test_a_template_of_ours_that_replaces_nothing_is_named(
    refused: Callable[..., str], upstream: Path
) -> None:
    (upstream / "str_enum.py.jinja").unlink()
    assert "our template str_enum.py.jinja does not override an upstream template" in refused()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x: int = 'text'", "enums.py:5: error: Incompatible types in assignment"),
        ("def untyped(): ...", "enums.py:7: error: Function is missing a return type annotation"),
        ("print(undefined)", 'enums.py:5: error: Name "undefined" is not defined'),
        ("raise RuntimeError('at import')", "RuntimeError: at import"),
        ("def broken(:", "enums.py"),
        ("{{ undefined.attribute }}", "UndefinedError: 'undefined' is undefined"),
    ],
)
def test_code_that_cannot_be_used_is_refused(
    refused: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    reason: str,
) -> None:
    monkeypatch.setattr(edits, "OURS", shutil.copytree(edits.OURS, tmp_path / "ours"))
    (tmp_path / "ours" / "enums.py.jinja").write_text(f"A = 1\n{line}\n", "utf-8")
    assert reason in refused(json.dumps(small()))


def test_another_version_of_a_tool_is_refused(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "version", lambda tool: "0.0.1")
    assert "openapi-python-client 0.0.1 is installed, 0." in refused()


def test_without_ruff_nothing_is_made(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert "ruff was not found beside" in refused(json.dumps(small()))


def test_a_failed_swap_puts_the_old_package_back(
    refused: Callable[..., str], output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("the disk is gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    assert "the disk is gone" in refused(json.dumps(small()))
    shutil.rmtree(output)
    with pytest.raises(OSError, match="the disk is gone"):
        regenerate(output.parent.parent / "broken.yaml", output)
    assert not output.exists()
