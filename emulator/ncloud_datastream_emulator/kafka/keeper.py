"""A program of its own that runs a command, and ends it when whoever started this one is gone.

A broker must not outlive a test run that was killed, nor may its folder. The pipe at our standard
input tells: it is closed when the other end's process ends, however that comes about, while a byte
asks for an end in good order, after which the folder is still wanted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence

PATIENCE = 10.0
"""Seconds that the command may take to end in good order."""


def keep(command: Sequence[str], pipe: int, folder: str | None = None) -> int:
    """Run a command until it ends, or until a byte or the end comes through the pipe.

    Args:
        command: The command.
        pipe: The descriptor to read from.
        folder: What the command needs, removed when the end of the pipe comes.

    Returns:
        The command's exit status.
    """
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    is_gone = threading.Event()

    def watch() -> None:
        if not os.read(pipe, 1):
            is_gone.set()
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()

    threading.Thread(target=watch, daemon=True).start()
    status = process.wait()
    if folder is not None and is_gone.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(keep(sys.argv[2:], sys.stdin.fileno(), sys.argv[1]))
