"""vcrpy records every call, and replays it without the service."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from mocks.ways import COUNT, Way
from vcr import VCR

Reached = Callable[[], int]

PROJECT = """
import asyncio

import pytest
from mocks.ways import WAYS


@pytest.mark.vcr
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_send(way):
    with way({}) as send:
        send()
"""


def test_vcrpy_records_and_replays_every_call(
    way: Way, options: dict[str, Any], reached: Reached, tmp_path: Path
) -> None:
    cassette = tmp_path / "cassette.yaml"
    with way(options) as send:
        with VCR().use_cassette(str(cassette)):
            send()
        assert reached() == COUNT
        assert len(yaml.safe_load(cassette.read_text())["interactions"]) == COUNT
        with VCR().use_cassette(str(cassette), record_mode="none") as played:
            send()
        assert played.play_count == COUNT
        assert reached() == COUNT


def test_pytest_recording_needs_no_configuration(
    options: dict[str, Any], reached: Reached, tmp_path: Path
) -> None:
    (tmp_path / "test_send.py").write_text(PROJECT)
    keys = options["credentials"]
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # loading the other plugins takes time
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "NCLOUD_ACCESS_KEY_ID": keys.access_key,
        "NCLOUD_SECRET_ACCESS_KEY": keys.secret_key,
        "NCLOUD_DATASTREAM_MANAGEMENT_URL": options["management_url"],
        "NCLOUD_DATASTREAM_MESSAGE_URL": options["message_url"],
    }

    def run(*arguments: str) -> None:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "-p",
                "pytest_recording.plugin",
                *arguments,
            ],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "4 passed" in done.stdout, done.stdout + done.stderr

    run("--record-mode=once")
    assert reached() == 4 * COUNT
    run("--block-network")
    assert reached() == 4 * COUNT
