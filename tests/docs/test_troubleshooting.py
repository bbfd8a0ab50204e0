"""The messages that docs/troubleshooting.md quotes are those of the code."""

import pytest
from docs.messages import PAGE, PROVOKED, QUOTE, message

QUOTED: dict[str, str] = dict(QUOTE.findall(PAGE.read_text("utf-8")))


@pytest.mark.parametrize("name", PROVOKED)
def test_the_troubleshooting_page_quotes_the_message_of_the_code(name: str) -> None:
    assert QUOTED[name] == message(name), "python tests/docs/messages.py updates the page"


def test_every_quote_of_the_troubleshooting_page_is_checked() -> None:
    assert QUOTED.keys() == PROVOKED.keys()
    assert PAGE.read_text("utf-8").count("<!-- error: ") == len(QUOTED)
