"""Looking for a secret in everything that an error or an object shows of itself."""

from __future__ import annotations

import traceback
from pathlib import Path

import ncloud_datastream

PACKAGE = str(Path(ncloud_datastream.__file__).parent)


def shown(error: BaseException) -> str:
    """Return all that a full report of an error would show, the package's local variables too."""
    words: list[str] = []
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    pending, seen = [error], set()
    while pending:
        cause = pending.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        words += [str(cause), repr(cause), repr(cause.args), repr(vars(cause))]
        words += getattr(cause, "__notes__", [])
        pending += [e for e in (cause.__cause__, cause.__context__) if e is not None]
    reports = [report]
    while reports:
        part = reports.pop()
        reports += [e for e in (part.__cause__, part.__context__) if e is not None]
        for frame in part.stack:
            if frame.filename.startswith(PACKAGE):
                words += [f"{name}={value}" for name, value in (frame.locals or {}).items()]
    return "\n".join(words)


def frames(error: BaseException) -> list[str]:
    """Return the names of the package's functions in an error's traceback."""
    return [
        frame.name
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(PACKAGE)
    ]
