"""Commands run at a terminal of 80 columns."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Callable

PROGRAM = [sys.executable, "-m", "ncloud_datastream_cli"]
COLUMNS = 80

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def at_a_terminal(
    *words: str, answer: str | None = None, at: Callable[[str], bool] = bool
) -> tuple[int, str]:
    """Run a command; return its exit code and its output without escape sequences.

    Args:
        words: The arguments.
        answer: The text to type.
        at: Whether to type it now, given the output so far.
    """
    code, seen = at_a_terminal_as_it_is(*words, answer=answer, at=at)
    return code, _plain(seen)


def at_a_terminal_as_it_is(
    *words: str, answer: str | None = None, at: Callable[[str], bool] = bool
) -> tuple[int, bytes]:
    """Run a command; return its exit code and the bytes that reached the terminal."""
    child, terminal = pty.fork()
    if child == 0:
        size = struct.pack("HHHH", 24, COLUMNS, 0, 0)
        fcntl.ioctl(0, termios.TIOCSWINSZ, size)
        os.execvpe(PROGRAM[0], [*PROGRAM, *words], os.environ | {"TERM": "xterm"})
    seen = b""
    while chunk := _read(terminal):
        seen += chunk
        if answer is not None and at(_plain(seen)):
            os.write(terminal, answer.encode())
            answer = None
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def _plain(seen: bytes) -> str:
    return _ESCAPES.sub("", seen.decode(errors="replace")).replace("\r\n", "\n")
