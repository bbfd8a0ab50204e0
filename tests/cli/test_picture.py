"""The picture of the command line in the documentation shows what the commands print."""

import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
from support.modules import load_module

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def picture() -> ModuleType:
    return load_module(DOCS / "picture.py")


def shown(svg: str) -> list[str]:
    """The lines of a picture, with numbers masked: counts, rates and times differ by run."""
    lines: dict[float, str] = {}
    for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        if "y" in each.attrib and each.attrib.get("clip-path"):
            y = float(each.attrib["y"])
            lines[y] = lines.get(y, "") + (each.text or "").replace("\xa0", " ")
    return [re.sub(r"\d[\d,.:]*", "N", line) for line in lines.values()]


def test_the_picture_is_what_the_commands_print_now(picture: ModuleType) -> None:
    svg = picture.picture(picture.session(lines=50))
    assert shown(svg) == shown(picture.PICTURE.read_text("utf-8"))
    assert "h4j6l-orders" in " ".join(picture.COMMANDS)


def test_the_picture_loads_nothing_from_elsewhere(picture: ModuleType) -> None:
    text = picture.PICTURE.read_text("utf-8")
    assert set(re.findall(r"https?://[^\"]*", text)) == {"http://www.w3.org/2000/svg"}
    assert "@font-face" not in text
    assert "../assets/cli.svg" in (DOCS / "howto" / "shell.md").read_text("utf-8")
