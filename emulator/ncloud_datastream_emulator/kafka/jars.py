"""The broker's jars: downloaded once by Maven, and stored in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .errors import BrokerError

VERSION = "4.1.0"
"""The version of Apache Kafka, as in `pom.xml`."""


def main() -> int:
    """Download the jars, and print their folder or the error."""
    try:
        sys.stdout.write(f"{fetch()}\n")
    except BrokerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def fetch() -> Path:
    """Return the folder with the broker's jars, which Maven downloads the first time.

    Raises:
        BrokerError: The jars are not cached, and Maven is missing or failed.
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    jars = caches / "ncloud-datastream" / f"kafka-{VERSION}"
    if jars.is_dir():
        return jars
    maven = tool("mvn", "Maven, to download Apache Kafka once")
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as folder:
        # A copy, because Maven may write to its folder.
        pom = shutil.copy(Path(__file__).with_name("pom.xml"), folder)
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}/jars"]
        done = subprocess.run(
            [maven, "-q", "-B", "-f", pom, *goal],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            errors = [line for line in done.stdout.splitlines() if "ERROR" in line]
            raise BrokerError(
                f"Maven could not download Apache Kafka: {errors[0] if errors else '?'}"
            )
        try:
            Path(folder, "jars").rename(jars)
        except OSError:
            if not jars.is_dir():  # otherwise another process was faster
                raise
    return jars


def tool(name: str, what: str) -> str:
    """Return the path of a program.

    Args:
        name: The name of the program.
        what: What to install if it is missing, and why.

    Raises:
        BrokerError: The program is missing.
    """
    found = shutil.which(name)
    if found is None:
        raise BrokerError(f"`{name}` is not on the PATH; install {what}.")
    return found
