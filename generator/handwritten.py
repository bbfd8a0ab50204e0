"""The names that the hand-written clients define; operations must not hide them."""

import ast
from collections.abc import Iterator
from pathlib import Path

CLIENTS = ("DataStream", "AsyncDataStream")
# The attribute that every generated method uses.
ALWAYS = frozenset(("client",))


def names(folder: Path) -> frozenset[str]:
    """Return the names of methods and attributes of the clients and their base classes.

    Args:
        folder: The hand-written package. It is parsed, not imported: it may not match the document.
    """
    classes = {
        node.name: node
        for module in sorted(folder.rglob("*.py"))
        for node in ast.parse(module.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    waiting, found = list(CLIENTS), set[str](ALWAYS)
    while waiting:
        node = classes.pop(waiting.pop(), None)
        if node is not None:
            found.update(_bound(node))
            waiting += [base.id for base in node.bases if isinstance(base, ast.Name)]
    return frozenset(found)


def _bound(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.name
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id
