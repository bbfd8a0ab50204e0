"""A program of its own that runs a command, and ends it when whoever started this one is gone.

A broker must not outlive a test run that was killed. The pipe at our standard input tells: it is
closed when the other end's process ends, however that comes about.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence

PATIENCE = 10.0
"""Seconds that the command may take to end in good order."""


def keep(command: Sequence[str], pipe: int) -> int:
    """Run a command until it ends, or until a byte or the end comes through the pipe.

    Args:
        command: The command.
        pipe: The descriptor to read from.

    Returns:
        The command's exit status.
    """
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def watch() -> None:
        os.read(pipe, 1)
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()

    threading.Thread(target=watch, daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1:], sys.stdin.fileno()))
