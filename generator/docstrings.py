"""Docstrings of the operation methods, from the texts of the document."""

import re
import textwrap
from collections.abc import Mapping

from openapi_python_client.strings import safe_for_docstring

WIDTH = 100
INDENT = 8  # of the body of a method

_PARAGRAPH = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"\n(?=\s*(?:[-*]|\d+\.)\s)")


def docstring(
    summary: str,
    description: str,
    *,
    arguments: Mapping[str, str],
    returns: str,
    raises: Mapping[str, str],
    see: str,
) -> str:
    """Return the text between the quotes, indented for the body of a method."""
    parts = [
        # The first line follows the opening quotes.
        _wrap(f'"""{_sentence(summary)}', INDENT)[INDENT + 3 :],
        _wrap(description, INDENT),
        _section("Args", arguments),
        _section("Returns", {"": returns} if returns else {}),
        _section("Raises", raises),
        _wrap(f"See: {see}" if see else "", INDENT),
    ]
    return safe_for_docstring("\n\n".join(filter(None, parts)) + "\n" + " " * INDENT)


def _section(title: str, entries: Mapping[str, str]) -> str:
    lines = [
        _wrap(f"{name}: {_one_line(text)}" if name else _one_line(text), INDENT + 4, hanging=4)
        for name, text in entries.items()
    ]
    return "\n".join([" " * INDENT + f"{title}:", *lines]) if lines else ""


def _sentence(text: str) -> str:
    text = _one_line(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _wrap(text: str, indent: int, hanging: int = 0) -> str:
    """Fill each paragraph; a list item is a paragraph without an empty line before it."""
    blocks = []
    for paragraph in _PARAGRAPH.split(text.strip()):
        first, *items = _ITEM.split(f"\n{paragraph}")
        pieces = [(first, hanging), *((item, 2) for item in items)]
        blocks.append(
            "\n".join(_fill(piece, indent, more) for piece, more in pieces if piece.strip())
        )
    return "\n\n".join(blocks)


def _fill(text: str, indent: int, hanging: int) -> str:
    return textwrap.fill(
        _one_line(text),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )
