"""The charts of docs/benchmarks.md: SVG without scripts or external resources.

Each chart has its own background, in a light and a dark version, which the reader's system chooses.
So it is legible on any page, whatever color scheme the page itself uses.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from table import TITLES, Cell, Results

CONCURRENCY = 64
"""Messages in flight in the bar charts."""

LINES = ("ours_uvloop", "ours", "ours_sync", "aiohttp_loop")
CLIENTS = ("requests_threads", "httpx_per_worker", "httpx_shared")
BARS = (*LINES, "ours_producer", "ours_single", *CLIENTS)

_WIDTH = 760
_LABELS = 370
"""Width of the labels beside the bars."""
_STYLE = """
  .back { fill: #ffffff; stroke: #d1d9e0 } text { fill: #1f2328; font: 13px system-ui, sans-serif }
  .title { font-weight: 600; font-size: 15px } .small { fill: #59636e; font-size: 12px }
  .grid { stroke: #d1d9e0 } path.line { fill: none; stroke-width: 2.5 } .spread { stroke: #1f2328 }
  .a { fill: #00796b; stroke: #00796b } .b { fill: #b35900; stroke: #b35900 }
  .c { fill: #6639ba; stroke: #6639ba } .d { fill: #6e7781; stroke: #6e7781 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #1c1f26; stroke: #3d444d } text { fill: #e6edf3 } .small { fill: #9aa4af }
    .grid { stroke: #3d444d } .spread { stroke: #e6edf3 }
    .a { fill: #4db6ac; stroke: #4db6ac } .b { fill: #f0a050; stroke: #f0a050 }
    .c { fill: #b99cf5; stroke: #b99cf5 } .d { fill: #8b949e; stroke: #8b949e }
  }
"""
_SERIES = ("a", "b", "c", "d")
_DASHES = ("", "7 4", "2 4", "10 4 2 4")


@dataclass(frozen=True)
class Chart:
    """A chart: its file name, its text alternative and its SVG."""

    name: str
    alt: str
    svg: str


@dataclass(frozen=True)
class Bar:
    """A median with its spread."""

    label: str
    values: Sequence[float]
    is_ours: bool

    @property
    def median(self) -> float:
        return statistics.median(self.values)


def charts(results: Results) -> list[Chart]:
    """Return the charts of a run; without a chart's cells, that chart is left out."""
    where = f"plain, 100 bytes, {CONCURRENCY} in flight"
    made = [
        _bars("bench-throughput.svg", f"Messages per second ({where})", "", results, "rate"),
        _bars(
            "bench-cpu.svg",
            f"CPU time per message ({where}; less is better)",
            " µs",
            results,
            "cpu",
        ),
        _lines(
            "bench-concurrency.svg",
            "Messages per second by messages in flight (plain, 100 bytes)",
            results,
        ),
    ]
    return [chart for chart in made if chart is not None]


def _label(contender: str) -> str:
    return TITLES[contender].replace("`", "")


def _bars(name: str, title: str, unit: str, results: Results, kind: str) -> Chart | None:
    bars = []
    for contender in BARS:
        runs = results.get(Cell(contender, CONCURRENCY))
        values: Mapping[int, float] = {} if runs is None else getattr(runs, kind)
        if values:
            bars.append(Bar(_label(contender), list(values.values()), contender.startswith("ours")))
    if not bars:
        return None
    bars.sort(key=lambda bar: bar.median, reverse=kind == "rate")
    most = max(max(bar.values) for bar in bars)
    scale = (_WIDTH - _LABELS - 90) / most
    parts = []
    for number, bar in enumerate(bars):
        y, end = 52 + 28 * number, _LABELS + bar.median * scale
        low, high = (_LABELS + value * scale for value in (min(bar.values), max(bar.values)))
        parts += [
            f'<text x="{_LABELS - 10}" y="{y + 14}" text-anchor="end">{escape(bar.label)}</text>',
            f'<rect class="{"a" if bar.is_ours else "d"}" x="{_LABELS}" y="{y + 1}" '
            f'width="{end - _LABELS:.1f}" height="17"/>',
            f'<path class="spread" d="M{low:.1f} {y + 9.5}H{high:.1f}"/>',
            f'<text x="{max(end, high) + 8:.1f}" y="{y + 14}">{bar.median:,.0f}{unit}</text>',
        ]
    values = "; ".join(f"{bar.label} {bar.median:,.0f}{unit}" for bar in bars)
    note = "Bars are medians, thin lines the range over all rounds. Teal: this package."
    height = 62 + 28 * len(bars) + 24
    parts.append(f'<text class="small" x="16" y="{height - 14}">{note}</text>')
    return _chart(name, title, f"Bar chart. {title}: {values}.", parts, height)


def _lines(name: str, title: str, results: Results) -> Chart | None:
    series = {}
    for contender in LINES:
        points = {
            cell.concurrency: statistics.median(runs.rate.values())
            for cell, runs in results.items()
            if cell == Cell(contender, cell.concurrency) and runs.rate
        }
        if len(points) > 1:
            series[contender] = dict(sorted(points.items()))
    if not series:
        return None
    columns = sorted({column for points in series.values() for column in points})
    step = _step(max(max(points.values()) for points in series.values()))
    top = step * (int(max(max(points.values()) for points in series.values()) / step) + 1)
    left, right, upper, lower = 70, _WIDTH - 30, 116, 356

    def x(column: int) -> float:
        return left + 20 + (right - left - 40) * columns.index(column) / (len(columns) - 1)

    def y(value: float) -> float:
        return lower - (lower - upper) * value / top

    parts = []
    for number in range(round(top / step) + 1):
        at = y(number * step)
        parts += [
            f'<path class="grid" d="M{left} {at:.1f}H{right}"/>',
            f'<text class="small" x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">'
            f"{number * step:,.0f}</text>",
        ]
    parts += [
        f'<text class="small" x="{x(column):.1f}" y="{lower + 20}" text-anchor="middle">'
        f"{column}</text>"
        for column in columns
    ]
    for number, (contender, points) in enumerate(series.items()):
        mark, dash = _SERIES[number], _DASHES[number]
        path = "L".join(f"{x(column):.1f} {y(value):.1f}" for column, value in points.items())
        at = 50 + 24 * (number // 2), 16 + 370 * (number % 2)
        parts += [
            f'<path class="line {mark}" stroke-dasharray="{dash}" d="M{path}"/>',
            *(
                f'<circle class="{mark}" cx="{x(column):.1f}" cy="{y(value):.1f}" r="3.5"/>'
                for column, value in points.items()
            ),
            f'<path class="line {mark}" stroke-dasharray="{dash}" d="M{at[1]} {at[0] + 5}h36"/>',
            f'<text x="{at[1] + 44}" y="{at[0] + 10}">{escape(_label(contender))}</text>',
        ]
    parts.append(
        f'<text class="small" x="{(left + right) / 2}" y="{lower + 42}" text-anchor="middle">'
        "messages in flight</text>"
    )
    values = "; ".join(
        f"{_label(contender)} "
        + ", ".join(f"{value:,.0f} at {column}" for column, value in points.items())
        for contender, points in series.items()
    )
    return _chart(name, title, f"Line chart. {title}: {values}.", parts, lower + 58)


def _step(most: float) -> float:
    """Return a round distance between grid lines, for four to ten of them."""
    power = 10.0 ** (len(str(int(most))) - 1)
    return next(step for step in (power / 5, power / 2, power, power * 2) if most / step <= 8)


def _chart(name: str, title: str, alt: str, parts: Sequence[str], height: float) -> Chart:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
        f'width="{_WIDTH}" height="{height:.0f}" role="img">\n<title>{escape(alt)}</title>\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect class="back" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1:.0f}" '
        f'rx="6"/>\n<text class="title" x="16" y="30">{escape(title)}</text>\n'
    )
    return Chart(name, alt, head + "\n".join(parts) + "\n</svg>\n")
