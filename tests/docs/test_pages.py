"""Every Python block of every page runs unchanged and prints the output that the page shows."""

import ast
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from docs.blocks import Block, python_blocks
from ncloud_datastream import DataStream
from ncloud_datastream_emulator import Emulator

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TUTORIAL = ROOT / "docs" / "tutorial.md"  # its blocks build on each other
WRITTEN_BY_THE_BUILD = {"../rest/index.html"}
TRANSLATED = {ROOT / "docs" / "ko", ROOT / "docs" / "ja"}
BLOCKS = [
    block
    for page in PAGES
    # Translations have the same blocks, which has a test of its own.
    if page.suffixes == [".md"] and page != TUTORIAL and page.parent not in TRANSLATED
    for block in python_blocks(page)
]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(prefix="h4j6l-") as emulator:
        yield emulator


@pytest.fixture
def account(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Point `DataStream()` to an emulator through the environment."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with DataStream(emulator.credentials, transport=emulator.transport()) as ds:
        # The pages assume a topic, and a file of lines to send to it.
        ds.wait_for_topic(ds.create_topic(name="h4j6l-lines").topic_id)
        Path("lines.txt").write_text("one\ntwo\n")
        yield
        for topic in ds.list_topics():
            ds.delete_topic(topic.topic_id)
    for name in ("ncloud_datastream", "ncloud_datastream.wire", "ncloud_datastream.wire.body"):
        logging.getLogger(name).setLevel(logging.NOTSET)  # pages set it


@pytest.mark.parametrize("block", BLOCKS, ids=str)
@pytest.mark.usefixtures("account")
def test_a_block_runs_and_prints_what_its_page_shows(
    block: Block, capsys: pytest.CaptureFixture[str]
) -> None:
    run(block, capsys)


@pytest.mark.usefixtures("account")
def test_the_blocks_of_the_tutorial_run_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    for block in python_blocks(TUTORIAL):
        run(block, capsys)


def run(block: Block, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    # The line numbers of a failure are those of the page.
    code = compile("\n" * block.line + block.code, block.page, "exec")
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(code, names)
    for name, value in names.items():
        if name.startswith("test_"):
            value()
    if block.output is not None:
        assert capsys.readouterr().out == block.output


def test_python_and_server_blocks_are_found_and_compile() -> None:
    assert len(BLOCKS) > 20
    for page in PAGES:
        for code in re.findall(
            r"^```py\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        ):
            compile(code, page.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_make_targets_that_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z0-9-]+)", page.read_text())) <= targets, page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_images_of_a_page_resolve(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "![](" not in text, "an image without alternative text"
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        if target not in WRITTEN_BY_THE_BUILD:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("language", ["ko", "ja"])
def test_translations_show_the_same_blocks(language: str) -> None:
    fence = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
    original = (ROOT / "README.md").read_text(encoding="utf-8")
    translation = (ROOT / f"README.{language}.md").read_text(encoding="utf-8")
    assert fence.findall(translation) == fence.findall(original)
    assert translation.count("\n## ") == original.count("\n## ")
    for page in (ROOT / "docs" / language).glob("*.md"):
        (source,) = {*(ROOT / "docs").glob(page.name), *(ROOT / "docs/howto").glob(page.name)}
        assert fence.findall(page.read_text("utf-8")) == fence.findall(source.read_text("utf-8"))


def test_code_shown_from_examples_is_in_the_examples() -> None:
    """Code that needs a server is marked ``py``; tests of the examples run it."""
    examples = [path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.py")]
    page = (ROOT / "docs" / "howto" / "processes.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```py\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(shown) == 2
    for code in shown:
        assert any(code.rstrip() in example for example in examples), code


@pytest.mark.parametrize("name", ["call", "outcomes"])
def test_a_diagram_has_a_title_and_neither_scripts_nor_external_resources(name: str) -> None:
    text = (ROOT / "docs" / "assets" / f"{name}.svg").read_text("utf-8")
    root = ElementTree.fromstring(text)
    assert root.findtext("{http://www.w3.org/2000/svg}title")
    assert not re.search(r"<script|href=|url\((?!#)|@import", text)
    assert "prefers-color-scheme: dark" in text
