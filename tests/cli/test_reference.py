"""The page "Command line" is generated from the commands and is complete."""

import re
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from cli.commands import COMMANDS
from ncloud_datastream_cli.examples import EXAMPLES
from support.modules import load_module

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    """The sections of the page as the site shows it, by their headings."""
    hooks = load_module(DOCS / "hooks.py")
    source = (DOCS / "reference" / "cli.md").read_text("utf-8")
    place = SimpleNamespace(file=SimpleNamespace(src_uri="reference/cli.md"), meta={})
    page = hooks.on_page_markdown(source, place)
    _, *parts = re.split(r"^#{2,3} (.+)\n", page, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_each_command_has_a_section_with_its_help_usage_and_example(
    sections: dict[str, str],
) -> None:
    groups = {words.split()[0] for words in COMMANDS if " " in words}
    assert set(sections) == {"Common options", *groups, *COMMANDS}
    for words, command in COMMANDS.items():
        text = sections[words]
        assert command.help
        assert command.help.split(".")[0] in text
        assert f"```sh\nncloud-datastream {EXAMPLES[words]}\n```" in text
        usage = re.search(rf"^ncloud-datastream {words}( .+)$", text, re.MULTILINE)
        assert usage is not None, words
        pieces = command.collect_usage_pieces(click.Context(command))
        assert usage[1].split() == " ".join(pieces).split()


def test_each_option_of_each_command_is_described(sections: dict[str, str]) -> None:
    described = set(re.findall(r"^- `.*?(--[\w-]+)", sections["Common options"], re.MULTILINE))
    for words, command in COMMANDS.items():
        text = sections[words]
        own = re.findall(r"^- `(.+)`: \S", text, re.MULTILINE)
        common = set(re.findall(r"`(-[-\w]+)`", text.partition("Common options: ")[2]))
        for option in command.params:
            if isinstance(option, click.Option):
                long = next(each for each in option.opts if each.startswith("--"))
                is_common = bool(common & set(option.opts)) and long in described
                is_own = any(re.search(rf"(^|\s){long}\b", each) for each in own)
                assert is_own != is_common, (words, long)


def test_an_option_that_differs_from_the_common_one_is_described_itself(
    sections: dict[str, str],
) -> None:
    assert "- `--timeout FLOAT`: Seconds to wait. [default: 300.0]" in sections["topics wait"]
