"""Check every language of `rows.toml` against the contract, and print a table of the results.

::

    python reuse/run.py              all rows
    python reuse/run.py go rust      the rows of two languages

A row passes if its client is generated and compiled, its signer reproduces all vectors, and its
run of `scenario.md` makes the same calls to the emulator as Python's; a row with only a signer
makes one call. The exit status is 1 if a row fails. The output of the tools is written to
`reuse/*.log`.
"""

# ruff: noqa: T201 - this program prints its result
from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import parse_qs

from ncloud_datastream_emulator import Call
from records import compare
from world import world

HERE = Path(__file__).parent
LOGS = HERE
COLUMNS = ("generator", "generates", "compiles", "vectors", "scenario", "lines of glue")
SEARCH_TEXT = "주문 +50% 할인"
_LONGEST = 600.0  # seconds per command
_STEP = re.compile(r"^\| (\d+) \| (\w+) \|.*\| `(.+)` \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """A language with a generator: an entry of `rows.toml`."""

    language: str
    generator: str
    folder: str
    needs: Sequence[str]
    generate: str
    compile: str
    signer: str
    vectors: str | None = None
    scenario: str | None = None
    call: str | None = None
    writings: Sequence[str] = ()
    endings: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The folder."""
        return HERE / self.folder

    @property
    def lines_of_glue(self) -> int:
        """The number of lines of the file to copy."""
        return len((self.path / self.signer).read_text(encoding="utf-8").splitlines())


@dataclass(frozen=True, slots=True)
class Run:
    """The result of a run of the scenario."""

    lines: Sequence[str]
    """The lines that the program printed."""
    calls: Sequence[Call]
    """The calls that the emulator recorded."""


class FailedError(Exception):
    """A step of a row failed; the message gives the reason."""


def rows() -> list[Row]:
    """Read `rows.toml`."""
    entries = tomllib.loads((HERE / "rows.toml").read_text(encoding="utf-8"))
    return [Row(**entry) for entry in entries.get("row", [])]


def expected_lines() -> list[str]:
    """Return the lines of a run, from the table in `scenario.md`."""
    steps = _STEP.findall((HERE / "scenario.md").read_text(encoding="utf-8"))
    return [" ".join(step) for step in steps]


def run_scenario(command: Sequence[str] | str, folder: Path, log: IO[str]) -> Run:
    """Run a program of the scenario against its own emulator.

    Raises:
        FailedError: The program failed.
    """
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NCLOUD_")}
    with world() as place:
        output = _run(command, folder, log, clean | place.environment)
        return Run(output.splitlines(), place.emulator.calls)


def reference(log: IO[str]) -> Run:
    """Run the scenario in Python, the reference for all others.

    Raises:
        FailedError: The outcomes differ from `scenario.md`.
    """
    run = run_scenario([sys.executable, str(HERE / "scenario.py")], HERE, log)
    _compare_lines(expected_lines(), run.lines)
    return run


def check_scenario(row: Row, expected: Run, actual: Run) -> None:
    """Compare a language's run with Python's.

    Raises:
        FailedError: They differ in something that the row does not list.
    """
    wanted = [
        " ".join((*line.split(" ", 2)[:2], row.endings[number])) if number in row.endings else line
        for line in expected.lines
        for number in [line.partition(" ")[0]]
    ]
    _compare_lines(wanted, actual.lines)
    comparison = compare(expected.calls, actual.calls)
    if comparison.faults:
        raise FailedError("\n".join(comparison.faults))
    if comparison.writings != frozenset(row.writings):
        raise FailedError(
            f"targets are written differently in {sorted(comparison.writings)}, "
            f"but rows.toml names {sorted(row.writings)}"
        )


def check_one_call(run: Run) -> None:
    """Check the single call of a signer without a scenario; its query is hard to sign.

    Raises:
        FailedError: It is another call, or the emulator rejected it.
    """
    found = [(call.operation, call.signature_valid, call.status) for call in run.calls]
    if found != [("listTopics", True, 200)]:
        raise FailedError(f"called {found} instead of listTopics once with a valid signature")
    if parse_qs(run.calls[0].target.partition("?")[2]) != {"searchText": [SEARCH_TEXT]}:
        raise FailedError(f"called {run.calls[0].target}")


def cells(row: Row, expected: Run, log: IO[str]) -> list[str]:
    """Run the steps of a row up to the first failure."""
    found = [row.generator]
    missing = [tool for tool in row.needs if shutil.which(tool) is None]
    if missing:
        found.append(f"{', '.join(missing)} missing")
        print(found[-1], file=log)
        return [*found, "", "", "", str(row.lines_of_glue)]
    steps = (row.generate, row.compile, row.vectors, row.scenario or row.call)
    try:
        for number, command in enumerate(steps):
            if command is None:
                found.append("-")
                continue
            if number < len(steps) - 1:
                _run(command, row.path, log)
            elif row.scenario:
                check_scenario(row, expected, run_scenario(command, row.path, log))
            else:
                check_one_call(run_scenario(command, row.path, log))
            found.append("ok" if command != row.call else "one call")
    except FailedError as error:
        print(error, file=log)
        found.append("FAILED")
    return [*found, *[""] * (len(steps) + 1 - len(found)), str(row.lines_of_glue)]


def is_green(found: Sequence[str]) -> bool:
    """Return whether a row passed."""
    return all(cell in ("ok", "one call", "-") for cell in found[1:-1]) and int(found[-1]) <= 60


def main(names: Sequence[str]) -> int:
    """Print the table; return the exit status."""
    everything = rows()
    known = {row.language.lower() for row in everything}
    unknown = sorted(set(map(str.lower, names)) - known)
    if unknown:
        print(
            f"Unknown language: {', '.join(unknown)}. Known: {', '.join(sorted(known))}.",
            file=sys.stderr,
        )
        return 2
    with (LOGS / "python.log").open("w", encoding="utf-8") as log:
        try:
            expected = reference(log)
        except FailedError as error:
            print(f"The reference run in Python failed, see {log.name}:\n{error}", file=sys.stderr)
            return 1
    print(_line(("language", *COLUMNS)), flush=True)
    status = 0
    for row in everything:
        if names and row.language.lower() not in map(str.lower, names):
            continue
        path = LOGS / f"{row.language}-{row.generator.split()[0]}.log".lower()
        began = time.monotonic()
        with path.open("w", encoding="utf-8") as log:
            found = cells(row, expected, log)
        line = f"{_line((row.language, *found))}  {time.monotonic() - began:.0f} s"
        if not is_green(found):
            status = 1
            line += f", see reuse/{path.name}"
        print(line, flush=True)
    return status


def _run(
    command: Sequence[str] | str,
    folder: Path,
    log: IO[str],
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command, log its output, and return its standard output."""
    words = command.split() if isinstance(command, str) else command
    print(f"$ {' '.join(words)}", file=log, flush=True)
    try:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise FailedError(str(error)) from error
    try:
        output, _ = process.communicate(timeout=_LONGEST)
    except subprocess.TimeoutExpired as error:
        raise FailedError(f"{words[0]} did not finish within {_LONGEST:.0f} s") from error
    finally:
        if process.poll() is None:
            # With its children: a build tool can leave compilers running.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    print(output, file=log, flush=True)
    if process.returncode != 0:
        raise FailedError(f"{words[0]} failed with exit status {process.returncode}")
    return output


def _compare_lines(wanted: Sequence[str], found: Sequence[str]) -> None:
    faults = [
        f"printed {there!r} instead of {here!r}"
        for here, there in zip(wanted, found, strict=False)
        if here != there
    ]
    if len(wanted) != len(found):
        faults.append(f"printed {len(found)} lines instead of {len(wanted)}")
    if faults:
        raise FailedError("\n".join(faults))


def _line(texts: Sequence[str]) -> str:
    widths = (10, 41, 9, 8, 7, 8, 13)
    return "  ".join(f"{text:<{width}}" for text, width in zip(texts, widths, strict=True)).rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
