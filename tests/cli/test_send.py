"""`send`: lines, keys, partitions, and messages that are not delivered."""

import io
import json
from pathlib import Path

import click
import pytest
from cli.conftest import NO, TOPIC, Send, Shell
from ncloud_datastream import partition_for
from ncloud_datastream_cli.lines import Lines
from ncloud_datastream_emulator import Emulator

FORBIDDEN = {"error": {"errorCode": "210"}}


def sent(emulator: Emulator) -> list[tuple[str, str]]:
    return sorted((message.key, message.value) for message in emulator.messages(TOPIC))


def requests(emulator: Emulator) -> int:
    return [call.operation for call in emulator.calls].count("sendMessage")


def test_each_line_is_a_message_with_its_number_as_the_key(send: Send, emulator: Emulator) -> None:
    lines = [f"line {number}" for number in range(300)]
    ran = send("\n".join(lines) + "\r\n\n가")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("302 delivered, 0 rejected, 0 unsent, 0 unknown in ")
    expected = {str(number): line for number, line in enumerate([*lines, "", "가"], 1)}
    messages = emulator.messages(TOPIC)
    assert {message.key: message.value for message in messages} == expected
    assert len(messages) == 302
    assert len({message.partition for message in messages}) == 3


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("a\nb\n", ["--key", "k"], [("k", "a"), ("k", "b")]),
        (
            '{"id": 7, "x": 1}\n{"id": "b"}\n',
            ["--key-field", "id"],
            [("7", '{"id": 7, "x": 1}'), ("b", '{"id": "b"}')],
        ),
        (
            '{"key": "k", "value": "v", "partition": 2}\n{"value": {"a": 1}}\n',
            ["--json", "--rate", "1000"],
            [("2", '{"a": 1}'), ("k", "v")],
        ),
    ],
)
def test_keys_and_values_follow_the_options(
    content: str,
    options: list[str],
    expected: list[tuple[str, str]],
    send: Send,
    emulator: Emulator,
) -> None:
    assert send(content, *options).code == 0
    assert sent(emulator) == expected
    if "--json" in options:
        assert [each.partition for each in emulator.messages(TOPIC) if each.key == "k"] == [2]


@pytest.mark.parametrize(
    "options", [["--key-field", "key"], ["--json", "--ordered"], ["--json", "--partitions", "3"]]
)
def test_a_key_keeps_its_partition_and_order_also_when_resent(
    options: list[str], send: Send, shell: Shell, emulator: Emulator
) -> None:
    lines = [json.dumps({"key": f"k{number % 7}", "value": str(number)}) for number in range(140)]
    values = lines if "--key-field" in options else [str(number) for number in range(140)]
    emulator.answer_next("sendMessage", 400, NO, times=140)
    assert send("\n".join(lines), *options, "--failed", "failed").code == 1
    assert shell("send", "--topic", TOPIC, "failed", "--json").code == 0
    for each in range(7):
        kept = [message for message in emulator.messages(TOPIC) if message.key == f"k{each}"]
        assert {message.partition for message in kept} == {partition_for(f"k{each}", 3)}
        kept.sort(key=lambda message: message.offset)
        assert [message.value for message in kept] == values[each::7]
    bodies = [call.body for call in emulator.calls if call.operation == "sendMessage"]
    assert len(bodies) == 280
    assert all(b'"partition":' in body for body in bodies)


@pytest.mark.parametrize("options", [["--key", "k"], []])
def test_partitions_applies_to_other_keys(
    options: list[str], send: Send, emulator: Emulator
) -> None:
    lines = [f"line {number}" for number in range(20)]
    assert send("\n".join(lines), *options, "--partitions", "3").code == 0
    kept = sorted(emulator.messages(TOPIC), key=lambda message: message.offset)
    assert all(message.partition == partition_for(message.key, 3) for message in kept)
    assert not options or [message.value for message in kept] == lines


@pytest.mark.parametrize("options", [["--key-field", "id"], ["--ordered", "--key", "k"]])
def test_without_the_right_to_list_topics_order_needs_the_number_of_partitions(
    options: list[str], send: Send, emulator: Emulator
) -> None:
    emulator.answer_next("listTopics", 403, FORBIDDEN, times=2)
    ran = send('{"id": "k"}\n', *options)
    assert (ran.code, emulator.messages(TOPIC)) == (2, [])
    assert f"{options[0]} needs it" in ran.err
    assert "add --partitions" in ran.err
    assert send('{"id": "k"}\n', *options, "--partitions", "2").code == 0
    (message,) = emulator.messages(TOPIC)
    assert message.partition == partition_for("k", 2)


def test_contradictory_options_are_usage_errors(send: Send, emulator: Emulator) -> None:
    assert "mutually exclusive" in send("a\n", "--key", "k", "--json").err
    ran = send("a\n", "--ordered")
    assert (ran.code, emulator.messages(TOPIC)) == (2, [])
    assert "every line number is a different key" in ran.err


def test_the_help_ties_no_key_to_a_partition_of_the_service(shell: Shell) -> None:
    text = " ".join(shell("send", "--help").out.split())
    assert "A message without a partition goes to a random one" in text


def test_undelivered_messages_are_written_to_a_file_that_can_be_resent(
    send: Send, shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    emulator.answer_next("sendMessage", 400, NO)
    emulator.answer_next("sendMessage", 500, {"status": 500, "detail": "oh"})
    ran = send("a\nb\nc\n", "--concurrency", "1", "--failed", "failed.jsonl")
    assert ran.code == 1
    assert ran.out.startswith("1 delivered, 1 rejected, 0 unsent, 1 unknown in ")
    for text in (
        "first rejected: BadRequestError",
        "first unknown: ServerError",
        "may duplicate them",
        "2 written to failed.jsonl",
    ):
        assert text in ran.err
    entries = [json.loads(line) for line in (tmp_path / "failed.jsonl").read_text().splitlines()]
    assert [(entry["value"], entry["outcome"]) for entry in entries] == [
        ("a", "rejected"),
        ("b", "unknown"),
    ]
    assert shell("send", "--topic", TOPIC, "failed.jsonl", "--json").code == 0
    assert sent(emulator) == [("1", "a"), ("2", "b"), ("3", "c")]


def test_unsent_or_unknown_messages_exit_with_3(send: Send, emulator: Emulator) -> None:
    emulator.answer_next("sendMessage", 503, times=9)
    assert send("a\n").code == 3


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"a\n\xff\n", []),
        (b"{}\n", ["--json"]),
        (b"[]\n", ["--json"]),
        (b'{"value": "v", "partition": true}\n', ["--json"]),
        (b"x\n", ["--key-field=i"]),
        (b'{"i": "\\ud800"}\n', ["--key-field=i"]),
    ],
)
def test_an_invalid_line_stops_the_run_and_is_named_by_its_number(
    content: bytes, options: list[str], shell: Shell, topic: str, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_bytes(content + b"\xff\n" + b'{"value": 1, "i": 1}\n')
    ran = shell("send", "--topic", topic, "lines", "--failed", "failed", *options)
    number = content.count(b"\n")
    assert ran.code == 2
    assert f"UsageError: Line {number} cannot be sent" in ran.err
    assert f"unreadable lines: {number}, {number + 1}\n" in ran.err
    assert ", 2 unreadable in " in ran.out
    assert len((tmp_path / "failed").read_text().splitlines()) >= 1


def test_after_an_invalid_line_the_rest_of_a_pipe_is_not_counted(
    shell: Shell, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{}\n{}\n")))
    ran = shell("send", "--topic", topic, "--json")
    assert ran.code == 2
    assert "0 unknown, 1 unreadable in" in ran.out
    assert "Input that was not read is not counted." in ran.err


def test_after_an_invalid_line_there_are_no_further_messages() -> None:
    file = io.BytesIO(b"{}\n{}\n")
    lines = Lines(file, TOPIC, key=None, key_field=None, as_json=True, partitions=None)
    with pytest.raises(click.ClickException, match="Line 1 cannot be sent"):
        next(lines)
    assert list(lines) == []


def test_the_input_is_never_overwritten(send: Send, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("lines")
    for name in ("lines", "link"):
        ran = send("a\nb\n", "--failed", name)
        assert (ran.code, ran.out) == (2, "")
        assert "use another file" in ran.err
    assert (tmp_path / "lines").read_text() == "a\nb\n"


def test_the_file_for_undelivered_messages_is_created_before_anything_is_sent(
    send: Send, emulator: Emulator, tmp_path: Path
) -> None:
    ran = send("a\n", "--failed", "no/such/folder")
    assert (ran.code, ran.out, emulator.messages(TOPIC)) == (2, "", [])
    assert "--failed no/such/folder: No such file or directory" in ran.err
    (tmp_path / "failed").write_text("of yesterday")
    assert send("a\n", "--failed", "failed").code == 0
    assert (tmp_path / "failed").read_text() == ""


def test_the_topic_is_looked_up_before_the_first_message(send: Send, emulator: Emulator) -> None:
    ran = send("a\nb\n", topic="h4j6l-nowhere")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("NotFoundError: There is no topic with the name or id")
    assert "Next: ncloud-datastream topics list" in ran.err
    assert requests(emulator) == 0


def test_without_the_right_to_list_topics_a_missing_topic_stops_the_run_after_five_responses(
    send: Send, emulator: Emulator, tmp_path: Path
) -> None:
    emulator.answer_next("listTopics", 403, FORBIDDEN)
    options = ["--concurrency", "2", "--failed", "failed"]
    ran = send("x\n" * 1000, *options, topic="h4j6l-nowhere")
    assert ran.code == 1
    assert "NotFoundError" in ran.err
    assert 5 <= requests(emulator) < 20
    assert len((tmp_path / "failed").read_text().splitlines()) == 1000


def test_a_topic_that_existed_once_does_not_stop_the_run(send: Send, emulator: Emulator) -> None:
    emulator.answer_next("listTopics", 403, FORBIDDEN)
    emulator.answer_next("sendMessage", 200, {"status": 200, "detail": "OK"})
    emulator.answer_next("sendMessage", 404, {"status": 404, "detail": "no"}, times=20)
    ran = send("x\n" * 50, "--concurrency", "1")
    assert (ran.code, ran.out[:25]) == (1, "30 delivered, 20 rejected")


def test_the_summary_is_printed_as_json(send: Send, shell: Shell, emulator: Emulator) -> None:
    emulator.answer_next("sendMessage", 400, NO)
    ran = send("a\nb\n", "--failed", "failed", "--concurrency", "1", "-o", "json")
    assert (ran.code, ran.err) == (1, "")
    found = json.loads(ran.out)
    assert [found[each] for each in ("delivered", "rejected", "unsent", "unknown")] == [1, 1, 0, 0]
    assert (found["first"]["rejected"]["error"], found["unreadable"]) == ("BadRequestError", [])
    assert found["failed"] == {"path": "failed", "kept": 1, "lost": 0}
    again = ["send", "--topic", TOPIC, "failed", "--json", "-o", "json", "--query", "delivered"]
    ran = shell(*again)
    assert (ran.code, ran.out) == (0, "1\n")


def test_rejected_keys_stop_the_run(
    send: Send, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", emulator.main_credentials.access_key)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", emulator.main_credentials.secret_key)
    ran = send("x\n" * 1000, "--failed", "failed")
    assert ran.code == 1
    assert ran.out.startswith("0 delivered")
    assert "sub account" in ran.err
    assert len((tmp_path / "failed").read_text().splitlines()) == 1000


def test_the_topic_may_be_given_by_id(send: Send, shell: Shell, emulator: Emulator) -> None:
    found = json.loads(shell("topics", "get", TOPIC, "-o", "json").out)["topicId"]
    assert send("a\n", topic=found).code == 0
    assert sent(emulator) == [("1", "a")]
