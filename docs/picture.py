"""Write docs/assets/cli.svg, a picture of the command line in use against the emulator.

python docs/picture.py [FILE]
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ncloud_datastream import DataStream
from ncloud_datastream_cli.app import run
from ncloud_datastream_emulator import Emulator
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = Path(__file__).parent / "assets" / "cli.svg"
COLUMNS = 96
PREFIX = "h4j6l-"
LINES = 5_000
COMMANDS = (
    "topics list --query 'list[].{name: topicName, partitions: partitions}'",
    f"send --topic {PREFIX}orders orders.txt",
    f"topics get {PREFIX}orders --query '{{name: topicName, status: status}}' -o json",
)

# Rich's own format loads a font from the network; this one uses the reader's monospaced font.
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>ncloud-datastream in a terminal</title>
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, monospace;
  line-height: {line_height}px }}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Terminal(io.StringIO):
    """A stream that programs take for a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def session(lines: int = LINES) -> str:
    """Return what a terminal shows of the commands, with its colors as escape sequences.

    Args:
        lines: The number of messages to send.
    """
    shown = []
    with Emulator(prefix=PREFIX) as emulator, _environment(emulator):
        with DataStream() as ds:
            for name, partitions in (("orders", 3), ("payments", 6)):
                topic = ds.create_topic(name=f"{PREFIX}{name}", partitions=partitions)
                ds.wait_for_topic(topic.topic_id)
        Path("orders.txt").write_text("an order\n" * lines, "utf-8")
        for command in COMMANDS:
            terminal = Terminal()
            with contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
                run(shlex.split(command))
            shown.append(f"\x1b[1;32m$\x1b[0m ncloud-datastream {command}")
            shown.append(_final(terminal.getvalue()))
    return "\n".join(shown)


@contextlib.contextmanager
def _environment(emulator: Emulator) -> Iterator[None]:
    """Run in an empty folder, with an environment that has nothing but the emulator's keys."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        os.environ.update(emulator.environment)
        os.environ.update({"HOME": folder, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _final(output: str) -> str:
    """Return the final state of each line: a progress bar overwrites its own."""
    text = re.sub(r"\x1b\[(?:[0-9;]*[A-HJ-Z]|\?[0-9]+[hl]|[0-9]*K)", "", output)
    lines = (re.split(r"\r(?=.)", line.rstrip("\r"))[-1] for line in text.split("\n"))
    return "\n".join(line for line in lines if line.strip()) + "\n"


def picture(output: str) -> str:
    """Return a terminal's output as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), legacy_windows=False)
    console.print(Text.from_ansi(output.rstrip()))
    svg = console.export_svg(
        title="ncloud-datastream", theme=MONOKAI, code_format=SVG, unique_id="cli"
    )
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    place.write_text(picture(session()), "utf-8")
