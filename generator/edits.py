"""The generator's own templates, changed in memory by named edits."""

import tomllib
from pathlib import Path

import openapi_python_client
from documents import RegenerationError

HERE = Path(__file__).resolve().parent
EDITS = HERE / "edits.toml"
OURS = HERE / "templates"
UPSTREAM = Path(openapi_python_client.__file__).parent / "templates"


def templates() -> dict[str, str]:
    """The text of every template that is not upstream's own: the edited ones and ours."""
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
    return changed | {path.name: path.read_text("utf-8") for path in OURS.glob("*.jinja")}
