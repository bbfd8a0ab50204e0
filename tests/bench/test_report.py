"""The page and the charts of the benchmarks, from stored figures: nothing is measured here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

RUN = Path(__file__).parents[2] / "bench" / "run.py"
SVG = "{http://www.w3.org/2000/svg}"


def cell(contender: str, concurrency: int, rate: float, **more: Any) -> dict[str, Any]:
    return {
        "contender": contender,
        "concurrency": concurrency,
        "tls": False,
        "size": 100,
        "rate": {"0": rate * 0.9, "1": rate, "2": rate * 1.1},
        "cpu": {"0": 1e6 / rate, "1": 1e6 / rate, "2": 1e6 / rate},
        "failures": 0,
    } | more


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page and its charts."""
    place = tmp_path_factory.mktemp("docs")
    figure = {"title": "ours / theirs", "values": [1.9, 2.0, 2.5], "unit": "x"}
    figures = {
        "date": "2026-11-24",
        "machine": "2 x a CPU, Linux 6.1; Python 3.11.7.",
        "rounds": 3,
        "results": [
            cell("ours", 1, 12_000.0),
            cell("ours", 64, 20_000.0),
            cell("aiohttp_loop", 64, 8_000.0, failures=3),
            cell("ours", 64, 15_000.0, tls=True),
        ],
        "emulated": [cell("ours", 64, 9_000.0)],
        "figures": [
            figure | {"at_least": 1.5, "at_most": None},
            figure | {"title": "missed", "at_least": None, "at_most": 1.8},
        ],
    }
    (place / "figures.json").write_text(json.dumps(figures))
    words = [RUN, "--from-figures", place / "figures.json", "--output", place / "benchmarks.md"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return place


def test_the_page_states_medians_spreads_and_bounds(folder: Path) -> None:
    page = (folder / "benchmarks.md").read_text("utf-8")
    assert "Measured 2026-11-24 on 2 x a CPU, Linux 6.1; Python 3.11.7." in page
    assert "| ours / theirs | 2.00 x | 1.90 to 2.50 | ≥ 1.5 x | yes |" in page
    assert "| missed | 2.00 x | 1.90 to 2.50 | ≤ 1.8 x | **no** |" in page
    assert "| `send_messages` | 12,000 ±10% / 83 µs | 20,000 ±10% / 50 µs |" in page
    assert "| 8,000 ±10% / 125 µs, 3 failed |" in page
    assert "## TLS, messages of 100 bytes" in page
    assert "## Plain, messages of 10,000 bytes" not in page


def test_each_chart_is_on_the_page_with_its_figures_as_alternative_text(folder: Path) -> None:
    page = (folder / "benchmarks.md").read_text("utf-8")
    shown = dict(re.findall(r"!\[(.+)\]\((.+)\)", page))
    assert sorted(shown.values()) == [f"assets/{each.name}" for each in charts(folder)]
    throughput, cpu, lines = shown
    assert throughput.endswith(": send_messages 20,000; aiohttp, hand-written loop 8,000.")
    assert cpu.endswith(": send_messages 50 µs; aiohttp, hand-written loop 125 µs.")
    assert lines.endswith(": send_messages 12,000 at 1, 20,000 at 64.")


def test_charts_are_complete_in_themselves_and_have_a_dark_version(folder: Path) -> None:
    for path in charts(folder):
        text = path.read_text("utf-8")
        root = ElementTree.fromstring(text)
        title = root.find(f"{SVG}title")
        assert title is not None
        assert title.text
        assert "prefers-color-scheme: dark" in text
        assert not re.search(r"<script|href|url\(|@import|@font-face", text)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for box in root.iter(f"{SVG}rect"):
            assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
            assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height


def test_bars_are_as_long_as_their_values(folder: Path) -> None:
    root = ElementTree.parse(folder / "assets" / "bench-throughput.svg")
    _, ours, theirs = (float(box.attrib["width"]) for box in root.iter(f"{SVG}rect"))
    assert ours / theirs == pytest.approx(20_000 / 8_000, rel=0.01)


def charts(folder: Path) -> list[Path]:
    return sorted((folder / "assets").iterdir())
