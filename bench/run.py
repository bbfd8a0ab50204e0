"""The benchmarks, interleaved in one run so that ratios are meaningful.

    python bench/run.py [--short] [--rounds N] [--seconds S] [--output docs/benchmarks.md]
    python bench/run.py --from-figures     # page and charts from bench/figures.json

Each cell is a separate process that sends for some seconds. A round runs every cell once, in
random order; ratios are computed within a round. The run fails if the median of a figure misses its
bound by more than 10 %. ``--short`` only checks that everything works. Otherwise the figures are
stored in ``bench/figures.json``, and the page and its charts are generated from them.
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

import charts
import report
import table
import targets
from report import Measured
from table import Cell, Figure, Results, Runs

HERE = Path(__file__).parent
ROOT = HERE.parent
FIGURES = HERE / "figures.json"
PACKAGES = ("httptools", "httpx", "aiohttp", "uvloop", "requests")
LONGEST = 5.0
"""Maximum duration of a cell, in seconds."""


def child(script: str, *arguments: object, env: Mapping[str, str] | None = None) -> Any:
    """Run one of the scripts in this folder and return the JSON that it prints."""
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
    """Run wrk; its CPU time is the increase of this process's children's."""
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
    """Run all cells in each round; those that a bound depends on run twice as long."""
    everything = table.cells(short=short)
    bounded = set(table.bounded_cells())
    results: Results = {cell: Runs() for cell in everything}
    for number in range(rounds):
        # From the fourth round on, only the cells that a bound depends on.
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
    """Run two contenders against the emulator, which verifies and stores each message."""
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
    """Measure everything except throughput."""
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
        Figure(
            "one `get_topic` / hand-written httpx, on a mock transport", calls["mock"], at_most=0.9
        ),
        Figure("one `get_topic` / hand-written httpx: CPU", calls["cpu"], at_most=0.35),
        Figure("one `get_topic` / requests: CPU", calls["cpu_requests"], at_most=0.33),
        Figure("`import ncloud_datastream`", imports["bare"], "ms", at_most=5.0),
        Figure("importing `DataStream` / `import httpx, attrs`", imports["client"], at_most=1.05),
        Figure("`sign()` / bare digest and Base64 of a prebuilt string", sign["sign"], at_most=1.5),
        *(
            Figure(
                f"`send_message` from 2,000 {name} at once: completed",
                [found["messages"]],
                "calls",
                at_least=2000,
            )
            for name, found in at_once.items()
        ),
        *(
            Figure(
                f"`send_message` from 2,000 {name} at once: peak connections",
                [at_once[name]["connections"]],
                "",
                at_most=limit,
            )
            for name, limit in (("tasks", 64), ("threads", 100))
        ),
        Figure(
            f"memory growth, `send_messages`, {count:,} messages",
            [memory["most"]],
            "MB",
            at_most=20,
        ),
        Figure(
            f"memory growth, producer with its default buffer, {count:,} messages",
            [held["most"]],
            "MB",
            at_most=20,
        ),
        Figure(
            "one `send` of a producer: CPU of the calling thread", send["send"], "µs", at_most=10
        ),
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
    """Describe the machine and the versions measured."""
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


def write(measured: Measured, output: Path) -> None:
    """Write the page, and its charts into ``assets`` beside it."""
    output.write_text(report.text(measured), encoding="utf-8")
    folder = output.parent / "assets"
    folder.mkdir(exist_ok=True)
    for chart in charts.charts(measured.results):
        (folder / chart.name).write_text(chart.svg, encoding="utf-8")


def note(text: str) -> None:
    """Print the current step to stderr."""
    sys.stderr.write(f"\r\033[K{text}" if sys.stderr.isatty() else f"{text}\n")
    sys.stderr.flush()


def main() -> int:
    """Measure, print and write the report; return 1 if a bound is missed."""
    options = argparse.ArgumentParser(description="Measure how fast messages are sent.")
    options.add_argument("--short", action="store_true", help="only check that everything works")
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--seconds", type=float, default=1.0, help="per cell without a bound")
    options.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md")
    options.add_argument(
        "--from-figures",
        type=Path,
        nargs="?",
        const=FIGURES,
        metavar="FILE",
        help="measure nothing: write page and charts from the figures of an earlier run",
    )
    chosen = options.parse_args()
    if chosen.from_figures is not None:
        write(Measured.read(chosen.from_figures), chosen.output)
        return 0
    rounds, seconds = (1, 0.3) if chosen.short else (chosen.rounds, chosen.seconds)
    try:
        targets.program("wrk")
        with targets.nginx() as nginx:
            results = throughput(nginx, rounds, seconds, short=chosen.short)
            plain = figures(nginx, short=chosen.short)
    except targets.MissingProgramError as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    emulated = against_emulator(1 if chosen.short else 3, seconds)
    measured = Measured(
        date=time.strftime("%Y-%m-%d"),
        machine=machine(nginx.version),
        rounds=rounds,
        results=results,
        emulated=emulated,
        figures=[*table.compared(results), *plain],
    )
    note("")
    print(report.text(measured))  # noqa: T201
    failures = sum(runs.failures for runs in [*results.values(), *emulated.values()])
    if chosen.short:
        # Speed is not judged here: everything ran, and nothing failed.
        return int(failures > 0)
    measured.save(FIGURES)
    write(measured, chosen.output)
    missed = [figure.title for figure in measured.figures if not figure.met]
    for title in missed:
        sys.stderr.write(f"missed: {title}\n")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
