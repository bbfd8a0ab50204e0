"""A program that runs a command, and terminates it when its own parent process has exited.

Neither a broker nor its folder may outlive a test run that was killed. Standard input is a pipe to
the parent: end of file means that the parent has exited, however that happened; a byte requests a
regular stop, after which the folder is still needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence

PATIENCE = 10.0
"""Seconds until the command is killed after it was asked to terminate."""


def keep(command: Sequence[str], pipe: int, folder: str | None = None) -> int:
    """Run a command until it exits, or until the pipe delivers a byte or is closed.

    Args:
        command: The command.
        pipe: The file descriptor to read from.
        folder: The command's folder, removed if the pipe is closed.

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
