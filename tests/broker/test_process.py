"""Download, start and stop of the broker, with fake `java` and `mvn` commands."""

from __future__ import annotations

import gc
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ncloud_datastream_cli.app import run
from ncloud_datastream_emulator import Emulator
from ncloud_datastream_emulator.__main__ import main
from ncloud_datastream_emulator.kafka import BrokerError, broker, jars, topics
from ncloud_datastream_emulator.kafka.broker import Broker

NO_JAVA = "`java` is not on the PATH; install Java 17 or newer"

FORMATS_AND_SERVES = """
if "kafka.tools.StorageTool" in sys.argv:
    sys.exit(0)
print("Kafka Server started", flush=True)
signal.pause()
"""


class Programs:
    """The only programs on the PATH, and their calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"

    def add(self, name: str, code: str) -> None:
        path = self.folder / name
        path.write_text(
            f"#!{sys.executable}\n"
            "import signal, sys\n"
            f"with open({str(self.calls)!r}, 'a') as calls: print(*sys.argv[1:], file=calls)\n"
            f"{code}"
        )
        path.chmod(0o755)

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Programs:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return Programs(tmp_path / "bin")


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    folder = tmp_path / "cache" / "ncloud-datastream" / f"kafka-{jars.VERSION}"
    folder.mkdir(parents=True)
    return folder


# --- download ------------------------------------------------------------------------------------


COPIES = """
import os
(folder,) = [word.partition("=")[2] for word in sys.argv if word.startswith("-DoutputDirectory")]
os.mkdir(folder)
open(folder + "/kafka.jar", "w").close()
assert open(sys.argv[sys.argv.index("-f") + 1]).read().startswith("<?xml")
"""


def test_the_jars_are_downloaded_once_into_the_cache(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pom = Path(jars.__file__).with_name("pom.xml").read_text()
    assert re.findall(r"kafka_2\.13</artifactId>\s*<version>(.*?)<", pom) == [jars.VERSION]
    programs.add("mvn", COPIES)
    folder = jars.fetch()
    assert folder == tmp_path / "cache" / "ncloud-datastream" / f"kafka-{jars.VERSION}"
    assert [each.name for each in folder.iterdir()] == ["kafka.jar"]
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]
    assert jars.fetch() == folder
    assert len(programs.called()) == 1
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert jars.fetch().parents[1] == tmp_path / ".cache"


def test_a_concurrent_download_is_used_and_a_file_in_its_place_is_an_error(
    programs: Programs, tmp_path: Path
) -> None:
    place = tmp_path / "cache" / "ncloud-datastream" / f"kafka-{jars.VERSION}"
    programs.add("mvn", f"{COPIES}\nopen({str(place)!r}, 'w').close()\n")
    with pytest.raises(NotADirectoryError):
        jars.fetch()
    place.unlink()
    programs.add("mvn", f"{COPIES}\nos.makedirs({str(place / 'theirs.jar')!r})\n")
    assert [each.name for each in jars.fetch().iterdir()] == ["theirs.jar"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("print('one\\n[ERROR] two\\n[ERROR] three'); sys.exit(1)", r"\[ERROR\] two$"),
        ("sys.exit(1)", r"\?$"),
    ],
)
def test_an_error_of_maven_is_reported(
    programs: Programs, tmp_path: Path, code: str, reason: str
) -> None:
    programs.add("mvn", code)
    with pytest.raises(BrokerError, match=f"Maven could not download Apache Kafka: {reason}"):
        jars.fetch()
    assert list((tmp_path / "cache" / "ncloud-datastream").iterdir()) == []


def test_the_shell_command_prints_the_folder_or_the_error(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert jars.main() == 1
    missing = "`mvn` is not on the PATH; install Maven, to download Apache Kafka once.\n"
    assert capsys.readouterr() == ("", missing)
    programs.add("mvn", COPIES)
    assert jars.main() == 0
    assert capsys.readouterr() == (f"{jars.fetch()}\n", "")
    command = [sys.executable, "-m", "ncloud_datastream_emulator.kafka"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{jars.fetch()}\n", "")


# --- the broker ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("fetched")
def test_a_broker_keeps_its_folder_between_starts_until_it_is_collected(
    programs: Programs, tmp_path: Path
) -> None:
    programs.add("java", FORMATS_AND_SERVES)
    made = Broker("127.0.0.1", 0, "AKuser", "secret")
    for ask in (made.client_config, made.check):
        with pytest.raises(BrokerError, match="The broker is not started"):
            ask()
    made.stop()
    made.start()
    address, folder = made.address, made.ca.parent
    try:
        made.check()
        assert re.fullmatch(r"127\.0\.0\.1:[1-9]\d*", address)
        assert made.client_config() == {
            "bootstrap.servers": address,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": "AKuser",
            "sasl.password": "secret",
            "ssl.ca.location": str(made.ca),
        }
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        settings = (folder / "server.properties").read_text().splitlines()
        assert f"advertised.listeners=CLIENT://{address}" in settings
        assert any(line.endswith(' user_AKuser="secret";') for line in settings)
        assert "BEGIN PRIVATE KEY" in (folder / "server.pem").read_text()
        ssl.create_default_context(cafile=made.ca)
    finally:
        made.stop()
    made.stop()
    assert made.address == address
    formatted, served = programs.called()
    assert f" kafka.tools.StorageTool format -t emulator -c {folder}" in formatted
    assert served.endswith(f" kafka.Kafka {folder}/server.properties")

    before = (folder / "server.pem").read_bytes()
    made.start()
    made.stop()
    assert (made.address, made.ca.parent) == (address, folder)
    assert (folder / "server.pem").read_bytes() == before
    assert len(programs.called()) == 3

    del made, ask
    gc.collect()
    assert not folder.exists()


@pytest.mark.usefixtures("fetched")
def test_a_collected_broker_is_stopped(programs: Programs) -> None:
    assert Broker("::1", 9094, "u", "p").address == "[::1]:9094"
    programs.add("java", FORMATS_AND_SERVES)
    made = Broker("127.0.0.1", 0, "AKuser", "secret")
    made.start()
    process, folder = made._process, made.ca.parent
    assert process is not None
    del made
    gc.collect()
    assert process.returncode is not None
    assert not folder.exists()


@pytest.mark.usefixtures("fetched")
def test_a_crashed_broker_is_reported_with_its_error(programs: Programs) -> None:
    crash = "print('Kafka Server started\\n[main] ERROR java.lang.OutOfMemoryError: heap')"
    programs.add("java", f"if 'kafka.Kafka' in sys.argv: {crash}")
    made = Broker("127.0.0.1", 0, "AKuser", "secret")
    made.start()
    assert made._process is not None
    made._process.wait(30)
    with pytest.raises(BrokerError, match=r"The broker has exited: \[main\] ERROR java\.lang\.Out"):
        made.check()
    made.stop()


@pytest.mark.usefixtures("fetched")
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "print('x\\nException in thread main\\n at y', file=sys.stderr); sys.exit(1)",
            "The broker's storage cannot be created: Exception in thread main$",
        ),
        (
            "if 'kafka.Kafka' in sys.argv: print('INFO a\\nINFO b')",
            "The broker exited during its start: INFO b$",
        ),
        ("", "The broker exited during its start: it printed nothing$"),
        ("if 'kafka.Kafka' in sys.argv: signal.pause()", r"The broker did not start within 0 s\.$"),
    ],
)
def test_a_failed_start_is_reported_with_its_error(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, code: str, reason: str
) -> None:
    if "pause" in code:
        monkeypatch.setattr(broker, "START_TIMEOUT", 0.2)
    programs.add("java", code)
    made = Broker("127.0.0.1", 0, "AKuser", "secret")
    with pytest.raises(BrokerError, match=reason):
        made.start()
    with pytest.raises(BrokerError, match="The broker is not started"):
        made.check()


def test_a_broker_needs_java_a_free_port_and_the_extra(
    programs: Programs, fetched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BrokerError, match=NO_JAVA):
        Broker("127.0.0.1", 0, "AKuser", "secret").start()
    programs.add("java", "")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BrokerError, match=f"cannot listen on 127.0.0.1:{port}: Address alr"):
            Broker("127.0.0.1", port, "AKuser", "secret").start()
    assert programs.called() == []
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(BrokerError, match=r"pip install '\.\[kafka\]'"):
        Broker("127.0.0.1", 0, "AKuser", "secret").start()


# --- the emulator around it ----------------------------------------------------------------------


def test_an_emulator_without_a_broker_has_neither_address_nor_certificate() -> None:
    emulator = Emulator()
    for name in ("kafka_ca", "kafka_address"):
        with pytest.raises(RuntimeError, match=r"no broker; create it with Emulator\(kafka="):
            getattr(emulator, name)


def test_a_failed_broker_releases_the_emulators_port(programs: Programs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    emulator = Emulator(port=port, kafka="127.0.0.1:0")
    for attempt in (emulator.start, emulator.bind):
        with pytest.raises(BrokerError, match="`java`"):
            attempt()
        with pytest.raises(RuntimeError, match="not started"):
            _ = emulator.url
    emulator.stop()
    assert programs.called() == []
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("9094", "Kafka's address must be HOST:PORT, but is '9094'."),
        ("127.0.0.1:70000", "Kafka's address must be HOST:PORT, but is '127.0.0.1:70000'."),
        ("127.0.0.1:0", f"{NO_JAVA}, to run Apache Kafka."),
    ],
)
@pytest.mark.usefixtures("programs")
def test_both_commands_report_errors_in_one_line(
    capsys: pytest.CaptureFixture[str], address: str, reason: str
) -> None:
    assert main(["--kafka", address]) == 1
    assert capsys.readouterr() == ("", f"{reason}\n")
    assert run(["emulator", "--port", "0", "--kafka", address]) == 2
    output, errors = capsys.readouterr()
    assert (output, errors.count("\n")) == ("", 1)
    assert errors.endswith(f": {reason}\n")


class Topics:
    """Topics without a broker."""

    def __init__(self, _: Broker) -> None: ...
    def close(self) -> None: ...


@pytest.mark.usefixtures("fetched")
@pytest.mark.parametrize("start", [main, run])
def test_both_commands_print_the_address_of_the_broker(
    programs: Programs,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    start: Callable[[list[str]], int],
) -> None:
    seen: list[tuple[str, str]] = []

    def ctrl_c(emulator: Emulator) -> None:
        address, ca = emulator.kafka_address, emulator.kafka_ca
        assert Path(ca).is_file()
        seen.append((address, ca))
        raise KeyboardInterrupt

    programs.add("java", FORMATS_AND_SERVES)
    monkeypatch.setattr(topics, "Topics", Topics)
    monkeypatch.setattr(Emulator, "start", ctrl_c)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    words = ["--port", "0", "--kafka", "127.0.0.1:0"]
    assert start(words if start is main else ["emulator", *words]) == 0
    output, errors = capsys.readouterr()
    text = " ".join((errors + output).replace("#", "").split())
    address, ca = seen[0]
    assert text.startswith(
        f"Kafka listens on {address}; its clients must trust the CA certificate {ca} "
    )
    assert len(re.findall("^export ", output, re.MULTILINE)) == 4


@pytest.mark.usefixtures("programs")
def test_ctrl_c_during_the_start_of_the_broker_exits_with_130(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(_: Broker) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Broker, "start", start)
    assert main(["--kafka", "127.0.0.1:0"]) == 130


def test_kafka_modules_are_loaded_only_with_a_broker() -> None:
    program = (
        "import sys\n"
        "from ncloud_datastream_emulator import Emulator\n"
        "with Emulator() as emulator: pass\n"
        "import ncloud_datastream_emulator.__main__\n"
        "print([name for name in sys.modules if 'confluent' in name or 'trustme' in name])\n"
        "print('ncloud_datastream_emulator.kafka.log' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\nFalse\n", "")
