"""The cells of the benchmark, the bounds on them, and their tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

TOLERANCE = 1.1
"""How far a figure may exceed its bound before it fails the run: 10 %."""

TITLES = {
    "ours": "`send_messages`",
    "ours_uvloop": "`send_messages`, uvloop",
    "ours_sync": "`send_messages` of a `DataStream`",
    "ours_producer": "a producer of an `AsyncDataStream`",
    "ours_producer_sync": "a producer of a `DataStream`",
    "ours_single": "`send_message`, single calls of an `AsyncDataStream`",
    "ours_get": "`get_topic`, single calls of an `AsyncDataStream`",
    "aiohttp_loop": "aiohttp, hand-written loop",
    "aiohttp_get": "aiohttp, hand-written loop, getting a topic",
    "httpx_shared": "httpx, one shared `AsyncClient`",
    "httpx_per_worker": "httpx, one `AsyncClient` per worker",
    "requests_threads": "requests, one thread and session per worker",
    "wrk": "wrk (upper limit: neither signs nor checks)",
}


@dataclass(frozen=True, order=True)
class Cell:
    """One contender under one load."""

    contender: str
    concurrency: int
    tls: bool = False
    size: int = 100


@dataclass
class Runs:
    """A cell's results by round; the same round is comparable across cells."""

    rate: dict[int, float] = field(default_factory=dict)
    """Messages per second."""
    cpu: dict[int, float] = field(default_factory=dict)
    """CPU microseconds per message."""
    failures: int = 0


Results = dict[Cell, Runs]

WIDE = ("ours", "ours_uvloop", "ours_sync", "aiohttp_loop")
PRODUCERS = ("ours_producer", "ours_producer_sync")
SINGLE = ("ours_single", "ours_get", "aiohttp_get")
OTHERS = ("requests_threads", "httpx_shared", "httpx_per_worker", "wrk")


def cells(*, short: bool) -> list[Cell]:
    """Return all cells; in the short form, enough to show that each contender works."""
    if short:
        names = [*WIDE, *OTHERS, *PRODUCERS, *SINGLE]
        return [Cell(name, 8) for name in names] + [Cell(name, 8, tls=True) for name in WIDE]
    wide = [
        Cell(name, concurrency, tls, size)
        for name in WIDE
        for concurrency in (1, 8, 32, 64, 256)
        for tls in (False, True)
        for size in (100, 10_000)
    ]
    others = [Cell(name, concurrency) for name in OTHERS for concurrency in (1, 32, 64)]
    single = [Cell(name, 64) for name in (*PRODUCERS, *SINGLE)]
    return [*wide, *others, *single, Cell("ours_single", 1), Cell("wrk", 64, tls=True)]


@dataclass(frozen=True)
class Comparison:
    """A ratio of two cells with a bound."""

    title: str
    ours: Cell
    theirs: Cell
    at_least: float | None = None
    """Bound on the ratio of messages per second."""
    cpu_at_most: float | None = None
    """Bound on the ratio of CPU per message."""


COMPARISONS = (
    *(
        Comparison(
            f"`send_messages` / hand-written aiohttp, c={c}, {'TLS' if tls else 'plain'}",
            Cell("ours", c, tls),
            Cell("aiohttp_loop", c, tls),
            at_least=1.5,
            cpu_at_most=0.6,
        )
        for c, tls in ((32, False), (64, False), (64, True))
    ),
    Comparison(
        "`send_messages` / naive httpx, c=32", Cell("ours", 32), Cell("httpx_shared", 32), 20.0
    ),
    Comparison(
        "`send_messages` / naive httpx, c=64", Cell("ours", 64), Cell("httpx_shared", 64), 40.0
    ),
    *(
        Comparison(
            f"`send_messages` of `DataStream` / of `AsyncDataStream`, c={c}",
            Cell("ours_sync", c),
            Cell("ours", c),
            at_least=0.8,
        )
        for c in (32, 64)
    ),
    *(
        Comparison(
            f"producer / `send_messages`, {form}, c=64",
            Cell(producer, 64),
            Cell(sending, 64),
            at_least=0.9,
        )
        for form, producer, sending in (
            ("sync", "ours_producer_sync", "ours_sync"),
            ("async", "ours_producer", "ours"),
        )
    ),
    Comparison(
        "single `send_message` calls / hand-written aiohttp, c=64",
        Cell("ours_single", 64),
        Cell("aiohttp_loop", 64),
        at_least=1.15,
        cpu_at_most=0.85,
    ),
    Comparison(
        "single `send_message` calls / hand-written aiohttp, one at a time",
        Cell("ours_single", 1),
        Cell("aiohttp_loop", 1),
        at_least=1.1,
        cpu_at_most=0.9,
    ),
    Comparison(
        "single `get_topic` calls / hand-written aiohttp, c=64",
        Cell("ours_get", 64),
        Cell("aiohttp_get", 64),
        at_least=1.1,
        cpu_at_most=0.9,
    ),
    Comparison(
        "single `send_message` calls / httpx, one client per worker, c=64",
        Cell("ours_single", 64),
        Cell("httpx_per_worker", 64),
        at_least=1.0,
    ),
)


def bounded_cells() -> list[Cell]:
    """Return the cells that a bound depends on."""
    return sorted({cell for each in COMPARISONS for cell in (each.ours, each.theirs)})


@dataclass(frozen=True)
class Figure:
    """A measured figure with a bound."""

    title: str
    values: Sequence[float]
    unit: str = "x"
    at_least: float | None = None
    at_most: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def met(self) -> bool:
        """Return whether the bound is met, within the tolerance."""
        if self.at_least is not None and self.median < self.at_least / TOLERANCE:
            return False
        return self.at_most is None or self.median <= self.at_most * TOLERANCE

    def row(self) -> str:
        """Return the figure as a row of a table."""
        low, high = min(self.values), max(self.values)
        bound = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        verdict = "yes" if self.met else "**no**"
        return (
            f"| {self.title} | {_number(self.median)} {self.unit} "
            f"| {_number(low)} to {_number(high)} | {bound} {self.unit} | {verdict} |"
        )


def compared(results: Results) -> Iterable[Figure]:
    """Yield the figures of all comparisons, from the rounds that both cells took part in."""
    for each in COMPARISONS:
        ours, theirs = results.get(each.ours), results.get(each.theirs)
        if ours is None or theirs is None:
            continue
        rounds = sorted(ours.rate.keys() & theirs.rate.keys())
        if each.at_least is not None:
            rates = [ours.rate[n] / theirs.rate[n] for n in rounds]
            yield Figure(f"{each.title}: throughput", rates, at_least=each.at_least)
        if each.cpu_at_most is not None:
            loads = [ours.cpu[n] / theirs.cpu[n] for n in rounds]
            yield Figure(f"{each.title}: CPU per message", loads, at_most=each.cpu_at_most)


def figures_table(figures: Iterable[Figure]) -> str:
    """Return the table of figures with bounds."""
    head = ["| figure | median | spread | bound | met |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(figure.row() for figure in figures)])


def throughput_table(results: Results, *, tls: bool, size: int) -> str:
    """Return the table of messages per second and CPU per message, one row per contender."""
    chosen = [cell for cell in results if (cell.tls, cell.size) == (tls, size)]
    columns = sorted({cell.concurrency for cell in chosen})
    names = [name for name in TITLES if any(cell.contender == name for cell in chosen)]
    lines = [
        "| | " + " | ".join(f"c={column}" for column in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for name in names:
        row = [TITLES[name]]
        for column in columns:
            runs = results.get(Cell(name, column, tls, size))
            row.append("" if runs is None or not runs.rate else _cell(runs))
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def _cell(runs: Runs) -> str:
    rate = statistics.median(runs.rate.values())
    spread = (max(runs.rate.values()) - min(runs.rate.values())) / 2 / rate if rate else 0.0
    cpu = f"{statistics.median(runs.cpu.values()):,.0f} µs" if runs.cpu else "-"
    failed = f", {runs.failures} failed" if runs.failures else ""
    return f"{rate:,.0f} ±{spread:.0%} / {cpu}{failed}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
