"""Generate the package from the OpenAPI document.

`make regenerate` runs this. The document is the only input, and the same document produces the same
bytes. On any error the package is unchanged and the error is reported in one line; a rejected
document is reported with one line for each reason.
"""

import argparse
import contextlib
import errno
import io
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    # Until there is anything to clean up, a signal ends the program silently. With PYTHONSAFEPATH,
    # Python does not add the script's folder to sys.path.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from checks import (
    REPOSITORY,
    HandWrittenError,
    check,
    check_emulator,
    check_hand_written,
    format_package,
    require_pinned_tools,
)
from documents import Document, RegenerationError
from edits import ADDED, templates
from handwritten import names
from invalid import invalid
from jinja2 import ChoiceLoader, DictLoader
from methods import Operations
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from refusals import Refusal, RefusedError, refusals
from responses import read_expression
from upstream import restore, simplified

DOCUMENT = REPOSITORY / "openapi.yaml"
SIGNING = REPOSITORY / "signing" / "ncloud_datastream"
OUTPUT = REPOSITORY / "generated" / "ncloud_datastream_api"

HEAD = """\
# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""


def regenerate(document: Path, output: Path) -> bool:
    """Generate `output`, the folder of the package, from `document`; return whether it changed.

    Raises:
        RegenerationError: The package cannot be generated; `output` is unchanged.
    """
    require_pinned_tools()
    _recover(output)
    source = Document.read(document)
    taken = names(SIGNING) if output.name == OUTPUT.name else frozenset[str]()
    if found := refusals(source, taken):
        raise RefusedError(source.name, found)
    with TemporaryDirectory() as folder:
        package = Path(folder, output.name)
        render(source, package)
        format_package(package)
        for module in package.rglob("*.py"):
            module.write_text(HEAD + module.read_text("utf-8"), "utf-8")
        if output.exists() and files(output) == files(package):
            return False  # it was checked when it was generated
        check(package)
        if output.name == OUTPUT.name:
            check_hand_written(package)
            check_emulator(package)
        _replace(output, package)
        return True


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of a package, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != "__pycache__"
    }


def render(document: Document, package: Path) -> None:
    """Let upstream write the package, from the document and our templates."""
    settings = ConfigFile(post_hooks=[])
    config = Config.from_sources(settings, MetaType.NONE, package, "utf-8", True, package)
    changed = templates()
    try:
        if found := invalid(document.whole):
            raise RefusedError(document.name, found)
        data = GeneratorData.from_dict(simplified(document), config=config)
        if isinstance(data, GeneratorError):
            raise _refused(document.name, [data])
        restore(data, document)
        project = Project(openapi=data, config=config)
        upstream = project.env.loader
        assert upstream is not None
        project.env.loader = ChoiceLoader([DictLoader(changed), upstream])
        project.env.filters["literal"] = repr
        project.env.globals.update(
            document=document, operation=Operations(document, data), read_expression=read_expression
        )
        with contextlib.redirect_stdout(io.StringIO()):  # it prints its folder
            problems = project.build()
        if problems:
            raise _refused(document.name, problems)
        for module in ADDED:
            text = project.env.get_template(f"{module}.jinja").render()
            (package / module).write_text(text, "utf-8")
    except RegenerationError:
        raise
    except OSError as problem:
        if problem.errno != errno.ENAMETOOLONG:
            raise
        longest = Path(str(problem.filename)).stem[:40]
        reason = f"the name of an inline schema is too long, {longest}..."
        remedy = "define the schema as a component, or give it a title"
        raise RefusedError(document.name, [Refusal("the document", reason, remedy)]) from problem
    except Exception as problem:
        # Upstream's exceptions for unexpected documents are not documented.
        raise RegenerationError(f"{type(problem).__name__}: {problem}") from problem
    (package / "py.typed").touch()
    (package / "openapi.json").write_text(document.text(), "utf-8")


_WHERE = re.compile(r"parsing ([A-Z]+) (\S+) within")
_NOISE = re.compile(r" ?For further information visit \S+")
_OBJECT = re.compile(r"<[^<>]* object at 0x[0-9a-f]+>")


def _refused(name: str, problems: Sequence[GeneratorError]) -> RefusedError:
    """Return what upstream cannot parse, as refusals like our own."""
    found = []
    for problem in problems:
        where = _WHERE.search(problem.header)
        place = f"paths.{where[2]}.{where[1].lower()}" if where else "the document"
        reason = " ".join(filter(None, [problem.detail or problem.header.strip(" :")]))
        reason = _NOISE.sub("", _OBJECT.sub("it", " ".join(reason.split())))
        found.append(Refusal(place, reason, "rewrite it, or remove it"))
    return RefusedError(name, list(dict.fromkeys(found)))


def _recover(output: Path) -> None:
    """Restore the package if a run was killed between the two renames of `_replace`."""
    if output.exists():
        return
    for old in output.parent.glob(f".{output.name}.*/old"):
        old.rename(output)
        return


def _replace(output: Path, package: Path) -> None:
    """Replace the old package with the new one in one step."""
    output.parent.mkdir(parents=True, exist_ok=True)
    for left in output.parent.glob(f".{output.name}.*"):
        shutil.rmtree(left)  # left by a killed run
    # Beside the output: a rename is atomic only within one file system.
    with TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as folder:
        new, old = Path(folder, "new"), Path(folder, "old")
        shutil.copytree(package, new)
        with _undisturbed():
            if output.exists():
                output.rename(old)
            try:
                new.rename(output)
            except OSError:
                if old.exists():
                    old.rename(output)
                raise


class _InterruptedError(BaseException):
    """A signal requested termination."""


_SIGNALS = {
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
}


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Turn signals into an exception, so that everything is cleaned up."""

    def interrupt(number: int, frame: object) -> None:
        raise _InterruptedError

    before = {each: signal.signal(each, interrupt) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Block signals for the duration."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Generate the package from the document.")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="the OpenAPI document")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the folder of the package")
    options = parser.parse_args(arguments)
    try:
        with _interruptible():
            changed = regenerate(options.document.resolve(), options.output.resolve())
    except _InterruptedError:
        sys.stderr.write("nothing regenerated: interrupted\n")
        return 130
    except (RefusedError, HandWrittenError) as refused:
        sys.stderr.writelines(f"nothing regenerated: {line}\n" for line in refused.lines)
        return 1
    except (RegenerationError, OSError) as problem:
        sys.stderr.write(f"nothing regenerated: {problem}\n")
        return 1
    sys.stdout.write(f"{options.output}: {'regenerated' if changed else 'already up to date'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
