"""What the emulator uses of other packages: public names, and of the client only the keys."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import ncloud_datastream_emulator as package
import pytest
from ncloud_datastream_emulator.connection import Connection
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ROOT = Path(package.__file__).parent
DOCUMENTED = {
    "_PARTITION_EOF",  # a code of confluent-kafka, where those of librdkafka begin like this
    "_replace",  # of named tuples
}


@functools.cache
def nodes() -> list[tuple[str, ast.AST]]:
    return [
        (str(path.relative_to(ROOT)), node)
        for path in sorted(ROOT.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
    ]


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def imports() -> set[tuple[str, str, str]]:
    """Return the module, its source and the name of every absolute import."""
    found = set()
    for path, node in nodes():
        if isinstance(node, ast.Import):
            found |= {(path, each.name, "") for each in node.names}
        if isinstance(node, ast.ImportFrom) and not node.level:
            found |= {(path, node.module or "", each.name) for each in node.names}
    return found


def test_no_private_name_of_another_package_is_used() -> None:
    used = [
        (path, ast.unparse(node))
        for path, node in nodes()
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
        and node.attr not in DOCUMENTED
    ]
    assert used == []
    assert not [each for each in imports() if any(map(is_private, (*each[1].split("."), each[2])))]
    ours = {name for name in vars(Connection) if is_private(name)}
    assert not ours & set(dir(HttpToolsProtocol))


def test_the_client_provides_only_the_keys_and_the_clients_of_fixtures() -> None:
    """The signature check therefore shares no code with the signer."""
    assert {
        each
        for each in imports()
        if each[1].split(".")[0] in ("ncloud_datastream", "ncloud_datastream_api")
    } == {
        ("emulator.py", "ncloud_datastream", "Credentials"),
        ("initial.py", "ncloud_datastream", "Credentials"),
        ("pytest_plugin.py", "ncloud_datastream", "AsyncDataStream"),
        ("pytest_plugin.py", "ncloud_datastream", "DataStream"),
    }
    relative = {path for path, each in nodes() if isinstance(each, ast.ImportFrom) and each.level}
    assert "signature.py" not in relative


def test_public_names_are_loaded_on_first_use() -> None:
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="'ncloud_datastream_emulator' has no attribute 'X'"):
        _ = package.X  # type: ignore[attr-defined]
