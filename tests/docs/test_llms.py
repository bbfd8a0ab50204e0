"""`llms.txt`: each page of the site with a line of its own, and as Markdown."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CONFIG = (ROOT / "mkdocs.yml").read_text("utf-8")
NAV: list[Any] = yaml.safe_load(CONFIG)["nav"]


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def pages(hooks: ModuleType) -> dict[str, str]:
    named = re.findall(r": ([\w/]+\.md)$", CONFIG, re.MULTILINE)
    sources = {path: ROOT / hooks.PAGES.get(path, f"docs/{path}") for path in named}
    return {path: source.read_text("utf-8") for path, source in sources.items()}


def test_each_page_has_its_line(hooks: ModuleType) -> None:
    texts = pages(hooks)
    made = hooks.llms("ncloud-datastream", "A client", NAV, texts)
    assert made.startswith("# ncloud-datastream\n\n> A client\n\n- [Start](index.md): ")
    lines = re.findall(r"^- \[.+?\]\((.+?)\): \S.{10,}$", made, re.MULTILINE)
    assert lines == list(texts)
    assert re.findall(r"^## (.*)$", made, re.MULTILINE) == ["How to", "Reference", "Project"]


def test_a_line_is_the_first_sentence(hooks: ModuleType) -> None:
    texts = {"a.md": "# A\n\n```sh\nno\n```\n\nSee [B](b.md) for\nall. More.\n", "b.md": "# B\n"}
    made = hooks.llms("x", "y", [{"A": "a.md"}, {"More": [{"B": "b.md"}]}], texts)
    assert made == "# x\n\n> y\n\n- [A](a.md): See B for all.\n\n## More\n\n- [B](b.md)\n"
