"""Format and check a generated package, with pinned tool versions."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from documents import RegenerationError

REPOSITORY = Path(__file__).resolve().parent.parent
CONSTRAINTS = REPOSITORY / "constraints.txt"
STORY = Path(__file__).with_name("story.py")
MYPY_CACHE = REPOSITORY / ".cache" / "mypy-generated"
HAND_WRITTEN = {
    "signing": "ncloud_datastream",
    "emulator": "ncloud_datastream_emulator",
    "cli": "ncloud_datastream_cli",
}
_LONGEST_LIST = 20

# The tools that determine the output.
PINNED = ("openapi-python-client", "ruff")

_IMPORT_ALL = """\
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    importlib.import_module(module.name)
"""


_USE_ALL = """\
from importlib.util import find_spec
from ncloud_datastream_cli.app import build
if find_spec("mcp") and find_spec("jsonschema"):  # an extra
    from ncloud_datastream import Credentials, DataStream
    from ncloud_datastream_cli.mcp.secrets import Secrets
    from ncloud_datastream_cli.mcp.server import Tools
    with DataStream(Credentials("AK", "SK")) as client:
        Tools(client, Secrets(), read_only=False)
build()
"""


def require_pinned_tools() -> None:
    """Check the tool versions, since another version can produce different output."""
    lines = CONSTRAINTS.read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    for tool in PINNED:
        if version(tool) != pins[tool]:
            raise RegenerationError(
                f"{tool} {version(tool)} is installed, {pins[tool]} is required"
            )


def format_package(package: Path) -> None:
    """Sort imports and format, independent of any settings in parent folders."""
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        raise RegenerationError(f"ruff was not found beside {sys.executable}")
    settings = ("--isolated", "--no-cache", "--target-version=py311")
    for command in (
        (ruff, "check", *settings, "--fix-only", "--select=F401,I", "."),
        (ruff, "format", *settings, "--line-length=100", "."),
    ):
        _require_success(_start(*command, folder=package))


def check(package: Path) -> None:
    """Type-check the package strictly, and import every module.

    Raises:
        RegenerationError: It cannot be used: the document should have been rejected earlier.
    """
    mypy = _mypy("generated", "--strict", package.name, folder=package.parent)
    imports = _python("-W", "error", "-c", _IMPORT_ALL, package.name, folder=package.parent)
    try:
        _require_success(mypy, imports)
    except RegenerationError as problem:
        raise RegenerationError(
            f"the generated code cannot be used: {problem}: rewrite that place in the document"
        ) from problem


def check_hand_written(package: Path) -> None:
    """Type-check the hand-written packages against a generated one, and use them once.

    Using them builds the commands, and the tools of the MCP server. `check_emulator` does the rest.

    Raises:
        HandWrittenError: They use names that the package no longer has.
    """
    paths = _paths(package)
    names = [str(REPOSITORY / folder / name) for folder, name in HAND_WRITTEN.items()]
    mypy = _mypy(
        "hand-written",
        *("--strict", "--explicit-package-bases", "--ignore-missing-imports", *names),
        folder=REPOSITORY,
        MYPYPATH=paths,
    )
    use = _python("-c", _USE_ALL, folder=package.parent, PYTHONPATH=paths)
    outputs = [process.communicate()[0] for process in (mypy, use)]
    if mypy.returncode:
        lines = [line for line in outputs[0].splitlines() if "error: " in line]
        raise HandWrittenError(lines or outputs[0].splitlines()[-1:])
    if use.returncode:
        raise HandWrittenError(outputs[1].strip().splitlines()[-1:])


def check_emulator(package: Path) -> None:
    """Call every operation that the emulator implements, with the client of a generated package.

    Raises:
        HandWrittenError: The emulator's responses are not those of the document.
    """
    story = _python("-P", str(STORY), folder=package.parent, PYTHONPATH=_paths(package))
    lines = story.communicate()[0].strip().splitlines()
    if story.returncode:
        found = [line for line in lines if line.startswith("emulator: ")]
        raise HandWrittenError(found or lines[-1:])


def _paths(package: Path) -> str:
    folders = [REPOSITORY / folder for folder in HAND_WRITTEN]
    return os.pathsep.join(map(str, [package.parent, *folders]))


class HandWrittenError(RegenerationError):
    """Hand-written code no longer matches the document; one line per place."""

    def __init__(self, places: list[str]) -> None:
        lines = [
            f"{place}: hand-written code does not match the document: change it, or keep the name"
            for place in places[:_LONGEST_LIST]
        ]
        super().__init__(lines[0])
        self.lines = [str(RegenerationError(line)) for line in lines]


def _mypy(cache: str, *arguments: str, folder: Path, **more: str) -> "subprocess.Popen[str]":
    # A read-only source tree gets no cache.
    place = MYPY_CACHE.with_name(f"mypy-{cache}") if os.access(REPOSITORY, os.W_OK) else os.devnull
    options = ("--no-error-summary", "--config-file=", f"--cache-dir={place}")
    # Relative paths, because the cache identifies files by the given path.
    return _python("-m", "mypy", *options, *arguments, folder=folder, **more)


def _python(*arguments: str, folder: Path, **more: str) -> "subprocess.Popen[str]":
    return _start(sys.executable, "-B", *arguments, folder=folder, **more)


def _start(*command: str | Path, folder: Path, **more: str) -> "subprocess.Popen[str]":
    foreign = {"MYPYPATH", "PYTHONPATH", "PYTHONSAFEPATH"}
    return subprocess.Popen(
        command,
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k not in foreign} | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _require_success(*processes: "subprocess.Popen[str]") -> None:
    """Wait for all; raise with the most informative line of the first failure."""
    outputs = [process.communicate()[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        if process.returncode:
            lines = output.strip().splitlines() or [f"exit status {process.returncode}"]
            # ruff and mypy report errors on the first lines, a traceback on its last.
            raise RegenerationError(next((line for line in lines if "error: " in line), lines[-1]))
