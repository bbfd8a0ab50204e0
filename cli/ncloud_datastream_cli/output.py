"""Output of results: a table for people, JSON or JSON lines for programs.

Without a terminal nothing is colored, truncated or wrapped.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import click
import jmespath
import jmespath.exceptions
from jmespath.parser import ParsedResult
from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import terminal

FORMATS = ("table", "json", "jsonl")
_UNBOUNDED = 1_000_000


class Query(click.ParamType[Any]):
    """A JMESPath expression that is applied to a result before it is printed."""

    name = "jmespath"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> ParsedResult:
        try:
            return jmespath.compile(value)
        except jmespath.exceptions.JMESPathError as error:
            self.fail(" ".join(str(error).split()), param, ctx)


def show(
    result: object, style: str, query: ParsedResult | None = None, *, is_done: bool = False
) -> None:
    """Print the result of an operation.

    Args:
        result: A model, any other value, or None for an empty response.
        style: One of `FORMATS`.
        query: Selects the part to print; None prints all.
        is_done: Whether True means only that the operation succeeded, and prints as "done".

    Raises:
        click.UsageError: The query cannot be applied to this result.
    """
    if isinstance(result, bytes):
        if query is not None:
            raise click.UsageError("--query: the response is bytes and cannot be queried.")
        terminal.out_bytes(result)
        return
    content = plain(result)
    if query is not None:
        try:
            content = query.search(content)
        except jmespath.exceptions.JMESPathError as error:
            raise click.UsageError(f"--query: {' '.join(str(error).split())}") from error
    if style == "json":
        terminal.out(json.dumps(content, ensure_ascii=False, indent=2))
    elif style == "jsonl":
        for item in content if isinstance(content, list) else _items(content) or [content]:
            terminal.out(json.dumps(item, ensure_ascii=False))
    elif isinstance(content, dict):
        items = _items(content)
        if items is None:
            _print_lines(_console(), _table(None, content.items()))
        else:
            _print_list(items)
    elif isinstance(content, list):
        _print_array(content)
    elif query is None and (content is None or (is_done and content is True)):
        terminal.out("done")
    else:
        terminal.out(_cell(content))


def plain(result: object) -> Any:
    """Return a result as a JSON value; bytes as base64."""
    if isinstance(result, list):
        return [plain(each) for each in result]
    if isinstance(result, date):
        return result.isoformat()
    if isinstance(result, bytes):
        return b64encode(result).decode()
    to_dict = getattr(result, "to_dict", None)
    if to_dict is not None:
        return to_dict()
    return str(result) if isinstance(result, UUID) else result


def _print_array(content: list[Any]) -> None:
    if content and all(isinstance(item, Mapping) for item in content):
        _print_list(content)
        return
    for item in content:
        terminal.out(_cell(item))


def _items(content: object) -> list[Any] | None:
    """Return the items of an object with exactly one array, of objects; otherwise None."""
    if not isinstance(content, Mapping):
        return None
    arrays = [value for value in content.values() if isinstance(value, list)]
    if len(arrays) != 1 or not all(isinstance(item, Mapping) for item in arrays[0]):
        return None
    return arrays[0]


def _print_list(items: list[Any]) -> None:
    if not items:
        terminal.out("none")
        return
    columns = list(dict.fromkeys(key for item in items for key in item))
    table = _table(columns, ([item.get(column) for column in columns] for item in items))
    console = _console()
    wanted = console.measure(table, options=console.options.update(max_width=_UNBOUNDED))
    if wanted.maximum <= console.width:
        _print_lines(console, table)
        return
    # Too wide for the terminal: print each item as a table of its fields instead.
    for number, item in enumerate(items):
        if number:
            terminal.out("")
        _print_lines(console, _table(None, item.items()))


def _table(columns: list[str] | None, rows: Iterable[Iterable[object]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=columns is not None)
    for name in columns or ("", ""):
        # As Text, so that brackets in a name are not parsed as markup.
        table.add_column(Text(terminal.safe(name)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    return table


def _console() -> Console:
    width = None if terminal.is_terminal(sys.stdout) else _UNBOUNDED
    return Console(file=sys.stdout, highlight=False, width=width)


def _print_lines(console: Console, table: Table) -> None:
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().removesuffix("\n").split("\n"):
        terminal.out_as_it_is(line.rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return terminal.safe(value, keep="\n")
    return terminal.safe(json.dumps(value, ensure_ascii=False))
