"""What upstream's own model of OpenAPI rejects, with the place in the document."""

from typing import Any

from documents import Node
from forms import at
from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError
from refusals import Refusal


def invalid(whole: Node) -> list[Refusal]:
    """Return a refusal for each error that upstream would report without a place."""
    try:
        OpenAPI.model_validate(whole)
    except ValidationError as problem:
        found = []
        for error in problem.errors():
            place, is_reference = _place(whole, error["loc"])
            if not is_reference:
                text = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
                given = error["msg"] != text and error["msg"].startswith("Input")
                reason = f"it is not {text}" if given else text.lower()
                found.append(Refusal(place, reason, "correct it, as in OpenAPI 3.0"))
        return list(dict.fromkeys(found)) or [
            Refusal("the document", "it is not valid OpenAPI", "validate it against OpenAPI 3.0")
        ]
    return []


def _place(whole: Node, steps: tuple[int | str, ...]) -> tuple[str, bool]:
    """Return the place of an error, and whether it is only that a node is not a reference."""
    place, node, is_reference = "", whole, False
    for number, step in enumerate(steps):
        found: Any = None
        if isinstance(node, dict):
            found = node.get(str(step))
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            found = node[step]
        if found is not None or number == len(steps) - 1:
            place, node = at(place, step), found
        elif step == "Reference" and isinstance(node, dict) and "$ref" not in node:
            is_reference = True
    return place or "the document", is_reference
