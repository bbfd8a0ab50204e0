"""The pytest plugin, in a project without any other configuration."""

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

SHARED = """
def test_one(datastream):
    datastream.create_topic(name="orders")

def test_two(datastream):
    assert [topic.topic_name for topic in datastream.list_topics()] == {topics}
"""

OVERRIDDEN = """
import pytest
from ncloud_datastream import ServerError
from ncloud_datastream_emulator import Emulator, Fault

class TestOverridden:
    @pytest.fixture
    def datastream_emulator(self):
        with Emulator(prefix="", faults=[Fault.status("createTopic", 503)]) as emulator:
            yield emulator

    def test_a_fault(self, datastream):
        with pytest.raises(ServerError):
            datastream.create_topic(name="orders")
"""

ASYNC = """\
import asyncio
import pytest

@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param

@pytest.mark.anyio
async def test_any_loop(async_datastream, datastream_emulator):
    topic = await async_datastream.create_topic(name="orders", partitions=1)
    await async_datastream.wait_for_topic(topic.topic_id)
    await async_datastream.send_message(topic="orders", key="1", value="paid")
    assert [message.value for message in datastream_emulator.messages("orders")] == ["paid"]

def test_a_loop_of_the_test(async_datastream):
    async def main():
        async with async_datastream as ds:
            return len(await ds.list_topics())
    assert asyncio.run(main()) == 0
"""

PROGRAM = """
from ncloud_datastream import DataStream

def test_the_environment():
    with DataStream() as ds:
        assert ds.get_topic_prefix().prefix == ""
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run pytest on a file in an empty project."""

    def in_project(
        test: str, *options: str, ini: str = "", alone: bool = True
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_it.py").write_text(test)
        (tmp_path / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{ini}\n")
        environment = {name: each for name, each in os.environ.items() if name != "PYTEST_ADDOPTS"}
        if alone:  # other installed plugins take time to load
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


def assert_outcome(done: subprocess.CompletedProcess[str], outcome: str) -> None:
    assert outcome in done.stdout, done.stdout + done.stderr
    assert ("failed" in done.stdout, "error" in outcome) == (False, done.returncode != 0)


def test_the_five_lines_of_the_documentation_need_only_the_package(run: Run) -> None:
    assert FIVE_LINES.count("\n") == 5
    assert_outcome(run(FIVE_LINES, alone=False), "1 passed")


def test_the_asynchronous_and_fastapi_tests_of_the_documentation_pass(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PAGE.parents[2] / "examples"))
    done = run(f"{ASYNC_TEST}\n{FASTAPI}", "-p", "anyio", "-k", "not trio", "-W", "default")
    assert_outcome(done, "2 passed")


@pytest.mark.parametrize(("scope", "topics"), [("function", []), ("module", ["orders"])])
def test_the_scope_is_a_setting_and_the_emulator_can_be_overridden(
    run: Run, scope: str, topics: list[str]
) -> None:
    ini = f"datastream_scope = {scope}" if scope != "function" else ""
    test = SHARED.replace("{topics}", repr(topics))
    if scope == "function":
        test += OVERRIDDEN
    assert_outcome(run(test, ini=ini), "3 passed" if scope == "function" else "2 passed")


def test_the_documented_account_fixture_configures_a_program(run: Run) -> None:
    assert_outcome(run(ACCOUNT + PROGRAM), "1 passed")


def test_an_unknown_scope_is_reported(run: Run) -> None:
    done = run(FIVE_LINES, ini="datastream_scope = forever")
    assert done.returncode != 0
    expected = "datastream_scope must be one of function, class, module"
    assert expected in done.stdout + done.stderr


def test_importing_the_plugin_imports_nothing_else() -> None:
    """Every pytest run imports the plugin, also without the extra."""
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


def test_the_asynchronous_client_works_in_any_event_loop(run: Run) -> None:
    assert_outcome(run(ASYNC, "-p", "anyio"), "3 passed")


def test_a_missing_extra_is_reported_with_what_to_install(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jsonschema_rs.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    fixtures = ("datastream_emulator", "datastream", "async_datastream")
    tests = (f"def test_{name}({name}):\n    pass\n\n" for name in fixtures)
    done = run("".join(tests) + "def test_other():\n    pass\n")
    assert_outcome(done, "1 passed, 3 errors")
    assert done.stdout.count("In a clone of the repository, run: pip install '.[emulator]'") >= 3
    assert "Traceback" not in done.stdout


def test_the_fixtures_work_in_this_run(
    datastream: DataStream, datastream_emulator: Emulator
) -> None:
    assert len(datastream.list_topics()) == 0
    assert [call.operation for call in datastream_emulator.calls] == ["listTopics"]
