"""The modules import each other as CONTRIBUTING.md documents, and use no private names."""

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
"""What the command line and the emulator may import, as users can."""
DOCUMENTED = {"_replace", "_fields", "_asdict", "_make", "_PARTITION_EOF", "_unregister_task"}
"""Documented names with an underscore: of named tuples, confluent-kafka and asyncio."""


class Import(NamedTuple):
    """An imported name."""

    module: str
    """The module that it is imported from, in full."""
    name: str
    """A name in the module, or the module itself."""
    line: int


def module_of(path: Path, folder: Path = SIGNING) -> str:
    """Return the dotted name of a file."""
    parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, module: str, text: str | None = None) -> Iterator[Import]:
    """Yield all imports of a file, also in functions and for type checkers."""
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
    """Return the imported module of this package, or None."""
    submodule = f"{found.module}.{found.name}"
    if submodule in MODULES:
        return submodule
    return found.module if found.module in MODULES else None


def part_of(module: str) -> str:
    """Return the part that a module belongs to: its folder, or the module itself at the root."""
    return module.split(".")[1] if "." in module else PACKAGE


def documented_arrows() -> dict[str, set[str]]:
    """Return the arrows of CONTRIBUTING.md: for each part, the parts that it may import."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    block = re.search(r"^```text \w+\n((?:\w+ *->.*\n)+)```$", text, re.MULTILINE)
    assert block is not None
    arrows = {}
    for line in block[1].splitlines():
        part, _, used = line.partition("->")
        arrows[part.strip()] = set(used.split())
    return arrows


ARROWS = documented_arrows()


def used_modules(module: str) -> Iterator[tuple[str, Import]]:
    """Yield the modules of this package that one imports."""
    for found in imports(MODULES[module], module):
        target = ours(found)
        if target is not None and target != module:
            yield target, found


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """Return the nodes of a cycle, or nothing."""
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
    """Yield the private names of other modules or objects that a text uses.

    Own names begin at `self`, `cls`, or a name that the module itself defines.
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
    return name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def test_the_arrows_name_every_part_and_have_no_cycle() -> None:
    assert set(ARROWS) == {part_of(module) for module in MODULES} - {PACKAGE, "_version"}
    assert cycle(ARROWS) == []
    internal = {"__init__", "__main__", "_version", "waiters"}
    assert {path.stem for path in SIGNING.glob("*.py")} <= PUBLIC | internal


@pytest.mark.parametrize("part", ARROWS)
def test_modules_import_only_the_parts_that_the_arrows_allow(part: str) -> None:
    for module in (each for each in MODULES if part_of(each) == part):
        for target, found in used_modules(module):
            where = f"{module}:{found.line} uses {found.name} of {target}"
            assert part_of(target) in ARROWS[part] | {part, "_version"}, where
            if part_of(target) not in (part, "_version"):
                assert not is_private(found.name), where


def test_no_modules_import_each_other_in_a_cycle() -> None:
    edges = {
        module: {target for target, _ in used_modules(module)}
        for module in MODULES
        if module != PACKAGE
    }
    assert cycle(edges) == []


def test_no_module_uses_private_names_of_another() -> None:
    for path in [*MODULES.values(), *USERS]:
        assert list(private_names(path.read_text("utf-8"))) == [], path


def test_the_command_line_and_the_emulator_import_public_modules_only() -> None:
    for path in USERS:
        for found in imports(path, path.stem):
            if found.module.split(".")[0] == PACKAGE:
                assert found.module == PACKAGE or part_of(found.module) in PUBLIC, (path, found)


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
def test_the_search_finds_private_names(line: str) -> None:
    assert len(list(private_names(line))) == 1


def test_the_search_finds_cycles_and_imports() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert cycle({"a": {"b", "c"}, "b": {"c"}}) == []
    text = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from .wire import Wire\n"
    text += "def f():\n    from ..sending import start\n    from . import log\n"
    path = SIGNING / "wire" / "pool.py"
    assert [ours(each) for each in imports(path, f"{PACKAGE}.wire.pool", text)] == [
        f"{PACKAGE}.wire.wire",
        f"{PACKAGE}.sending.start",
        f"{PACKAGE}.wire.log",
    ]
