"""Run a Node script that drives Chromium; without the tools the test is skipped, on CI it fails.

run("page/page.mjs", emulator.url)
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def run(script: str, *arguments: str) -> None:
    """Run a script below ``tests/``; its error output is the text of the failure.

    The variable CHROMIUM names the browser; the default is ``/usr/bin/chromium``.
    """
    chromium = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    missing = [tool for tool in ("node", "npm", chromium) if shutil.which(tool) is None]
    if missing:
        reason = f"This test needs a browser; missing: {', '.join(missing)}."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    _run([str(TESTS / "browser" / "install.sh")], seconds=300)
    _run(["node", str(TESTS / script), *arguments], seconds=300)


def _run(command: list[str], seconds: float) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        pytest.fail(f"{command}:\n{done.stdout}{done.stderr}", pytrace=False)
