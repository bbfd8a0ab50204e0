"""The way out: every line that a command prints, made safe for a terminal.

What the service answers was often written by others: no text may steer the terminal, turn its
direction around or look like something that it is not.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import unicodedata
from collections.abc import Iterator
from typing import TextIO

# Controls (C0, DEL, C1), what turns or hides text (bidi, zero-width, tags), lone surrogates, and
# the two separators that some terminals and editors take for the end of a line.
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class ClosedOutputError(Exception):
    """Whoever read standard output has left."""


def safe(text: str, keep: str = "") -> str:
    r"""Return a text with every character escaped that a terminal would not just show.

    The escapes are those of JSON (``\u001b``), so that the text of a JSON document stays one and
    means the same.

    Args:
        text: The text.
        keep: Characters to leave as they are, such as line ends.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escaped(each) if each not in keep and unicodedata.category(each) in _STEERING else each
        for each in text
    )


def one_line(text: str) -> str:
    """Return a text safe and on one line, its white space single blanks."""
    return safe(" ".join(text.split()))


def out(text: str) -> None:
    """Print a text and a line end to standard output, safe but for line ends.

    Raises:
        ClosedOutputError: Nobody reads it any more.
        OSError: It cannot be written.
    """
    out_as_it_is(safe(text, keep="\n"))


def out_as_it_is(text: str) -> None:
    """Print what is safe already, such as a table that was made for this terminal; see `out`."""
    stream = sys.stdout
    if stream is None:  # closed before the program began
        raise OSError(errno.EBADF, "standard output is closed")
    with told_when_closed():
        stream.write(_fitting(text, stream) + "\n")


def out_bytes(content: bytes) -> None:
    """Write bytes to standard output as they are; to a terminal, safe and as text.

    Raises:
        ClosedOutputError: Nobody reads it any more.
        OSError: It cannot be written.
    """
    if is_terminal(sys.stdout) or not hasattr(sys.stdout, "buffer"):
        out(content.decode("utf-8", "backslashreplace"))
        return
    with told_when_closed():
        sys.stdout.flush()
        sys.stdout.buffer.write(content)


def flush() -> None:
    """Write out what `out` was given.

    Raises:
        ClosedOutputError: Nobody reads it any more.
        OSError: It cannot be written.
    """
    if sys.stdout is not None:
        with told_when_closed():
            sys.stdout.flush()


def err(text: str) -> None:
    """Print a text and a line end to standard error; where that is closed, nobody can be told."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        sys.stderr.write(_fitting(safe(text, keep="\n"), sys.stderr) + "\n")
        sys.stderr.flush()


@contextlib.contextmanager
def told_when_closed() -> Iterator[None]:
    """Tell by a `ClosedOutputError` that nobody reads any more what is printed."""
    try:
        yield
    except OSError as error:
        # Windows calls a pipe without a reader an invalid argument.
        if isinstance(error, BrokenPipeError) or (
            sys.platform == "win32" and error.errno == errno.EINVAL
        ):
            raise ClosedOutputError from error
        raise


def let_go() -> None:
    """Forget what is left of standard output, so that the interpreter does not try it again."""
    if sys.stdout is None:
        return
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def accept_any_text() -> None:
    """Let the standard streams escape what their encoding lacks, as a console of another language.

    `out` and `err` do so by themselves; this is for what click and rich print.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether somebody sits in front of a stream."""
    return stream is not None and stream.isatty()


def _fitting(text: str, stream: TextIO) -> str:
    """Return a text with every character escaped that a stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(each if _has(encoding, each) else _escaped(each) for each in text)
    return text


def _has(encoding: str, each: str) -> bool:
    try:
        each.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _escaped(each: str) -> str:
    units = each.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
