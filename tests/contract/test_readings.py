"""Where NCP is silent, the document says so in its texts and in its extensions."""

import re
from typing import Any

import pytest
from contract.document import DOCUMENT, mappings
from contract.test_overview import pages, rows

GUESS = re.compile(
    r"our reading|we (read|take|assume)|inferred|not documented|undocumented|presumabl|probabl|"
    r"perhaps|apparently|likely|seems?\b|guess|made up|contradict|"
    r"NCP (does not|names neither|shows (no|none|only)|lists no)",
    re.IGNORECASE,
)
MARKS = ("x-our-reading", "x-if-wrong")


PLACES = dict(mappings(DOCUMENT))
MARKED = {place: node for place, node in PLACES.items() if "x-our-reading" in node}


def text_of(node: dict[str, Any]) -> str:
    """Return the texts of a node itself."""
    texts = [node.get("summary"), node.get("description"), *node.get("x-enum-descriptions", ())]
    return " ".join(text for text in texts if isinstance(text, str))


def pairs(node: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each reading of a node with its cost."""
    readings, costs = (node[mark] for mark in MARKS)
    if isinstance(readings, str):
        return [(readings, costs)]
    return list(zip(readings, costs, strict=True))


def test_every_assumption_is_marked() -> None:
    assumptions = [place for place, node in PLACES.items() if GUESS.search(text_of(node))]
    assert len(assumptions) > 30
    assert [place for place in assumptions if not set(MARKS) <= set(PLACES[place])] == []


@pytest.mark.parametrize(
    "place",
    [
        "paths//api/produce/post",
        "components/securitySchemes/Signature",
        "components/headers/RequestId",
        "components/headers/RetryAfter",
        "components/headers/Date",
        "components/examples/RunningConnector",
        "components/schemas/Connector/properties/connectorName",
        "components/schemas/Connector/properties/groupId",
        "components/schemas/Connector/properties/objectStorageLocation",
        "components/schemas/ErrorCode",
        "components/responses/TooManyRequests",
    ],
)
def test_an_assumption_that_once_lacked_a_mark_has_one(place: str) -> None:
    assert f"#/{place}" in MARKED


def test_one_page_lists_every_reading_with_its_cost_and_place() -> None:
    listed = rows(pages().MADE["<!-- readings -->"]())
    for place, node in MARKED.items():
        for reading, cost in pairs(node):
            assert re.fullmatch(r"[A-Z`][^\n]*\.", reading), place
            assert re.fullmatch(r"[A-Z`][^\n]*\.", cost), place
            assert (reading, cost) in {(reading, cost) for reading, _, cost in listed}, place
    where = " ".join(place for _, place, _ in listed)
    for name in ("Statuses", "sendMessage", "listSchemas.size", "Connector.groupId", "RetryAfter"):
        assert f"`{name}`" in where
