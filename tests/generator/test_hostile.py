"""No text of a document becomes code: it is rejected, or it remains a text."""

import ast
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from documents import Document
from generator.hostile import CALL, DOCUMENT, PAYLOADS, SLOTS, Slot, filled, slots
from jinja2 import Environment
from refusals import refusals
from regenerate import regenerate, render

BATCHES = 8


def whole(text: Callable[[Slot], str] = str) -> Document:
    return Document(filled(DOCUMENT, text))


def hostile(slot: Slot, payload: str) -> str:
    """Return the payload for a place: alone, or after or before the original text."""
    return (payload, f"{slot}{payload}", f"{payload}{slot}")[
        (SLOTS.index(slot) + PAYLOADS.index(payload)) % 3
    ]


class Blank(ast.NodeTransformer):
    """Removes the texts from a syntax tree, so that only its structure remains."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node


def shapes(package: Path) -> dict[str, str]:
    """Return the code of each module, without its texts."""
    return {
        path.relative_to(package).as_posix(): ast.dump(
            Blank().visit(ast.parse(path.read_text("utf-8")))
        )
        for path in package.rglob("*.py")
    }


@pytest.fixture(scope="module", autouse=True)
def compiled_once() -> Iterator[None]:
    """Compile each template once, since that takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", functools.cache(Environment.compile))
        # All environments are equal, so a cached template can be used in any.
        patch.setattr(Environment, "__hash__", lambda self: 0)
        patch.setattr(Environment, "__eq__", lambda self, other: True)
        yield


@pytest.fixture(scope="session")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The code generated from the harmless document."""
    assert refusals(whole()) == []
    package = tmp_path_factory.mktemp("harmless") / "client"
    render(whole(), package)
    return shapes(package)


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that exists once a hostile text has been executed."""
    canary = tmp_path / "canary"
    monkeypatch.setenv("CANARY", str(canary))
    return canary


def accepting(payload: str) -> set[Slot]:
    """Return the places that accept the payload; all others are named in a refusal."""
    places = set(SLOTS)

    def text(slot: Slot) -> str:
        return hostile(slot, payload) if slot in places else str(slot)

    while found := refusals(whole(text)):
        named_places = dict(map(reversed, slots(DOCUMENT, text)))
        for refusal in found:
            assert str(refusal).isprintable()
            assert CALL not in str(refusal)
        # An invalid status also leaves an operation without one, which is reported above it.
        named = {named_places[refusal.place] for refusal in found if refusal.place in named_places}
        assert named
        places -= named
    return places


def with_payload(payload: str, places: set[Slot]) -> Document:
    return whole(lambda slot: hostile(slot, payload) if slot in places else str(slot))


def test_there_are_thousands_of_combinations() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS)
    assert len(set(SLOTS)) == len(SLOTS)
    assert len(SLOTS) * len(PAYLOADS) >= 4096


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_text_becomes_code(
    batch: int, harmless: dict[str, str], canary: Path, tmp_path: Path
) -> None:
    for number, payload in enumerate(PAYLOADS[batch::BATCHES]):
        places = accepting(payload)
        document = with_payload(payload, places)
        package = tmp_path / str(number)
        render(document, package)
        assert shapes(package) == harmless
        assert json.loads((package / "openapi.json").read_text("utf-8")) == document.whole
        # Descriptions can contain anything that UTF-8 can encode.
        prose = {slot for slot in SLOTS if " " in slot and slot.endswith(".")}
        assert prose <= places or "\ud800" in payload
    assert not canary.exists()


def test_nothing_runs_when_the_code_is_checked_and_imported(canary: Path, tmp_path: Path) -> None:
    payload = next(each for each in PAYLOADS if each.startswith('"""'))
    document = with_payload(payload, accepting(payload)).whole
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")
    assert regenerate(tmp_path / "openapi.json", tmp_path / "client")
    assert not canary.exists()


def test_the_payload_leaves_a_file(canary: Path) -> None:
    exec(CALL)
    assert canary.exists()
