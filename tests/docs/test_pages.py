"""Every Python block of every page runs as it stands, and prints what the page says."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs.blocks import Block, python_blocks
from ncloud_datastream import DataStream
from ncloud_datastream_emulator import Emulator

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TUTORIAL = ROOT / "docs" / "tutorial.md"  # its blocks follow from each other
MADE = {"../rest/index.html"}  # what the site's build puts there
BLOCKS = [
    block
    for page in PAGES
    if page.suffixes == [".md"] and page != TUTORIAL  # translations have the same, as a test says
    for block in python_blocks(page)
]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Lead `DataStream()` to an emulator, as the environment of a user leads to NCP."""
    with Emulator(prefix="h4j6l-") as emulator:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", emulator.credentials.access_key)
        monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", emulator.credentials.secret_key)
        monkeypatch.setenv("NCLOUD_DATASTREAM_MANAGEMENT_URL", emulator.url)
        monkeypatch.setenv("NCLOUD_DATASTREAM_MESSAGE_URL", emulator.url)
        monkeypatch.chdir(tmp_path)
        # What the pages take for granted: a topic, and a file of lines to send to it.
        with DataStream() as ds:
            ds.wait_for_topic(ds.create_topic(name="h4j6l-lines").topic_id)
        Path("lines.txt").write_text("one\ntwo\n")
        yield
        for name in ("ncloud_datastream", "ncloud_datastream.wire", "ncloud_datastream.wire.body"):
            logging.getLogger(name).setLevel(logging.NOTSET)  # a page sets it


@pytest.mark.parametrize("block", BLOCKS, ids=str)
@pytest.mark.usefixtures("account")
def test_block_runs(block: Block, capsys: pytest.CaptureFixture[str]) -> None:
    run(block, capsys)


@pytest.mark.usefixtures("account")
def test_tutorial_runs_from_its_beginning_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
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


def test_there_are_blocks() -> None:
    assert len(BLOCKS) >= 7


def test_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z0-9-]+)", page.read_text())) <= targets, page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        if target not in MADE:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("language", ["ko", "ja"])
def test_translations_show_the_same_blocks(language: str) -> None:
    fence = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
    original = (ROOT / "README.md").read_text(encoding="utf-8")
    translation = (ROOT / f"README.{language}.md").read_text(encoding="utf-8")
    assert fence.findall(translation) == fence.findall(original)
    assert translation.count("\n## ") == original.count("\n## ")


def test_what_a_page_shows_of_examples_is_there() -> None:
    """What only a server runs is marked ``py``; tests of the examples run it."""
    examples = [path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.py")]
    page = (ROOT / "docs" / "howto" / "processes.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```py\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(shown) == 2
    for code in shown:
        assert any(code.rstrip() in example for example in examples), code
