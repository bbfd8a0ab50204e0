"""The broker as a process: fetched once, started with its own certificate, stopped.

``python -m ncloud_datastream_emulator.kafka.broker`` fetches it ahead of time.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

VERSION = "4.1.0"
START_TIMEOUT = 60.0
"""Seconds that the broker may take to listen."""

_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_OPTIONS = ["-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1"]


class BrokerError(RuntimeError):
    """The broker cannot be fetched or started; the message says what to do."""


class Broker:
    """One broker that accepts one user.

    Args:
        host: The address to listen on.
        port: The port to listen on.
        user: Who may log in: the sub account's access key.
        password: With what: its secret key.
    """

    def __init__(self, host: str, port: int, user: str, password: str) -> None:
        self.host, self.port = host, port
        self._user, self._password = user, password
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where Kafka clients connect: ``host:port``."""
        return f"{self.host}:{self.port}"

    @property
    def ca(self) -> Path:
        """The certificate that clients have to trust."""
        if self._folder is None:
            raise BrokerError("The broker is not started, so it has no certificate.")
        return self._folder / "ca.pem"

    def start(self) -> None:
        """Start, and return when clients can connect.

        Raises:
            BrokerError: Java, Maven or the extra is missing, or the broker does not come up.
        """
        jars = fetch()
        java = _tool("java", "Java 17 or newer, to run the broker")
        self._folder = Path(tempfile.mkdtemp(prefix="ncloud-datastream-kafka-"))
        self._folder.chmod(0o700)  # it holds the keys
        try:
            self._certify(self._folder)
            settings = self._settings(self._folder)
            classes = ["-cp", f"{jars}/*"]
            cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            form = [java, *_OPTIONS, *classes, "kafka.tools.StorageTool", "format"]
            self._run([*form, "-t", cluster, "-c", str(settings)])
            with (self._folder / "broker.log").open("wb") as log:
                self._process = subprocess.Popen(
                    [java, *_OPTIONS, *classes, "kafka.Kafka", str(settings)],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                )
            self._await_listening()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop, and remove what it stored; nothing happens when that is done already."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def client_config(self) -> dict[str, object]:
        """Return the configuration with which librdkafka reaches the broker."""
        return {
            "bootstrap.servers": self.address,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": self._user,
            "sasl.password": self._password,
            "ssl.ca.location": str(self.ca),
        }

    def _certify(self, folder: Path) -> None:
        try:
            import trustme
        except ImportError:
            raise BrokerError(
                "The broker needs the extra: pip install 'ncloud-datastream[kafka]'."
            ) from None
        authority = trustme.CA(organization_name="ncloud-datastream emulator")
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        server = authority.issue_cert(self.host, "127.0.0.1", "localhost")
        chain = b"".join(part.bytes() for part in server.cert_chain_pems)
        # Kafka reads PKCS #8 keys only.
        from cryptography.hazmat.primitives import serialization

        key = serialization.load_pem_private_key(server.private_key_pem.bytes(), None)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / "server.pem").write_bytes(pem + chain)

    def _settings(self, folder: Path) -> Path:
        controller = _free_port()
        login = f'{_PLAIN} required username="{self._user}" password="{self._password}"'
        entries = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"CLIENT://{self.address},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"CLIENT://{self.address}",
            "listener.security.protocol.map": "CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "CLIENT",
            "sasl.enabled.mechanisms": "PLAIN",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "listener.name.client.plain.sasl.jaas.config": (
                f'{login} user_{self._user}="{self._password}";'
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(folder / "server.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(folder / "ca.pem"),
            "log.dirs": str(folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
        }
        path = folder / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in entries.items()))
        path.chmod(0o600)
        return path

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise BrokerError(f"The broker's storage cannot be made: {said[-1] if said else '?'}")

    def _await_listening(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise BrokerError(f"The broker ended at once: {self._last_words()}")
            if "Kafka Server started" in self._log() and _listens(self.host, self.port):
                return
            time.sleep(0.1)
        raise BrokerError(f"The broker did not come up in {START_TIMEOUT:.0f} s.")

    def _log(self) -> str:
        assert self._folder is not None
        return (self._folder / "broker.log").read_text(errors="replace")

    def _last_words(self) -> str:
        lines = [
            line for line in self._log().splitlines() if "ERROR" in line or "Exception" in line
        ]
        return lines[-1] if lines else "it said nothing"


def fetch() -> Path:
    """Return the folder with the broker's jars; the first time Maven puts them there.

    Raises:
        BrokerError: They are not there, and Maven is missing or failed.
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    jars = caches / "ncloud-datastream" / f"kafka-{VERSION}"
    if jars.is_dir():
        return jars
    maven = _tool("mvn", "Maven, to fetch Apache Kafka once")
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as folder:
        pom = shutil.copy(Path(__file__).with_name("pom.xml"), folder)
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}/jars"]
        done = subprocess.run(
            [maven, "-q", "-B", "-f", str(pom), *goal], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            said = [line for line in done.stdout.splitlines() if "ERROR" in line]
            raise BrokerError(f"Maven could not fetch Apache Kafka: {said[0] if said else '?'}")
        Path(folder, "jars").rename(jars)
    return jars


def _tool(name: str, why: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BrokerError(f"`{name}` is not on the PATH; install {why}.")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.stdout.write(f"{fetch()}\n")
