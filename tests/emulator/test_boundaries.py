"""What the emulator takes from others: public names, and of the client no more than the keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import ncloud_datastream_emulator
from ncloud_datastream_emulator.connection import Connection
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ROOT = Path(ncloud_datastream_emulator.__file__).parent
DOCUMENTED = {
    "_PARTITION_EOF",  # one of confluent-kafka's codes: those of librdkafka itself begin like this
    "_replace",  # of named tuples
}


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            yield str(path.relative_to(ROOT)), node


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def test_no_private_name_of_anyone_else_is_used() -> None:
    used = [
        (path, ast.unparse(node))
        for path, node in nodes()
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
        and node.attr not in DOCUMENTED
    ]
    assert used == []
    imported = [
        (path, ast.unparse(node))
        for path, node in nodes()
        if isinstance(node, ast.ImportFrom) and not node.level
        for name in [*(node.module or "").split("."), *(each.name for each in node.names)]
        if is_private(name)
    ]
    assert imported == []


def test_no_private_method_of_uvicorns_is_replaced() -> None:
    ours = {name for name in vars(Connection) if is_private(name)}
    assert not ours & set(dir(HttpToolsProtocol))


def test_of_the_client_it_imports_the_keys_and_the_client_of_a_fixture() -> None:
    imported = {
        (path, node.module or "", name.name)
        for path, node in nodes()
        if isinstance(node, ast.ImportFrom) and not node.level
        for name in node.names
        if (node.module or "").split(".")[0] in ("ncloud_datastream", "ncloud_datastream_api")
    }
    assert imported == {
        ("emulator.py", "ncloud_datastream", "Credentials"),
        ("initial.py", "ncloud_datastream", "Credentials"),
        ("pytest_plugin.py", "ncloud_datastream", "AsyncDataStream"),
        ("pytest_plugin.py", "ncloud_datastream", "DataStream"),
    }
    plain = {
        name.name
        for _, node in nodes()
        if isinstance(node, ast.Import)
        for name in node.names
        if name.name.startswith("ncloud_datastream")
    }
    assert plain == set()
