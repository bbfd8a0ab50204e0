"""The benchmarks: everything in one run, in turn, so that ratios mean something.

    python bench/run.py [--short] [--rounds N] [--seconds S] [--output docs/benchmarks.md]

Each cell is a process of its own that sends for some seconds. A round runs every cell once, in an
order of its own; ratios are taken within a round. A figure whose median misses its bound by more
than a tenth fails the run. The short form shows that everything works, not how fast.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import random
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import table
import targets
from table import Cell, Figure, Results, Runs

HERE = Path(__file__).parent
ROOT = HERE.parent
PACKAGES = ("httptools", "httpx", "aiohttp", "uvloop", "requests")
LONGEST = 5.0
"""Seconds that a cell may take at the most."""


def child(script: str, *arguments: object, env: Mapping[str, str] | None = None) -> Any:
    """Run one of the scripts here, and return what it prints."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **(env or {})}, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def run_cell(
    cell: Cell, url: str, seconds: float, env: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Run one cell."""
    seconds = min(seconds, LONGEST)
    if cell.contender == "wrk":
        return wrk(cell, url, seconds)
    found: dict[str, float] = child(
        "contenders.py", cell.contender, url, cell.concurrency, cell.size, seconds, env=env
    )
    return found


def wrk(cell: Cell, url: str, seconds: float) -> dict[str, float]:
    """Run wrk; its own CPU is that of the children of this process, less what was before."""
    script = HERE / "post.lua"
    before = os.times()
    done = subprocess.run(
        [
            targets.program("wrk"),
            "-t1",
            f"-c{cell.concurrency}",
            f"-d{max(1, round(seconds))}s",
            f"-s{script}",
            f"{url}/api/produce",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "BENCH_SIZE": str(cell.size)},
    )
    after = os.times()
    match = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout)
    assert match is not None, done.stdout
    cpu = after.children_user - before.children_user + after.children_system
    return {
        "messages": int(match[1]),
        "seconds": float(match[2]),
        "failures": 0,
        "cpu": cpu - before.children_system,
    }


def throughput(nginx: targets.Nginx, rounds: int, seconds: float, *, short: bool) -> Results:
    """Run all cells for all rounds; those that a bound depends on twice as long."""
    everything = table.cells(short=short)
    bounded = set(table.bounded_cells())
    results: Results = {cell: Runs() for cell in everything}
    for number in range(rounds):
        # After some rounds, only what a bound depends on is measured further.
        wanted = [cell for cell in everything if number < 3 or cell in bounded]
        random.Random(number).shuffle(wanted)  # noqa: S311 - an order, not a secret
        for place, cell in enumerate(wanted):
            note(f"round {number + 1}/{rounds}, cell {place + 1}/{len(wanted)}: {cell}")
            url = nginx.tls if cell.tls else nginx.plain
            length = seconds * 2 if cell in bounded and not short else seconds
            found = run_cell(cell, url, length)
            runs = results[cell]
            runs.failures += int(found["failures"])
            if found["messages"]:
                runs.rate[number] = found["messages"] / found["seconds"]
                runs.cpu[number] = found["cpu"] / found["messages"] * 1e6
    return results


def against_emulator(rounds: int, seconds: float) -> Results:
    """The same against the emulator, which verifies each signature and keeps each message."""
    chosen = [Cell(name, 64) for name in ("ours", "aiohttp_loop")]
    results: Results = {cell: Runs() for cell in chosen}
    with targets.emulator() as (url, env):
        for number in range(rounds):
            for cell in chosen if number % 2 else reversed(chosen):
                note(f"emulator, round {number + 1}/{rounds}: {cell.contender}")
                found = run_cell(cell, url, seconds, env)
                results[cell].failures += int(found["failures"])
                results[cell].rate[number] = found["messages"] / found["seconds"]
                results[cell].cpu[number] = found["cpu"] / found["messages"] * 1e6
    return results


def figures(nginx: targets.Nginx, *, short: bool) -> list[Figure]:
    """Measure everything that is no throughput."""
    rounds = 3 if short else 15
    note("one call")
    calls = child("single.py", "calls", nginx.plain, rounds, 20 if short else 200)
    note("signing")
    sign = child("single.py", "sign", rounds)
    note("imports")
    imports = child("single.py", "imports", 3 if short else 25)
    note("2,000 tasks, 2,000 threads")
    at_once = {
        name: child("contenders.py", contender, nginx.plain, 1, 100, 0)
        for name, contender in (("tasks", "ours_gather"), ("threads", "ours_threads"))
    }
    note("memory")
    count = 20_000 if short else 1_000_000
    memory = child("memory.py", "sending", nginx.plain, count)
    held = child("memory.py", "producer", nginx.plain, count)
    note("one send of a producer")
    send = child("single.py", "send", nginx.plain, rounds, 500 if short else 20_000)
    note("regenerate")
    return [
        Figure("one `get_topic` / hand-written httpx, over a socket", calls["socket"], at_most=1.1),
        Figure("the same on a mock transport", calls["mock"], at_most=0.9),
        Figure("blocking `get_topic` / hand-written httpx: CPU", calls["cpu"], at_most=0.35),
        Figure("the same / requests: CPU", calls["cpu_requests"], at_most=0.33),
        Figure("`import ncloud_datastream`", imports["bare"], "ms", at_most=5.0),
        Figure("import with `DataStream` / `import httpx, attrs`", imports["client"], at_most=1.05),
        Figure("`sign()` / bare digest and Base64 of a ready text", sign["sign"], at_most=1.5),
        *(
            Figure(
                f"`send_message` of 2,000 {name} at once: completed",
                [found["messages"]],
                "calls",
                at_least=2000,
            )
            for name, found in at_once.items()
        ),
        *(
            Figure(
                f"the same of {name}: connections at the most",
                [at_once[name]["connections"]],
                "",
                at_most=limit,
            )
            for name, limit in (("tasks", 64), ("threads", 100))
        ),
        Figure(f"memory growth over {count:,} messages", [memory["most"]], "MB", at_most=20),
        Figure(
            f"the same, a producer with its default buffer, {count:,} messages",
            [held["most"]],
            "MB",
            at_most=20,
        ),
        Figure("one `send` of a producer: CPU of its thread", send["send"], "µs", at_most=10),
        Figure("`make regenerate`, warm", regenerate(1 if short else 3), "s", at_most=5.0),
    ]


def regenerate(rounds: int) -> list[float]:
    """Return the seconds that the second and later runs take."""
    command = ["make", "--no-print-directory", "regenerate"]
    seconds = []
    for number in range(rounds + 1):
        began = time.monotonic()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        if number:
            seconds.append(time.monotonic() - began)
    return seconds


def machine(nginx_version: str) -> str:
    """Say what it was measured on and with."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        match = re.search(r"(?m)^model name\s*: (.*)$", info.read_text(encoding="utf-8"))
        model = match[1] if match else model
    versions = [f"Python {platform.python_version()}", f"nginx {nginx_version}"]
    versions += [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return (
        f"{os.cpu_count()} x {model}, {platform.system()} {platform.release().split('-')[0]}; "
        f"{', '.join(versions)}."
    )


def report(
    nginx_version: str, results: Results, emulated: Results, all_figures: list[Figure], rounds: int
) -> str:
    """Return docs/benchmarks.md."""
    sections = [
        "# Benchmarks",
        "Made by `make bench`; do not edit. Client and server share one machine, so that the "
        "ratios and the CPU per message say more than the messages per second.",
        f"Measured {time.strftime('%Y-%m-%d')} on {machine(nginx_version)}",
        "## Figures with a bound",
        f"Medians of {rounds} rounds; ratios are taken within a round, in which all contenders "
        "run in turn. A figure that misses its bound by more than a tenth fails the run.",
        table.figures_table(all_figures),
    ]
    for tls in (False, True):
        for size in (100, 10_000):
            if any((cell.tls, cell.size) == (tls, size) for cell in results):
                sections += [
                    f"## {'TLS' if tls else 'Plain'}, messages of {size:,} bytes",
                    "Messages a second (median, half the spread) / CPU a message, by the number "
                    "in flight; to nginx.",
                    table.throughput_table(results, tls=tls, size=size),
                ]
    sections += [
        "## The emulator as the target",
        "It verifies each signature and keeps each message, in Python: it is the bottleneck here.",
        table.throughput_table(emulated, tls=False, size=100),
    ]
    return "\n\n".join(sections) + "\n"


def note(text: str) -> None:
    """Say what is being done."""
    sys.stderr.write(f"\r\033[K{text}" if sys.stderr.isatty() else f"{text}\n")
    sys.stderr.flush()


def main() -> int:
    """Run all, print the tables, write them down, and say by the status whether all is met."""
    options = argparse.ArgumentParser(description="Measure how fast messages are sent.")
    options.add_argument("--short", action="store_true", help="only see that everything works")
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--seconds", type=float, default=1.0, help="of a cell without a bound")
    options.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md")
    chosen = options.parse_args()
    rounds, seconds = (1, 0.3) if chosen.short else (chosen.rounds, chosen.seconds)
    try:
        targets.program("wrk")
        with targets.nginx() as nginx:
            results = throughput(nginx, rounds, seconds, short=chosen.short)
            plain = figures(nginx, short=chosen.short)
    except targets.Missing as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    emulated = against_emulator(1 if chosen.short else 3, seconds)
    all_figures = [*table.compared(results), *plain]
    text = report(nginx.version, results, emulated, all_figures, rounds)
    note("")
    print(text)  # noqa: T201
    failures = sum(runs.failures for runs in [*results.values(), *emulated.values()])
    if chosen.short:
        # Fast is what a quiet machine is for; here, everything has run, and nothing failed.
        return int(failures > 0)
    chosen.output.write_text(text, encoding="utf-8")
    missed = [figure.title for figure in all_figures if not figure.met]
    for title in missed:
        sys.stderr.write(f"missed: {title}\n")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
