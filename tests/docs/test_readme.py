"""The README's shell lines work as printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ncloud_datastream_emulator import Emulator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(sys.platform == "win32", reason="the lines are for bash")
def test_the_shell_lines_send_what_the_readme_says(tmp_path: Path) -> None:
    shell = [code for kind, code in FENCE.findall(README) if kind == "sh"]
    _, serve, send = shell
    prefix = serve.removeprefix("ncloud-datastream emulator --prefix ").strip()
    reported = re.findall(r"reports `(\d[^`]+)`", README)
    with Emulator(prefix=prefix) as emulator:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", send],
            env={
                **emulator.environment,
                "HOME": str(tmp_path),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
    assert [done.stdout.splitlines()[-1][: len(reported[0])]] == reported
