"""Griffe extension: docstrings as the site shows them."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import griffe


class GeneratedDocstrings(griffe.Extension):
    """Correct what the generator writes, and leave out the mark of a literal block."""

    def on_module_instance(self, *, mod: griffe.Module, **_: Any) -> None:
        """Leave out the ``::`` before an example, which Markdown shows as it is."""
        if mod.docstring is not None:
            mod.docstring.value = re.sub(r"^::\n", "", mod.docstring.value, flags=re.MULTILINE)

    def on_class_instance(self, *, cls: griffe.Class, **_: Any) -> None:
        """Correct the docstring of a class of the generated package."""
        if cls.docstring is not None and cls.path.startswith("ncloud_datastream_api.models."):
            cls.docstring.value = corrected(cls.docstring.value)


def corrected(docstring: str) -> str:
    """Return a docstring with the types that readers know, its fields not indented.

    The generator indents the fields where the description has several lines.

    Args:
        docstring: The docstring as the generator writes it.
    """
    text, head, fields = docstring.partition("Attributes:\n")
    if text.endswith("    "):
        first, *_ = fields.lstrip("\n").split("\n")
        deep = len(first) - len(first.lstrip()) - 4
        fields = textwrap.indent(textwrap.dedent(fields), "    ") if deep > 0 else fields
        text = text.rstrip(" ")
    return text + head + re.sub(r"\((?:None \| )?(.*?) \| Unset\)", r"(\1 | None)", fields)
