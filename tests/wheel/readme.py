"""Extract the first Python block of a page and the output that the page shows for it.

Usage: readme.py PAGE CODE OUTPUT
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from docs.blocks import python_blocks


def main(page: Path, code: Path, output: Path) -> int:
    """Write the two files."""
    block = python_blocks(page)[0]
    if not block.output:
        print(f"{block}: the page shows no output for the first block", file=sys.stderr)  # noqa: T201
        return 1
    code.write_text(block.code, "utf-8")
    output.write_text(block.output, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
