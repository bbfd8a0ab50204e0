"""Formatting and checking a generated package, with tools of pinned versions."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from documents import RegenerationError

REPOSITORY = Path(__file__).resolve().parent.parent
CONSTRAINTS = REPOSITORY / "constraints.txt"
MYPY_CACHE = REPOSITORY / ".cache" / "mypy-generated"

# The tools that decide what the output looks like.
PINNED = ("openapi-python-client", "ruff")

_IMPORT_ALL = """\
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    importlib.import_module(module.name)
"""


def require_pinned_tools() -> None:
    """Refuse to run with a version that would make another output."""
    lines = CONSTRAINTS.read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    for tool in PINNED:
        if version(tool) != pins[tool]:
            raise RegenerationError(f"{tool} {version(tool)} is installed, {pins[tool]} is needed")


def tidy(package: Path) -> None:
    """Sort the imports and format, whatever the settings of the folders around say."""
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        raise RegenerationError(f"there is no ruff beside {sys.executable}")
    settings = ("--isolated", "--no-cache", "--target-version=py311")
    for command in (
        (ruff, "check", *settings, "--fix-only", "--select=F401,I", "."),
        (ruff, "format", *settings, "--line-length=100", "."),
    ):
        _require_success(_start(*command, folder=package))


def check(package: Path) -> None:
    """Type-check the package strictly, and import every module of it."""
    python = (sys.executable, "-B")
    mypy = _start(
        *(*python, "-m", "mypy", "--strict", "--no-error-summary"),
        *("--config-file=", f"--cache-dir={MYPY_CACHE}"),
        package.name,  # relative, because the cache knows the files by the path given
        folder=package.parent,
    )
    imports = _start(*python, "-W", "error", "-c", _IMPORT_ALL, package.name, folder=package.parent)
    _require_success(mypy, imports)


def _start(*command: str | Path, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k not in {"MYPYPATH", "PYTHONPATH"}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _require_success(*processes: "subprocess.Popen[str]") -> None:
    """Wait for all; stop with the line that tells most in the output of the first that failed."""
    outputs = [process.communicate()[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        if process.returncode:
            lines = output.strip().splitlines() or [f"exit status {process.returncode}"]
            # ruff and mypy name what is wrong at once, a traceback in its last line.
            raise RegenerationError(next((line for line in lines if "error: " in line), lines[-1]))
