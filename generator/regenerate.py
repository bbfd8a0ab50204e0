"""Make the generated package from the OpenAPI document.

`make regenerate` runs this. It needs nothing but the document, and the same document gives the
same bytes. Whatever goes wrong leaves the package as it was, and is told in one line; a document
that nothing can be made from in one line for each reason.
"""

import argparse
import contextlib
import io
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from checks import REPOSITORY, check, require_pinned_tools, tidy
from documents import Document, RegenerationError
from edits import ADDED, templates
from handwritten import names
from jinja2 import ChoiceLoader, DictLoader
from methods import Operations, answered
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from refusals import RefusedError, refusals
from upstream import prepared, told

DOCUMENT = REPOSITORY / "openapi.yaml"
SIGNING = REPOSITORY / "signing" / "ncloud_datastream"
OUTPUT = REPOSITORY / "generated" / "ncloud_datastream_api"

HEAD = """\
# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""


def regenerate(document: Path, output: Path) -> bool:
    """Make `output`, the folder of the package, from `document`; tell whether it changed.

    Raises:
        RegenerationError: Something does not fit, and `output` is as it was.
    """
    require_pinned_tools()
    source = Document.read(document)
    taken = names(SIGNING) if output.name == OUTPUT.name else frozenset[str]()
    if found := refusals(source, taken):
        raise RefusedError(source.name, found)
    with TemporaryDirectory() as folder:
        package = Path(folder, output.name)
        render(source, package)
        tidy(package)
        for module in package.rglob("*.py"):
            module.write_text(HEAD + module.read_text("utf-8"), "utf-8")
        check(package)
        return _replace(output, package)


def files(folder: Path) -> dict[str, bytes]:
    """The content of a package, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != "__pycache__"
    }


def render(document: Document, package: Path) -> None:
    """Let upstream write the package, from the document and the templates that we hand it."""
    settings = ConfigFile(post_hooks=[])
    config = Config.from_sources(settings, MetaType.NONE, package, "utf-8", True, package)
    changed = templates()
    try:
        data = GeneratorData.from_dict(prepared(document), config=config)
        if isinstance(data, GeneratorError):
            raise _refused([data])
        told(data, document)
        project = Project(openapi=data, config=config)
        upstream = project.env.loader
        assert upstream is not None
        project.env.loader = ChoiceLoader([DictLoader(changed), upstream])
        project.env.filters["literal"] = repr
        project.env.globals.update(
            document=document, operation=Operations(document, data), answered=answered
        )
        with contextlib.redirect_stdout(io.StringIO()):  # it tells which folder it writes to
            problems = project.build()
        if problems:
            raise _refused(problems)
        for module in ADDED:
            text = project.env.get_template(f"{module}.jinja").render()
            (package / module).write_text(text, "utf-8")
    except RegenerationError:
        raise
    except Exception as problem:
        # Upstream does not say what it raises for a document that it did not expect.
        raise RegenerationError(f"{type(problem).__name__}: {problem}") from problem
    (package / "py.typed").touch()
    (package / "openapi.json").write_text(document.text(), "utf-8")


def _refused(problems: Sequence[GeneratorError]) -> RegenerationError:
    first = problems[0]
    return RegenerationError(f"{first.header.strip(' :')}: {first.detail or ''}")


def _replace(output: Path, package: Path) -> bool:
    """Put the new package in the place of the old one, in one step for whoever looks."""
    if output.exists() and files(output) == files(package):
        return False
    output.parent.mkdir(parents=True, exist_ok=True)
    # Beside the output, because only within one file system is a move one step.
    with TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as folder:
        new, old = Path(folder, "new"), Path(folder, "old")
        shutil.copytree(package, new)
        if output.exists():
            output.rename(old)
        try:
            new.rename(output)
        except OSError:
            if old.exists():
                old.rename(output)
            raise
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the generated package from the document.")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="the OpenAPI document")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the folder of the package")
    options = parser.parse_args(arguments)
    try:
        changed = regenerate(options.document.resolve(), options.output.resolve())
    except RefusedError as refused:
        sys.stderr.writelines(f"nothing regenerated: {line}\n" for line in refused.lines)
        return 1
    except (RegenerationError, OSError) as problem:
        sys.stderr.write(f"nothing regenerated: {problem}\n")
        return 1
    sys.stdout.write(f"{options.output}: {'made anew' if changed else 'already up to date'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
