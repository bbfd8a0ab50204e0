"""The broker as a process: configured, with a certificate of its own, started, stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path

from . import keeper
from .errors import EXTRA, BrokerError
from .jars import fetch, tool

START_TIMEOUT = 60.0
"""Seconds that the broker may take to listen."""

_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_OPTIONS = ["-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
_STARTED = "Kafka Server started"


class Broker:
    """One broker that accepts one user.

    Stopped and started again it has its address, its certificate and its topics again. What it
    stores goes with this object.

    Args:
        host: The address to listen on, at which clients reach it.
        port: The port to listen on, 0 for any that is free.
        user: Who may log in: the sub account's access key.
        password: With what: its secret key.
    """

    def __init__(self, host: str, port: int, user: str, password: str) -> None:
        self._host = host
        self._port = port
        self._user = user
        self._password = password
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where Kafka clients connect: ``host:port``; the port is 0 until it is known."""
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

    @property
    def ca(self) -> Path:
        """The certificate that clients have to trust.

        Raises:
            BrokerError: The broker was never started.
        """
        if self._folder is None:
            raise BrokerError("The broker is not started, so it has no certificate.")
        return self._folder / "ca.pem"

    def start(self) -> None:
        """Start, and return when clients can connect.

        Raises:
            BrokerError: Java, Maven or the extra is missing, or the broker does not come up.
        """
        java = tool("java", "Java 17 or newer, to run Apache Kafka")
        command = [java, *_OPTIONS, "-cp", f"{fetch()}/*"]
        self._port = _port(self._host, self._port)
        folder = self._folder or self._prepare(command)
        with (folder / "broker.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *[sys.executable, "-I", keeper.__file__, str(folder)],
                    *[*command, "kafka.Kafka", str(folder / "server.properties")],
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for us, who then stop the broker.
                start_new_session=True,
            )
        self._process = process
        # Also where nobody calls `stop`, and then before its folder is removed.
        self._end = weakref.finalize(self, process.communicate, b"\n")
        try:
            self._await_listening(folder)
        except BaseException:
            self.stop()
            raise
        self._folder = folder

    def stop(self) -> None:
        """Stop; nothing happens when that is done already."""
        if self._process is not None:
            self._process = None
            self._end()

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            BrokerError: It does not.
        """
        if self._process is None:
            raise BrokerError("The broker is not started.")
        if self._process.poll() is not None:
            assert self._folder is not None
            raise BrokerError(f"The broker has ended: {_last_words(self._folder)}")

    def client_config(self) -> dict[str, str | int | float | bool]:
        """Return the configuration with which librdkafka reaches the broker."""
        return {
            "bootstrap.servers": self.address,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": self._user,
            "sasl.password": self._password,
            "ssl.ca.location": str(self.ca),
        }

    def _prepare(self, command: list[str]) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="ncloud-datastream-kafka-"))  # for us alone
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        _certify(folder, self._host)
        settings = folder / "server.properties"
        settings.write_text(self._settings(folder))
        words = ["kafka.tools.StorageTool", "format", "-t", "emulator", "-c", str(settings)]
        with (folder / "format.log").open("wb") as log:
            # Kept too: an emulator may be killed while this takes its seconds.
            process = subprocess.Popen(
                [sys.executable, "-I", keeper.__file__, str(folder), *command, *words],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            status = process.wait()
        assert process.stdin is not None
        process.stdin.close()
        if status != 0:
            said = _complaint((folder / "format.log").read_text(errors="replace"))
            raise BrokerError(f"The broker's storage cannot be made: {said}")
        return folder

    def _settings(self, folder: Path) -> str:
        controller = f"127.0.0.1:{_port('127.0.0.1', 0)}"
        login = f'{_PLAIN} required username="{self._user}" password="{self._password}"'
        entries = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"CLIENT://{self.address},CONTROLLER://{controller}",
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
            # A key and a value of 1 MiB together, and what Kafka puts around them.
            "message.max.bytes": "1100000",
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
        }
        return "".join(f"{name}={value}\n" for name, value in entries.items())

    def _await_listening(self, folder: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT
        while _STARTED not in _read(folder):
            if self._process.poll() is not None:
                raise BrokerError(f"The broker ended at once: {_last_words(folder)}")
            if time.monotonic() > deadline:
                raise BrokerError(f"The broker did not come up in {START_TIMEOUT:.0f} s.")
            time.sleep(0.05)


def _certify(folder: Path, host: str) -> None:
    """Write a certificate for the host, with its key, and the one that vouches for it."""
    try:
        import trustme
        from cryptography.hazmat.primitives import serialization
    except ImportError:
        raise BrokerError(EXTRA) from None
    authority = trustme.CA(organization_name="ncloud-datastream emulator")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    server = authority.issue_cert(host)
    key = serialization.load_pem_private_key(server.private_key_pem.bytes(), None)
    # Kafka reads no other form of key.
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = b"".join(part.bytes() for part in server.cert_chain_pems)
    (folder / "server.pem").write_bytes(pem + chain)


def _port(host: str, port: int) -> int:
    """Return a port that can be listened on: this one, or for 0 any that is free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        raise BrokerError(f"Kafka cannot listen on {host}:{port}: {error.strerror}.") from error


def _read(folder: Path) -> str:
    return (folder / "broker.log").read_text(errors="replace")


def _last_words(folder: Path) -> str:
    return _complaint(_read(folder))


def _complaint(text: str) -> str:
    """The line of a program's output that says best why it ended."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it said nothing"]
    return next((line for line in lines if "Exception" in line or "Error:" in line), lines[-1])
