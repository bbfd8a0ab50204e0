"""The house is as CONTRIBUTING.md draws it: rooms, arrows, and nobody in another's drawers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "ncloud_datastream"
SIGNING = ROOT / "signing" / PACKAGE
USERS = [
    *sorted((ROOT / "cli" / "ncloud_datastream_cli").rglob("*.py")),
    *sorted((ROOT / "emulator" / "ncloud_datastream_emulator").rglob("*.py")),
]
PUBLIC = {
    "auth", "client", "codes", "credentials", "document", "errors", "kafka", "logging", "retry",
    "sending", "signature",
}  # fmt: skip
"""What the command line and the emulator may import: what users can."""
DOCUMENTED = {"_replace", "_fields", "_asdict", "_make", "_PARTITION_EOF", "_unregister_task"}
"""Names with an underscore that are documented: of named tuples, confluent-kafka and asyncio."""


class Import(NamedTuple):
    """A name that a module imports."""

    module: str
    """Where from, in full."""
    name: str
    """What: a name in the module, or the module itself."""
    line: int


def module_of(path: Path, folder: Path = SIGNING) -> str:
    """The dotted name of a file."""
    parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, module: str, text: str | None = None) -> Iterator[Import]:
    """All that a file imports, also in functions and for type checkers."""
    for node in ast.walk(ast.parse(path.read_text("utf-8") if text is None else text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".") if path.stem == "__init__" else module.split(".")[:-1]
                above = package[: len(package) - node.level + 1]
                base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                yield Import(base, alias.name, node.lineno)


MODULES = {module_of(path): path for path in sorted(SIGNING.rglob("*.py"))}


def ours(found: Import) -> str | None:
    """The module of ours that is imported, if it is one."""
    submodule = f"{found.module}.{found.name}"
    if submodule in MODULES:
        return submodule
    return found.module if found.module in MODULES else None


def room_of(module: str) -> str:
    """The room of a module: its folder, or for those at the root itself."""
    return module.split(".")[1] if "." in module else PACKAGE


def drawing() -> dict[str, set[str]]:
    """The arrows that CONTRIBUTING.md draws: a line a room, with the rooms that it may use."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    block = re.search(r"^```text rooms\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    drawn = {}
    for line in block[1].splitlines():
        room, _, used = line.partition("->")
        drawn[room.strip()] = set(used.split())
    return drawn


DRAWN = drawing()


def arrows(module: str) -> Iterator[tuple[str, Import]]:
    """The modules of ours that one uses."""
    for found in imports(MODULES[module], module):
        target = ours(found)
        if target is not None and target != module:
            yield target, found


def circle(edges: dict[str, set[str]]) -> list[str]:
    """A way that leads back to where it began, or nothing."""
    done: set[str] = set()

    def walk(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        for following in sorted(edges.get(node, ())):
            if found := walk(following, [*way, node]):
                return found
        done.add(node)
        return []

    return next(filter(None, (walk(node, []) for node in sorted(edges))), [])


def private_names(text: str) -> Iterator[str]:
    """The private names of another's module or object that a text uses.

    A name of one's own begins at `self`, `cls`, or a name that this module itself defines.
    """
    tree = ast.parse(text)
    own = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
        and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            own.add(node.target.id)
        elif isinstance(node, ast.Assign):
            own.update(target.id for target in node.targets if isinstance(target, ast.Name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            yield f"line {node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom):
            parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            private = [part for part in parts if is_private(part) and part != "_version"]
            yield from (f"line {node.lineno}: {each}" for each in private)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if any(map(is_private, alias.name.split("."))):
                    yield f"line {node.lineno}: {alias.name}"
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("getattr", "setattr", "hasattr", "delattr")
            and len(node.args) > 1
            and isinstance(node.args[1], ast.Constant)
            and is_private(str(node.args[1].value))
            and node.args[1].value not in own
        ):
            yield f"line {node.lineno}: {node.args[1].value}"


def is_private(name: str) -> bool:
    """Is this a name with one underscore before it?"""
    return name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def test_the_drawing_shows_every_room_and_no_other() -> None:
    assert set(DRAWN) == {room_of(module) for module in MODULES} - {PACKAGE, "_version"}


def test_the_root_holds_what_a_user_can_name() -> None:
    assert {path.stem for path in SIGNING.glob("*.py")} <= PUBLIC | {
        "__init__",
        "__main__",
        "_version",
        "waiters",
    }


def test_the_arrows_of_the_drawing_run_one_way() -> None:
    assert circle(DRAWN) == []


@pytest.mark.parametrize("module", [each for each in MODULES if each != PACKAGE])
def test_a_module_uses_the_rooms_that_its_own_may(module: str) -> None:
    room = room_of(module)
    allowed = DRAWN.get(room, set()) | {room, "_version"}
    for target, found in arrows(module):
        assert room_of(target) in allowed, f"{module}:{found.line} uses {target}"
        if room_of(target) not in (room, "_version"):
            assert not is_private(found.name), f"{module}:{found.line} uses {found.name}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    edges = {
        module: {target for target, _ in arrows(module)} for module in MODULES if module != PACKAGE
    }
    assert circle(edges) == []


@pytest.mark.parametrize("path", [*MODULES.values(), *USERS], ids=lambda path: module_id(path))
def test_a_module_uses_no_private_name_of_anothers(path: Path) -> None:
    assert list(private_names(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", USERS, ids=lambda path: module_id(path))
def test_the_command_line_and_the_emulator_import_what_users_can(path: Path) -> None:
    for found in imports(path, path.stem):
        if found.module.split(".")[0] == PACKAGE:
            assert found.module == PACKAGE or room_of(found.module) in PUBLIC, found


def module_id(path: Path) -> str:
    """A short name for a file."""
    return "/".join(path.parts[-2:])


@pytest.mark.parametrize(
    "line",
    [
        "import httpx\nhttpx.Client()._transport",
        "def f(client):\n    client._pool.close()",
        "from httpcore._sync import connection",
        "import anyio._core",
        "import uvicorn\ngetattr(uvicorn.Server, '_serve')",
        "from ncloud_datastream_api.api.message import send_message\nsend_message._get_kwargs()",
    ],
)
def test_a_private_name_would_be_found(line: str) -> None:
    assert len(list(private_names(line))) == 1


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}}, ["a", "b", "c", "a"]),
        ({"a": {"b", "c"}, "b": {"c"}}, []),
    ],
)
def test_a_circle_would_be_found(edges: dict[str, set[str]], found: list[str]) -> None:
    assert circle(edges) == found


def test_an_import_would_be_found_wherever_it_stands() -> None:
    text = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from .wire import Wire\n"
    text += "def f():\n    from ..sending import start\n    from . import log\n"
    path = SIGNING / "wire" / "pool.py"
    assert [ours(each) for each in imports(path, f"{PACKAGE}.wire.pool", text)] == [
        f"{PACKAGE}.wire.wire",
        f"{PACKAGE}.sending.start",
        f"{PACKAGE}.wire.log",
    ]
