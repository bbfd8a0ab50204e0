"""Run openapi.yaml through the generators of `generators.toml` and compile the output.

::

    python reuse/generators.py             all of them; writes docs/reference/generators.md
    python reuse/generators.py --quick     the fast ones, without the page: `make check` does this
    python reuse/generators.py go kotlin   those with such a language or generator, and their rows
                                           of the page

If the compiler is not installed, the generator is run and its output is not compiled, as shown in
the table. The exit status is 1 if one fails. The output of the tools is written to
`.cache/generators/*.log`.
"""

# ruff: noqa: T201 - this program prints its result
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
ROOT = HERE.parent
WORK = ROOT / ".cache" / "generators"
PAGE = ROOT / "docs" / "reference" / "generators.md"
BEGIN, END = "<!-- from a run of make generators -->", "<!-- end -->"
HOSTS = ("management", "message")
_LONGEST = 900.0  # seconds per command


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator: an entry of `generators.toml`."""

    language: str
    document: str
    generator: str = ""
    name: str = ""
    library: str = ""
    properties: str = ""
    options: str = ""
    generate: str = ""
    compile: str = ""
    needs: tuple[str, ...] = ()
    quick: bool = False

    @property
    def title(self) -> str:
        """The generator with its version."""
        if self.generator:
            return self.generator
        return " ".join(["openapi-generator", _version(), self.name, self.library]).rstrip()

    @property
    def slug(self) -> str:
        """The name of its folder."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")

    def command(self, document: Path, out: Path) -> list[str]:
        """The command that generates."""
        if self.generate:
            return _fill(self.generate, document, out)
        command = [str(HERE / "openapi-generator.sh"), "generate"]
        command += [f"--generator-name={self.name}", f"--input-spec={document}", f"--output={out}"]
        if self.library:
            command.append(f"--library={self.library}")
        if self.properties:
            command.append(f"--additional-properties={self.properties}")
        return command


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a generator."""

    generates: str
    compiles: str

    @property
    def failed(self) -> bool:
        """Return whether a step failed."""
        return "FAILED" in (self.generates, self.compiles)


def generators() -> list[Generator]:
    """Read `generators.toml`."""
    entries = tomllib.loads((HERE / "generators.toml").read_text(encoding="utf-8"))
    return [Generator(**{**each, "needs": tuple(each["needs"])}) for each in entries["generator"]]


def documents(generator: Generator) -> list[Path]:
    """Return the documents to give to a generator."""
    if generator.document == "whole":
        return [ROOT / "openapi.yaml"]
    return [WORK / "contract" / f"openapi-{host}.json" for host in HOSTS]


def work(generator: Generator) -> Result:
    """Generate and compile, once per document."""
    missing = [tool for tool in generator.needs if shutil.which(tool) is None]
    folder = WORK / generator.slug
    shutil.rmtree(folder, ignore_errors=True)
    with (WORK / f"{generator.slug}.log").open("w", encoding="utf-8") as log:
        compiles = "no" if not generator.compile else "yes"
        for document in documents(generator):
            out = folder / document.stem
            out.mkdir(parents=True)
            # Extends the shared settings: tsc and others search for packages in parent folders.
            (out / "tsconfig.json").write_text('{"extends": "../../tsconfig.json"}\n')
            if {"npm"} & set(missing) or not _run(generator.command(document, out), ROOT, log):
                return Result("FAILED", "")
            if missing:
                compiles = f"not here: no {', '.join(missing)}"
            elif generator.compile and not _run(_fill(generator.compile, document, out), out, log):
                return Result("yes", "FAILED")
        return Result("yes", compiles)


def prepare(chosen: Sequence[Generator]) -> None:
    """Write the documents per host, and install the npm packages if necessary."""
    WORK.mkdir(parents=True, exist_ok=True)
    script = ROOT / "generator" / "contract" / "hosts.py"
    subprocess.run(
        [sys.executable, script, WORK / "contract"], check=True, stdout=subprocess.DEVNULL
    )
    for name in ("tsconfig.json", "package.json", "package-lock.json"):
        installed, ours = WORK / name, HERE / "generators" / name
        if not installed.exists() or installed.read_bytes() != ours.read_bytes():
            shutil.rmtree(WORK / "node_modules", ignore_errors=True)
            shutil.copy(ours, installed)
    if (WORK / "node_modules").exists() or not any("npm" in each.needs for each in chosen):
        return
    npm = shutil.which("npm")
    if npm is not None:
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([npm, "ci", *flags], cwd=WORK, check=True)


def row(generator: Generator, result: Result) -> str:
    """Return a generator's row of the table."""
    document = "`openapi.yaml`" if generator.document == "whole" else "one per host"
    cells = (document, result.generates, result.compiles, generator.options)
    return f"{_beginning(generator)} {' | '.join(cells)} |"


def write(everything: Sequence[Generator], results: Mapping[Generator, Result]) -> None:
    """Write the rows of a run into the page; other rows are unchanged."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    old, _, after = rest.partition(END)
    lines = ["| language | generator | document | generates | compiles | options |"]
    lines.append("|---|---|---|---|---|---|")
    for each in everything:
        if each in results:
            lines.append(row(each, results[each]))
        else:
            lines += [line for line in old.splitlines() if line.startswith(_beginning(each))]
    table = "\n".join(lines)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Run the selected generators and print a line for each; return the exit status."""
    quick = "--quick" in arguments
    names = {each.lower() for each in arguments if each != "--quick"}
    everything = generators()
    chosen = [
        each
        for each in everything
        if (not quick or each.quick)
        and (not names or names & {each.language.lower(), each.name, each.library, each.slug})
    ]
    if not chosen:
        known = sorted({each.language.lower() for each in everything})
        print(
            f"Unknown generator: {', '.join(sorted(names))}. Languages: {', '.join(known)}.",
            file=sys.stderr,
        )
        return 2
    prepare(chosen)
    results = {}
    for each in chosen:
        began = time.monotonic()
        results[each] = result = work(each)
        where = f", see .cache/generators/{each.slug}.log" if result.failed else ""
        summary = f"generates: {result.generates}, compiles: {result.compiles or '-'}"
        print(f"{each.title}: {summary}  {time.monotonic() - began:.0f} s{where}", flush=True)
    if not quick:
        write(everything, results)
        print(PAGE.relative_to(ROOT))
    return int(any(result.failed for result in results.values()))


def _beginning(generator: Generator) -> str:
    return f"| {generator.language} | {generator.title} |"


def _version() -> str:
    text = (ROOT / "generator" / "lint" / "requirements.txt").read_text(encoding="utf-8")
    return text.rpartition("==")[2].strip()


def _fill(command: str, document: Path, out: Path) -> list[str]:
    places = {
        "in": document,
        "out": out,
        "node": WORK / "node_modules",
        "here": HERE,
        "python": sys.executable,
        "bin": Path(sys.executable).parent,
    }
    return [word.format(**places) for word in shlex.split(command)]


def _run(command: Sequence[str], folder: Path, log: IO[str]) -> bool:
    print(f"$ {shlex.join(command)}", file=log, flush=True)
    # openapi-python-client finds its formatter on the PATH of its own environment.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=log)
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
