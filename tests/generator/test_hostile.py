"""No text of a document ever becomes code: it is refused, or it stays a text."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documents import Document
from generator.hostile import CALL, DOCUMENT, PAYLOADS, SLOTS, Slot, filled
from refusals import refusals
from regenerate import regenerate, render

BATCHES = 8


def whole(text: Callable[[Slot], str] = str) -> Document:
    return Document(filled(DOCUMENT, text))


def hostile(slot: Slot, payload: str) -> str:
    """The payload in a place: alone, behind or before what stands there."""
    return (payload, f"{slot}{payload}", f"{payload}{slot}")[
        (SLOTS.index(slot) + PAYLOADS.index(payload)) % 3
    ]


class Blank(ast.NodeTransformer):
    """Takes the texts out of a syntax tree, so that its shape is left."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node


def shapes(package: Path) -> dict[str, str]:
    """The code of each module, without its texts."""
    return {
        path.relative_to(package).as_posix(): ast.dump(
            Blank().visit(ast.parse(path.read_text("utf-8")))
        )
        for path in package.rglob("*.py")
    }


@pytest.fixture(scope="session")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The code of the document without anything hostile in it."""
    assert refusals(whole()) == []
    package = tmp_path_factory.mktemp("harmless") / "client"
    render(whole(), package)
    return shapes(package)


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once a hostile text has run."""
    canary = tmp_path / "canary"
    monkeypatch.setenv("CANARY", str(canary))
    return canary


def refused(slot: Slot, payload: str) -> bool:
    """Whether the payload may not stand in the place; the refusal is one line that names it."""
    found = refusals(whole(lambda other: hostile(slot, payload) if other is slot else str(other)))
    for refusal in found:
        assert refusal.place
        assert refusal.remedy
        assert str(refusal).isprintable()
        assert CALL not in str(refusal)
    return bool(found)


def test_the_texts_are_many() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS)
    assert len(set(SLOTS)) == len(SLOTS)
    assert len(SLOTS) * len(PAYLOADS) >= 4096


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_text_becomes_code(
    batch: int, harmless: dict[str, str], canary: Path, tmp_path: Path
) -> None:
    for number, payload in enumerate(PAYLOADS[batch::BATCHES]):
        kept = {slot for slot in SLOTS if not refused(slot, payload)}
        document = whole(lambda slot: hostile(slot, payload) if slot in kept else str(slot))
        package = tmp_path / str(number)
        render(document, package)
        assert shapes(package) == harmless
        assert json.loads((package / "openapi.json").read_text("utf-8")) == document.whole
    assert not canary.exists()
