"""The Kafka examples, run as programs and configured by the environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from broker.conftest import ROOT, Place

pytestmark = pytest.mark.kafka


def start(place: Place, name: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, ROOT / "examples" / name, *words, "--ca", place.emulator.kafka_ca],
        env=os.environ | place.emulator.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_examples_produce_and_consume(place: Place) -> None:
    topic = place.topic(partitions=3)
    name = topic.topic_name
    lines = [f"줄 {number}" for number in range(1, 2001)]
    with start(place, "kafka_produce.py", name) as producing:
        output, errors = producing.communicate("\n".join(lines), timeout=60)
    assert (producing.returncode, errors) == (0, "")
    assert output.startswith("2000 delivered, 0 failed, in ")
    assert sorted(int(m.key) for m in place.messages(topic)) == list(range(1, 2001))

    with start(place, "consume.py", name, "--from-beginning", "--count", "2000") as consuming:
        output, errors = consuming.communicate(timeout=60)
    assert (consuming.returncode, errors) == (0, "")
    found = sorted(tuple(line.split("\t")) for line in output.splitlines())
    assert found == sorted(
        (str(m.partition), str(m.offset), m.key, m.value) for m in place.messages(topic)
    )
    assert sorted(value for *_, value in found) == sorted(lines)


def test_ctrl_c_stops_consuming(place: Place) -> None:
    topic = place.topic(partitions=1)
    place.send(topic, "k", "v")
    with start(
        place, "consume.py", topic.topic_name, "--from-beginning", "--group", "c"
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "0\t0\tk\tv\n"
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "", "")


@pytest.mark.parametrize("name", ["consume.py", "kafka_produce.py"])
def test_an_unknown_topic_is_one_line(place: Place, name: str) -> None:
    with start(place, name, "h4j6l-none") as process:
        output, errors = process.communicate("", timeout=60)
    assert (process.returncode, output) == (1, "")
    assert errors == "There is no topic h4j6l-none.\n"
