"""Print the lowest versions that pyproject.toml allows, as exact requirements."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXTRAS = ["cli", "emulator", "kafka", "otel"]
"""The extras that the tests use."""


def lowest(line: str) -> str:
    """Turn ``name>=1.2,<3`` into ``name==1.2``."""
    name, _, rest = line.partition(">=")
    if not rest:
        sys.exit(f"no lower bound: {line}")
    return f"{name.strip()}=={rest.partition(',')[0].strip()}"


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in EXTRAS:
        lines += project["optional-dependencies"][extra]
    sys.stdout.write("".join(f"{line}\n" for line in sorted(set(map(lowest, lines)))))


if __name__ == "__main__":
    main()
