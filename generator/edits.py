"""The generator's own templates, changed in memory by named edits."""

import tomllib
from pathlib import Path

import openapi_python_client
from documents import RegenerationError

HERE = Path(__file__).resolve().parent
EDITS = HERE / "edits.toml"
OURS = HERE / "templates"
# Modules at the package's root that upstream has no template for.
ADDED = ("enums.py", "operations.py", "paths.py", "values.py")
# A template of ours that changes one of upstream's uses the rest of it by this prefix.
REST = "upstream/"

UPSTREAM = Path(openapi_python_client.__file__).parent / "templates"


def templates() -> dict[str, str]:
    """The text of every template that is not upstream's own: the edited ones and ours.

    Raises:
        RegenerationError: Upstream has moved, and an edit or a template of ours has lost its place.
    """
    changed: dict[str, str] = {}
    for edit in tomllib.loads(EDITS.read_text("utf-8"))["edit"]:
        name = edit["template"]
        text = changed.get(name) or (UPSTREAM / name).read_text("utf-8")
        count = text.count(edit["old"])
        if count != 1:
            raise RegenerationError(
                f"edit {edit['name']!r}: its place in {name} was found {count} times, not once"
            )
        changed[name] = text.replace(edit["old"], edit["new"])
    ours = {path.name: path.read_text("utf-8") for path in OURS.glob("*.jinja")}
    for name in ours.keys() - {f"{module}.jinja" for module in ADDED}:
        if not (UPSTREAM / name).exists():
            raise RegenerationError(f"our template {name} replaces none of upstream's")
    rest = {
        REST + name: (UPSTREAM / name).read_text("utf-8") for name in ours if REST in ours[name]
    }
    return changed | ours | rest
