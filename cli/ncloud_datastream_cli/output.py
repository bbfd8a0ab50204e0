"""Printing results: as a table for people, as JSON or JSON lines for programs.

Away from a terminal nothing is coloured, cut or wrapped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

FORMATS = ("table", "json", "jsonl")
_UNBOUNDED = 1_000_000


def show(result: object, style: str) -> None:
    """Print what an operation returned.

    Args:
        result: A model, a bool, or None where the service answers nothing.
        style: One of `FORMATS`.
    """
    to_dict = getattr(result, "to_dict", None)
    content = result if to_dict is None else to_dict()
    if style == "json":
        _print(json.dumps(content, ensure_ascii=False, indent=2))
    elif style == "jsonl":
        for item in _items(content) or [content]:
            _print(json.dumps(item, ensure_ascii=False))
    elif isinstance(content, dict):
        items = _items(content)
        if items is None:
            _print_table(None, list(content.items()))
        else:
            _print_list(items)
    else:
        _print("done")


def _items(content: object) -> list[Any] | None:
    """Return the array of an answer that is a list with remarks, else None."""
    if not isinstance(content, Mapping):
        return None
    arrays = [value for value in content.values() if isinstance(value, list)]
    return arrays[0] if len(arrays) == 1 else None


def _print_list(items: list[Any]) -> None:
    if not items:
        _print("none")
        return
    columns = list(dict.fromkeys(key for item in items for key in item))
    _print_table(columns, [[item.get(column) for column in columns] for item in items])


def _print_table(columns: list[str] | None, rows: Iterable[Iterable[object]]) -> None:
    terminal = sys.stdout.isatty()
    table = Table(box=None, pad_edge=False, show_header=columns is not None)
    for name in columns or ("", ""):
        table.add_column(name, overflow="fold", no_wrap=not terminal)
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console(
        file=sys.stdout, highlight=False, width=None if terminal else _UNBOUNDED, soft_wrap=False
    )
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        _print(line.rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
