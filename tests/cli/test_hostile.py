"""Text written by others cannot control the terminal, whichever command prints it."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from cli.conftest import Send, Shell
from cli.terminal import at_a_terminal_as_it_is
from ncloud_datastream_cli.terminal import safe
from ncloud_datastream_emulator import Emulator

HOSTILE = {
    "C0": "a\x1b[31mred\x07\x08\x00\rover",
    "C1": "a\x9b31mred\x85\x90q\x9c",
    "DEL": "a\x7f",
    "bidi": "a\u202etxt.exe\u2066\u2069\u200f",
    "invisible": "a\u200b\u2060\ufeff\U000e0041",
    "OSC 8": "a\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "separators": "a\u2028b\u2029c",
    "markup": "[/x][bold]a[/bold][link=http://evil.example]b[/link]",
    "forged": "a\nok  keys         accepted\n< 200\nUsageError: none",
}
ALL = "".join(HOSTILE.values())
UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(each) in UNSAFE for each in text.replace("\n", ""))


def raw(body: object) -> str:
    """Return a body as JSON with as little escaped as possible."""
    return json.dumps(body, ensure_ascii=False)


def responses(hostile: str) -> dict[str, tuple[list[str], Any]]:
    """Return for each operation its command and a response full of hostile text."""
    topic = {"topicId": "5mgNWA7xk2", "topicName": hostile, "status": hostile, hostile: hostile}
    connector = {"id": "c", "connectorName": hostile, "status": hostile, hostile: [hostile]}
    schema: dict[str, Any] = {"resourceId": hostile, "schemaId": 1, "schemaType": hostile}
    schema |= {"schema": hostile, hostile: {hostile: 1}}
    return {
        "getTopicPrefix": (["prefix"], {"prefix": hostile, hostile: hostile}),
        "listTopics": (["topics", "list"], {"list": [topic], hostile: hostile}),
        "getTopic": (["topics", "get", "x"], topic),
        "createTopic": (["topics", "create", "x"], topic),
        "getConnector": (["connectors", "get", "x"], connector),
        "listSchemas": (["schemas", "list", "x"], {"schemas": [schema]}),
        "getSchema": (["schemas", "get", "x", "y"], schema),
    }


@pytest.mark.parametrize("operation", list(responses("")))
def test_results_are_escaped(operation: str, shell: Shell, emulator: Emulator) -> None:
    words, body = responses(ALL)[operation]
    for style in ("table", "json", "jsonl"):
        emulator.answer_next(operation, 200, raw(body))
        ran = shell(*words, "-o", style, "--debug")
        assert ran.code == 0, ran.err
        assert is_harmless(ran.out), (style, ran.out)
        assert is_harmless(ran.err), ran.err
        if style != "table":
            assert json.dumps(ALL) in json.dumps(json.loads(ran.out)), "nothing is lost"


@pytest.mark.parametrize("status", [401, 500])
def test_errors_are_escaped_and_stay_on_their_lines(
    status: int, shell: Shell, emulator: Emulator
) -> None:
    problem = {"title": ALL, "detail": ALL, "instance": ALL, "code": ALL, "status": status}
    for body in (raw(problem), ALL):
        for words in (["prefix"], ["doctor"], ["topics", "delete", "x", "--yes"]):
            for operation in ("getTopicPrefix", "deleteTopic"):
                emulator.answer_next(operation, status, body)
            ran = shell(*words, "--debug")
            assert ran.code != 0
            assert is_harmless(ran.out), ran.out
            assert is_harmless(ran.err), ran.err
            messages = [line for line in ran.err.split("\n") if line[:1] not in ("<", ">", "")]
            assert len(messages) <= 3, ran.err


def test_doctor_keeps_each_check_on_its_line(shell: Shell, emulator: Emulator) -> None:
    healthy = shell("doctor")
    emulator.answer_next("getTopicPrefix", 200, raw({"prefix": ALL}))
    refused = {"error": {"message": ALL, "details": ALL, "errorCode": "200"}}
    emulator.answer_next("sendMessage", 401, raw(refused))
    ran = shell("doctor")
    assert is_harmless(ran.out), ran.out
    # One more than usual: the suggested fix.
    assert len(ran.out.split("\n")) == len(healthy.out.split("\n")) + 1, ran.out


@pytest.mark.parametrize("status", [400, 500])
def test_the_summary_of_send_is_escaped(status: int, send: Send, emulator: Emulator) -> None:
    emulator.answer_next("sendMessage", status, raw({"status": status, "detail": ALL}))
    ran = send("a\n", "--debug")
    assert is_harmless(ran.out)
    assert is_harmless(ran.err)
    assert len([line for line in ran.err.split("\n") if line.startswith("first ")]) == 1
    ran = send(raw({ALL: ALL}), "--key-field", f"{ALL}?")
    assert (ran.code, is_harmless(ran.err)) == (2, True)


@pytest.mark.usefixtures("environment")
@pytest.mark.filterwarnings("ignore:.*use of forkpty.*:DeprecationWarning")
def test_at_a_terminal_only_the_style_of_the_table_is_not_escaped(emulator: Emulator) -> None:
    topics = [responses(text)["getTopic"][1] for text in HOSTILE.values()]
    emulator.answer_next("listTopics", 200, raw({"list": topics}))
    code, seen = at_a_terminal_as_it_is("topics", "list")
    assert code == 0
    plain = seen.replace(b"\x1b[1m", b"").replace(b"\x1b[0m", b"").replace(b"\r\n", b"\n")
    assert is_harmless(plain.decode()), plain


def test_ordinary_text_is_not_escaped() -> None:
    ordinary = "주문 +50% 할인\u3000全角\xa0café 🙂 ✓ \\u001b"
    assert safe(ordinary) == ordinary
