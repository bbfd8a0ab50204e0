"""Where NCP is silent, the document says so to people and to machines."""

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


def said(node: dict[str, Any]) -> str:
    """All prose that stands at a place itself."""
    texts = [node.get("summary"), node.get("description"), *node.get("x-enum-descriptions", ())]
    return " ".join(text for text in texts if isinstance(text, str))


PLACES = dict(mappings(DOCUMENT))
GUESSES = [place for place, node in PLACES.items() if GUESS.search(said(node))]
MARKED = {place: node for place, node in PLACES.items() if "x-our-reading" in node}


@pytest.mark.parametrize("place", GUESSES)
def test_no_guess_without_a_mark(place: str) -> None:
    assert set(MARKS) <= set(PLACES[place])


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
def test_what_was_once_said_without_a_source_is_marked(place: str) -> None:
    assert f"#/{place}" in MARKED


@pytest.mark.parametrize("place", MARKED)
def test_a_mark_is_whole_sentences_and_has_its_cost(place: str) -> None:
    texts = [MARKED[place][mark] for mark in MARKS]
    if isinstance(texts[0], str):
        texts = [[text] for text in texts]
    readings, costs = texts
    assert len(readings) == len(costs)
    for text in (*readings, *costs):
        assert re.fullmatch(r"[A-Z`].*\.", text)
        assert "\n" not in text


def test_guesses_and_marks_are_many() -> None:
    assert len(GUESSES) > 30
    assert len(MARKED) >= len(GUESSES)


def test_one_page_lists_every_reading_with_its_cost() -> None:
    listed = {(reading, cost) for reading, _, cost in rows(pages().MADE["<!-- readings -->"]())}
    for place, node in MARKED.items():
        texts = [node[mark] for mark in MARKS]
        pairs = [tuple(texts)] if isinstance(texts[0], str) else zip(*texts, strict=True)
        assert set(pairs) <= listed, place


def test_the_page_says_where_each_stands() -> None:
    where = " ".join(place for _, place, _ in rows(pages().MADE["<!-- readings -->"]()))
    for name in ("Statuses", "sendMessage", "listSchemas.size", "Connector.groupId", "RetryAfter"):
        assert f"`{name}`" in where
