"""The servers under load: nginx and the emulator, each in its own process, on loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TLS = Path(__file__).parent.parent / "tests" / "sending" / "tls"

TOPIC = (
    '{"topicId":"5mgNWA7xk2","topicName":"h4j6l-orders","partitions":3,"retentionMs":86400000,'
    '"status":"CREATED","tcpEndpoint":"broker.example:30010",'
    '"createdDate":"2026-11-01T00:00:00Z","updatedDate":"2026-11-01T00:00:00Z"}'
)

_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_requests 1000000000;
    keepalive_timeout 75s;
    client_body_buffer_size 64k;
    client_max_body_size 4m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{plain};
        listen 127.0.0.1:{tls} ssl;
        ssl_certificate {certificates}/localhost.pem;
        ssl_certificate_key {certificates}/localhost.key;
        location /api/produce {{ return 200 '{{"status":200,"detail":"OK"}}'; }}
        location / {{ return 200 '{topic}'; }}
    }}
}}
"""


class MissingProgramError(Exception):
    """A required program is not installed."""


@dataclass(frozen=True)
class Nginx:
    """A running nginx: its URLs and its version."""

    plain: str
    tls: str
    version: str


def program(name: str) -> str:
    """Return the path of a program.

    Raises:
        MissingProgramError: It is not installed.
    """
    # Debian installs nginx in a directory that is only on root's PATH.
    found = shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if found is None:
        raise MissingProgramError(
            f"{name} is not installed. On Debian and Ubuntu: apt-get install -y nginx wrk"
        )
    return found


@contextmanager
def nginx() -> Iterator[Nginx]:
    """Run nginx with its own configuration, and stop it afterwards.

    Raises:
        MissingProgramError: nginx is not installed.
    """
    path = program("nginx")
    banner = subprocess.run([path, "-v"], capture_output=True, text=True, check=True).stderr
    plain, tls = _free_port(), _free_port()
    with tempfile.TemporaryDirectory(prefix="ncloud-datastream-bench-") as folder:
        text = _CONFIGURATION.format(
            folder=folder, plain=plain, tls=tls, certificates=TLS, topic=TOPIC
        )
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(text, encoding="utf-8")
        arguments = [path, "-p", folder, "-c", str(configuration), "-e", f"{folder}/error.log"]
        with _process(arguments, plain):
            yield Nginx(
                f"http://127.0.0.1:{plain}",
                f"https://localhost:{tls}",
                banner.strip().rpartition("/")[2],
            )


@contextmanager
def emulator() -> Iterator[tuple[str, dict[str, str]]]:
    """Run the emulator; yield its URL and an environment with its keys and a topic."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = [sys.executable, "-m", "ncloud_datastream_emulator", "--port", str(port)]
    with _process(arguments, port) as output:
        exports = dict(re.findall(r"(?m)^export (\w+)=(.*)$", output.read_text(encoding="utf-8")))
        yield url, {**exports, "BENCH_TOPIC": _topic(url, exports)}


def _topic(url: str, exports: dict[str, str]) -> str:
    from ncloud_datastream import Credentials, DataStream

    keys = Credentials(exports["NCLOUD_ACCESS_KEY_ID"], exports["NCLOUD_SECRET_ACCESS_KEY"])
    with DataStream(keys, management_url=url, message_url=url) as ds:
        topic = ds.create_topic(name=f"{ds.get_topic_prefix().prefix}bench", partitions=3)
        ds.wait_for_topic(topic.topic_id)
        return topic.topic_name


@contextmanager
def _process(arguments: list[str], port: int) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(prefix="ncloud-datastream-bench-") as output:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(process, port, Path(output.name))
            yield Path(output.name)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(output.read_text(encoding="utf-8", errors="replace"))
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
