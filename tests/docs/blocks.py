"""The code blocks of a page, each with the output that the page shows for it."""

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of Python and its output, if a block of text follows directly."""

    page: str
    line: int
    code: str
    output: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def python_blocks(page: Path) -> list[Block]:
    """Return the Python blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    fences = list(_FENCE.finditer(text))
    blocks = []
    for index, fence in enumerate(fences):
        if fence[1] != "python":
            continue
        output = None
        following = fences[index + 1] if index + 1 < len(fences) else None
        if (
            following
            and following[1] == "text"
            and not text[fence.end() : following.start()].strip()
        ):
            output = following[2]
        line = text.count("\n", 0, fence.start()) + 1
        blocks.append(Block(page.name, line, fence[2], output))
    return blocks
