"""Output to stdout and stderr, sanitized for terminals.

Responses often contain text written by others. It must not be able to control the terminal, change
the text direction or disguise itself as something else.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import unicodedata
from collections.abc import Iterator
from typing import TextIO

# Control characters (C0, DEL, C1), characters that reorder or hide text (bidi, zero-width, tags),
# lone surrogates, and the two separators that some terminals and editors treat as line ends.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class ClosedOutputError(Exception):
    """The reader of standard output has exited."""


def safe(text: str, keep: str = "") -> str:
    r"""Return a text with every character escaped that a terminal would not simply display.

    The escapes are those of JSON (``\u001b``), so that an escaped JSON document is still valid and
    has the same meaning.

    Args:
        text: The text.
        keep: Characters to leave unescaped, such as newlines.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escaped(each) if each not in keep and unicodedata.category(each) in _UNSAFE else each
        for each in text
    )


def one_line(text: str) -> str:
    """Return a text sanitized and on one line, with whitespace collapsed to single spaces."""
    return safe(" ".join(text.split()))


def out(text: str) -> None:
    """Print a text and a newline to standard output, sanitized except for its newlines.

    Raises:
        ClosedOutputError: The reader has exited.
        OSError: The text cannot be written.
    """
    out_as_it_is(safe(text, keep="\n"))


def out_as_it_is(text: str) -> None:
    """Print text that is already sanitized, such as a table rendered for this terminal."""
    stream = sys.stdout
    if stream is None:  # closed before the program started
        raise OSError(errno.EBADF, "standard output is closed")
    with detect_closed_output():
        stream.write(_fitting(text, stream) + "\n")


def out_bytes(content: bytes) -> None:
    """Write bytes to standard output unchanged; to a terminal, as sanitized text.

    Raises:
        ClosedOutputError: The reader has exited.
        OSError: The bytes cannot be written.
    """
    if is_terminal(sys.stdout) or not hasattr(sys.stdout, "buffer"):
        out(content.decode("utf-8", "backslashreplace"))
        return
    with detect_closed_output():
        sys.stdout.flush()
        sys.stdout.buffer.write(content)


def flush() -> None:
    """Flush standard output.

    Raises:
        ClosedOutputError: The reader has exited.
        OSError: The buffered output cannot be written.
    """
    if sys.stdout is not None:
        with detect_closed_output():
            sys.stdout.flush()


def err(text: str) -> None:
    """Print a text and a newline to standard error, sanitized; ignored if it is closed."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        sys.stderr.write(_fitting(safe(text, keep="\n"), sys.stderr) + "\n")
        sys.stderr.flush()


@contextlib.contextmanager
def detect_closed_output() -> Iterator[None]:
    """Raise `ClosedOutputError` for an error that means that the reader has exited."""
    try:
        yield
    except OSError as error:
        # Windows reports a pipe without a reader as an invalid argument.
        if isinstance(error, BrokenPipeError) or (
            sys.platform == "win32" and error.errno == errno.EINVAL
        ):
            raise ClosedOutputError from error
        raise


def discard_output() -> None:
    """Discard buffered standard output, so that the interpreter does not flush it at exit."""
    if sys.stdout is None:
        return
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def accept_any_text() -> None:
    """Make the standard streams escape characters that their encoding lacks.

    `out` and `err` do so themselves; this is for the output of click and rich.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal."""
    return stream is not None and stream.isatty()


def _fitting(text: str, stream: TextIO) -> str:
    """Return a text with the characters escaped that a stream's encoding lacks."""
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
