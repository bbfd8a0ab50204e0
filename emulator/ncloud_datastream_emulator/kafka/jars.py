"""The broker's program: fetched once by Maven, kept in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .errors import BrokerError

VERSION = "4.1.0"
"""Of Apache Kafka; `pom.xml` says the same."""


def main() -> int:
    """Fetch them, and say where they are or why not."""
    try:
        sys.stdout.write(f"{fetch()}\n")
    except BrokerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def fetch() -> Path:
    """Return the folder with the broker's jars; the first time Maven puts them there.

    Raises:
        BrokerError: They are not there, and Maven is missing or failed.
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    jars = caches / "ncloud-datastream" / f"kafka-{VERSION}"
    if jars.is_dir():
        return jars
    maven = tool("mvn", "Maven, to fetch Apache Kafka once")
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as folder:
        # A copy, as Maven may write beside it.
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
            said = [line for line in done.stdout.splitlines() if "ERROR" in line]
            raise BrokerError(f"Maven could not fetch Apache Kafka: {said[0] if said else '?'}")
        try:
            Path(folder, "jars").rename(jars)
        except OSError:
            if not jars.is_dir():  # else someone else was faster
                raise
    return jars


def tool(name: str, what: str) -> str:
    """Return the path of a program.

    Args:
        name: What it is called.
        what: What to install where it is missing, and why.

    Raises:
        BrokerError: It is missing.
    """
    found = shutil.which(name)
    if found is None:
        raise BrokerError(f"`{name}` is not on the PATH; install {what}.")
    return found
