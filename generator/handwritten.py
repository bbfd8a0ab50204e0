"""The names that the hand-written clients have already: no operation may hide one of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

CLIENTS = ("DataStream", "AsyncDataStream")
# What every generated method finds in its object.
ALWAYS = frozenset(("client",))


def names(folder: Path) -> frozenset[str]:
    """Return the names of methods and attributes of the clients, and of what they inherit from.

    Args:
        folder: The hand-written package; it is read and not imported, since it may not fit yet.
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
