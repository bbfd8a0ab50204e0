"""The types of the installed package, checked by mypy; `make types` also runs pyright."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "mypy"


def test_mypy_accepts_correct_uses_and_finds_mistakes(tmp_path: Path) -> None:
    # Outside of the sources and without configuration, so the installed package is checked.
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            f"--cache-dir={CACHE}",
            "--config-file=",
            "--python-executable",
            sys.executable,
            HERE / "public_api.py",
            HERE / "misuse.py",
        ],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.stdout == "Success: no issues found in 2 source files\n", found.stderr
