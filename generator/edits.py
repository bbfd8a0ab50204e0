"""Upstream's templates with our named edits, and our own templates."""

import tomllib
from pathlib import Path

import openapi_python_client
from documents import RegenerationError

HERE = Path(__file__).resolve().parent
EDITS = HERE / "edits.toml"
OURS = HERE / "templates"
# Modules at the package's root for which upstream has no template.
ADDED = ("enums.py", "operations.py", "paths.py", "values.py")
# Our template can import the upstream template that it overrides with this prefix.
REST = "upstream/"

UPSTREAM = Path(openapi_python_client.__file__).parent / "templates"


def templates() -> dict[str, str]:
    """Return the text of every template that differs from upstream's: the edited ones and ours.

    Raises:
        RegenerationError: An edit or a template of ours no longer matches upstream.
    """
    changed: dict[str, str] = {}
    for edit in tomllib.loads(EDITS.read_text("utf-8"))["edit"]:
        name = edit["template"]
        text = changed.get(name) or (UPSTREAM / name).read_text("utf-8")
        count = text.count(edit["old"])
        if count != 1:
            raise RegenerationError(
                f"edit {edit['name']!r}: its text occurs {count} times in {name}, not once"
            )
        changed[name] = text.replace(edit["old"], edit["new"])
    ours = {path.name: path.read_text("utf-8") for path in OURS.glob("*.jinja")}
    for name in ours.keys() - {f"{module}.jinja" for module in ADDED}:
        if not (UPSTREAM / name).exists():
            raise RegenerationError(f"our template {name} does not override an upstream template")
    rest = {
        REST + name: (UPSTREAM / name).read_text("utf-8") for name in ours if REST in ours[name]
    }
    return changed | ours | rest
