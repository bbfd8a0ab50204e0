"""What pytest users get by installing the package: two fixtures, and nothing until one is used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ncloud_datastream import DataStream
from ncloud_datastream_emulator import Emulator

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "testing.md"
FIVE_LINES, ACCOUNT, ASYNC_TEST, FASTAPI = re.findall(
    r"^```py\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
)

SHARED = """\
def test_one(datastream):
    datastream.create_topic(name="orders")

def test_two(datastream):
    assert [topic.topic_name for topic in datastream.list_topics()] == ["orders"]
"""

OVERRIDDEN = """\
import pytest
from ncloud_datastream import Retry, ServerError
from ncloud_datastream_emulator import Emulator, Fault

@pytest.fixture
def datastream_emulator():
    with Emulator(prefix="", faults=[Fault.status("createTopic", 503)]) as emulator:
        yield emulator

def test_a_fault(datastream):
    with pytest.raises(ServerError):
        datastream.create_topic(name="orders")
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run pytest on a file in a project that has nothing else."""

    def in_project(
        test: str, *options: str, ini: str = "", alone: bool = True
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_it.py").write_text(test)
        (tmp_path / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{ini}\n")
        environment = {name: each for name, each in os.environ.items() if name != "PYTEST_ADDOPTS"}
        if alone:  # without the other plugins that are installed here, which take their time
            environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
            options = ("-p", "ncloud_datastream_emulator", *options)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return in_project


def test_five_lines_are_enough(run: Run) -> None:
    """Those of the documentation."""
    assert FIVE_LINES.count("\n") == 5
    done = run(FIVE_LINES, alone=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_an_application_of_fastapi(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The documentation's test of the example."""
    monkeypatch.setenv("PYTHONPATH", str(PAGE.parents[2] / "examples"))
    done = run(FASTAPI, "-W", "default")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_an_asynchronous_test(run: Run) -> None:
    """The documentation's."""
    done = run(ASYNC_TEST, "-p", "anyio", "-k", "asyncio")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("scope", ["module", "session"])
def test_the_user_chooses_the_scope(run: Run, scope: str) -> None:
    done = run(SHARED, ini=f"datastream_scope = {scope}")
    assert "2 passed" in done.stdout, done.stdout


def test_each_test_has_its_own_unless_told_otherwise(run: Run) -> None:
    done = run(SHARED)
    assert "1 failed, 1 passed" in done.stdout, done.stdout


def test_a_scope_that_there_is_not(run: Run) -> None:
    done = run(FIVE_LINES, ini="datastream_scope = forever")
    assert done.returncode != 0
    assert "datastream_scope is one of function, class, module" in done.stdout + done.stderr


def test_the_emulator_can_be_another(run: Run) -> None:
    done = run(OVERRIDDEN)
    assert "1 passed" in done.stdout, done.stdout


def test_a_program_is_led_to_it(run: Run) -> None:
    test = """
from ncloud_datastream import DataStream

def test_it():
    with DataStream() as ds:
        assert ds.get_topic_prefix().prefix == ""
"""
    done = run(ACCOUNT + test)
    assert "1 passed" in done.stdout, done.stdout


def test_the_fixtures_tell_what_they_are(run: Run) -> None:
    told = run("", "--fixtures").stdout
    assert "A client that is signed in to `datastream_emulator`." in told
    assert "datastream_scope" in run("", "--help").stdout


def test_nothing_is_imported_until_a_fixture_is_used() -> None:
    """Every run of pytest pays for the plugin, and must not need what the extra installs."""
    code = (
        "import sys, pytest; before = set(sys.modules);"
        "import ncloud_datastream_emulator.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == [
        "ncloud_datastream_emulator",
        "ncloud_datastream_emulator.pytest_plugin",
    ]


ASYNC = """\
import pytest

{mark}
async def test_it(async_datastream, datastream_emulator):
    topic = await async_datastream.create_topic(name="orders", partitions=1)
    await async_datastream.wait_for_topic(topic.topic_id)
    await async_datastream.send_message(topic="orders", key="1", value="paid")
    assert [message.value for message in datastream_emulator.messages("orders")] == ["paid"]

{mark}
async def test_again(async_datastream):
    assert len(await async_datastream.list_topics()) == 0
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_asynchronous_client_runs_in_any_loop(run: Run, backend: str) -> None:
    fixture = f"@pytest.fixture\ndef anyio_backend():\n    return {backend!r}\n\n@pytest.mark.anyio"
    test = ASYNC.replace("{mark}", fixture, 1).replace("{mark}", "@pytest.mark.anyio")
    done = run(test, "-p", "anyio")
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_asynchronous_client_in_a_loop_of_the_tests_own(run: Run) -> None:
    test = """
import asyncio

def test_it(async_datastream):
    async def main():
        async with async_datastream as ds:
            return (await ds.get_topic_prefix()).prefix
    assert asyncio.run(main()) == ""
"""
    done = run(test)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("fixture", ["datastream_emulator", "datastream", "async_datastream"])
def test_without_the_extra_it_says_what_to_install(
    run: Run, fixture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jsonschema_rs.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = run(f"def test_it({fixture}):\n    pass\n\ndef test_other():\n    pass\n")
    assert "1 passed, 1 error" in done.stdout, done.stdout
    assert "in a clone of the repository, pip install '.[emulator]'" in done.stdout
    assert "Traceback" not in done.stdout


def test_they_are_here_too(datastream: DataStream, datastream_emulator: Emulator) -> None:
    assert len(datastream.list_topics()) == 0
    assert [call.operation for call in datastream_emulator.calls] == ["listTopics"]
