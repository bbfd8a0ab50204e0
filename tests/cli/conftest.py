"""A shell in which `ncloud-datastream` uses an emulator and none of the user's files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ncloud_datastream import DataStream
from ncloud_datastream_cli.app import run
from ncloud_datastream_emulator import Emulator


@dataclass(frozen=True)
class Ran:
    """The exit code and output of a command."""

    code: int
    out: str
    err: str


Shell = Callable[..., Ran]
Send = Callable[..., Ran]

TOPIC = "h4j6l-orders"
NO = {"status": 400, "detail": "no"}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(prefix="h4j6l-") as emulator:
        yield emulator


@pytest.fixture
def environment(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, str]:
    variables = {
        "HOME": str(tmp_path),
        "NCLOUD_ACCESS_KEY_ID": emulator.credentials.access_key,
        "NCLOUD_SECRET_ACCESS_KEY": emulator.credentials.secret_key,
        "NCLOUD_DATASTREAM_MANAGEMENT_URL": emulator.url,
        "NCLOUD_DATASTREAM_MESSAGE_URL": emulator.url,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return variables


@pytest.fixture
def shell(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run a command in this process, without a terminal."""
    del environment

    def ran(*words: str) -> Ran:
        capsys.readouterr()
        code = run(words)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return ran


@pytest.fixture
def topic(emulator: Emulator) -> str:
    """A topic that is ready."""
    with DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url
    ) as ds:
        created = ds.create_topic(name=TOPIC, partitions=3)
        for _ in ("CREATING", "CREATED"):  # the second response says CREATED
            ds.get_topic(created.topic_id)
    return created.topic_name


@pytest.fixture
def send(shell: Shell, topic: str) -> Send:
    """Write a file of lines and send it to the topic."""

    def ran(content: str, *options: str, topic: str = topic) -> Ran:
        Path("lines").write_text(content)
        return shell("send", "--topic", topic, "lines", *options)

    return ran
