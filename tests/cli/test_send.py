"""`send`: what becomes of lines, keys, failures and Ctrl-C."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli.conftest import Shell
from ncloud_datastream import partition_for
from ncloud_datastream_emulator import Emulator

PROGRAM = [sys.executable, "-m", "ncloud_datastream_cli"]


def sent(emulator: Emulator, topic: str) -> list[tuple[str, str]]:
    return sorted((message.key, message.value) for message in emulator.messages(topic))


def test_two_thousand_lines(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(2000)]
    (tmp_path / "lines").write_text("\n".join(lines) + "\n")
    ran = shell("send", "--topic", topic, "lines")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("2,000 delivered, 0 rejected, 0 unsent, 0 unknown in ")
    assert sorted(message.value for message in emulator.messages(topic)) == sorted(lines)
    assert len({message.partition for message in emulator.messages(topic)}) == 3


def test_keys(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes("a\r\n\n가".encode())
    assert shell("send", "--topic", topic, "lines").code == 0
    assert sent(emulator, topic) == [("1", "a"), ("2", ""), ("3", "가")]


def test_constant_key(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("a\nb\n")
    assert shell("send", "--topic", topic, "lines", "--key", "k").code == 0
    assert sent(emulator, topic) == [("k", "a"), ("k", "b")]


def test_key_field(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text('{"id": 7, "x": 1}\n{"id": "b"}\n')
    assert shell("send", "--topic", topic, "lines", "--key-field", "id").code == 0
    assert sent(emulator, topic) == [("7", '{"id": 7, "x": 1}'), ("b", '{"id": "b"}')]


def test_key_field_keeps_each_key_in_one_partition_and_in_order(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    lines = [json.dumps({"id": f"k{number % 7}", "n": number}) for number in range(280)]
    (tmp_path / "lines").write_text("\n".join(lines))
    assert shell("send", "--topic", topic, "lines", "--key-field", "id").code == 0
    for each in range(7):
        kept = [message for message in emulator.messages(topic) if message.key == f"k{each}"]
        assert {message.partition for message in kept} == {partition_for(f"k{each}", 3)}
        kept.sort(key=lambda message: message.offset)
        assert [message.value for message in kept] == lines[each::7]
    sent_bodies = [call.body for call in emulator.calls if call.operation == "sendMessage"]
    assert all(b'"partition":' in body for body in sent_bodies)


def test_key_field_needs_the_number_of_partitions(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    """Without the right to list topics it has to be said: order is not lost silently."""
    (tmp_path / "lines").write_text('{"id": "k1"}\n')
    words = ["send", "--topic", topic, "lines", "--key-field", "id"]
    emulator.answer_next("listTopics", 403, {"error": {"errorCode": "210"}}, times=2)
    ran = shell(*words)
    assert (ran.code, emulator.messages(topic)) == (2, [])
    assert "say it with --partitions" in ran.err
    assert shell(*words, "--partitions", "2").code == 0
    (message,) = emulator.messages(topic)
    assert message.partition == partition_for("k1", 2)


@pytest.mark.parametrize("options", [["--key", "k"], ["--json"], []])
def test_partitions_with_other_keys(
    options: list[str], shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    lines = [json.dumps({"key": "k", "value": str(n), "n": n}) for n in range(20)]
    (tmp_path / "lines").write_text("\n".join(lines))
    assert shell("send", "--topic", topic, "lines", *options, "--partitions", "3").code == 0
    kept = emulator.messages(topic)
    assert all(message.partition == partition_for(message.key, 3) for message in kept)
    if options:
        values = [message.value for message in sorted(kept, key=lambda each: each.offset)]
        assert values == (lines if "--key" in options else [str(n) for n in range(20)])


def test_what_is_sent_again_goes_to_the_same_partition(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text('{"id": "k1"}\n{"id": "k1", "n": 2}\n')
    emulator.answer_next("sendMessage", 400, {"status": 400, "detail": "no"}, times=2)
    words = ["send", "--topic", topic, "lines", "--key-field", "id", "--failed", "failed"]
    assert shell(*words).code == 1
    assert shell("send", "--topic", topic, "failed", "--json").code == 0
    kept = emulator.messages(topic)
    assert [message.value for message in kept] == ['{"id": "k1"}', '{"id": "k1", "n": 2}']
    assert {message.partition for message in kept} == {partition_for("k1", 3)}
    bodies = [call.body for call in emulator.calls if call.operation == "sendMessage"]
    assert all(b'"partition":' in body for body in bodies)


def test_no_help_ties_a_key_to_a_partition_of_the_service(shell: Shell) -> None:
    text = " ".join(shell("send", "--help").out.split())
    assert "A message whose partition is not named goes to a random one" in text
    assert "they all go to one partition" not in text


def test_json_lines(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text(
        '{"key": "k", "value": "v", "partition": 2}\n{"value": {"a": 1}}\n'
    )
    assert shell("send", "--topic", topic, "lines", "--json", "--rate", "1000").code == 0
    assert sent(emulator, topic) == [("2", '{"a": 1}'), ("k", "v")]
    assert [m.partition for m in emulator.messages(topic) if m.key == "k"] == [2]


def test_key_options_exclude_each_other(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("a\n")
    assert shell("send", "--topic", "t", "lines", "--key", "k", "--json").code == 2


def test_undelivered_are_put_aside_and_can_be_sent_again(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("a\nb\nc\n")
    emulator.answer_next("sendMessage", 400, {"status": 400, "detail": "no"}, times=1)
    emulator.answer_next("sendMessage", 500, {"status": 500, "detail": "oh"}, times=1)
    words = ["send", "--topic", topic, "--concurrency", "1"]

    ran = shell(*words, "lines", "--failed", "failed.jsonl")

    assert ran.code == 1
    assert ran.out.startswith("1 delivered, 1 rejected, 0 unsent, 1 unknown in ")
    assert "first rejected: BadRequestError" in ran.err
    assert "first unknown: ServerError" in ran.err
    assert "may double them" in ran.err
    assert "2 put aside in failed.jsonl" in ran.err
    entries = [json.loads(line) for line in (tmp_path / "failed.jsonl").read_text().splitlines()]
    assert [(entry["value"], entry["outcome"]) for entry in entries] == [
        ("a", "rejected"),
        ("b", "unknown"),
    ]
    assert shell(*words, "failed.jsonl", "--json").code == 0
    assert sent(emulator, topic) == [("1", "a"), ("2", "b"), ("3", "c")]


def test_no_answer(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("a\n")
    emulator.answer_next("sendMessage", 503, times=9)
    assert shell("send", "--topic", topic, "lines").code == 3


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"a\n\xff\n", []),
        (b"{}\n", ["--json"]),
        (b"[]\n", ["--json"]),
        (b'{"value": "v", "partition": "2"}\n', ["--json"]),
        (b'{"value": "v", "partition": true}\n', ["--json"]),
        (b"x\n", ["--key-field=i"]),
        (b'{"i": "\\ud800"}\n', ["--key-field=i"]),
    ],
)
def test_line_that_cannot_be_sent(
    content: bytes, options: list[str], shell: Shell, topic: str, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_bytes(content + b"\xff\n" + b'{"value": 1, "i": 1}\n')
    ran = shell("send", "--topic", topic, "lines", "--failed", "failed", *options)
    number = content.count(b"\n")
    assert ran.code == 2
    assert f"UsageError: line {number} cannot be sent" in ran.err
    assert f"unreadable lines: {number}, {number + 1}\n" in ran.err
    assert ", 2 unreadable in " in ran.out
    assert len((tmp_path / "failed").read_text().splitlines()) >= 1


def test_line_of_a_pipe_that_cannot_be_sent(
    shell: Shell, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{}\n{}\n")))
    ran = shell("send", "--topic", topic, "--json")
    assert ran.code == 2
    assert "0 unknown, 1 unreadable in" in ran.out
    assert "what was not read of the input is in none of these counts" in ran.err


def test_what_is_sent_is_not_overwritten(shell: Shell, topic: str, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("a\nb\n")
    (tmp_path / "link").symlink_to("lines")
    for name in ("lines", "link"):
        ran = shell("send", "--topic", topic, "lines", "--failed", name)
        assert (ran.code, ran.out) == (2, "")
        assert "name another file" in ran.err
    assert (tmp_path / "lines").read_text() == "a\nb\n"


def test_file_for_the_failed_is_made_before_anything_is_sent(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("a\n")
    ran = shell("send", "--topic", topic, "lines", "--failed", "no/such/folder")
    assert (ran.code, ran.out, emulator.messages(topic)) == (2, "", [])
    assert "--failed no/such/folder: No such file or directory" in ran.err

    (tmp_path / "failed").write_text("of yesterday")
    assert shell("send", "--topic", topic, "lines", "--failed", "failed").code == 0
    assert (tmp_path / "failed").read_text() == ""


def test_sending_ends_where_nothing_can_be_put_aside(
    shell: Shell, emulator: Emulator, topic: str, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("x\n" * 5000)
    emulator.answer_next("sendMessage", 400, {"status": 400, "detail": "no"}, times=5000)
    ran = shell("send", "--topic", topic, "lines", "--failed", "/dev/full")
    assert ran.code == 2
    assert "UsageError: cannot write /dev/full: No space left on device" in ran.err
    assert len([call for call in emulator.calls if call.operation == "sendMessage"]) < 5000


def test_the_topic_is_looked_up_before_the_first_message(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("a\nb\n")
    ran = shell("send", "--topic", "h4j6l-nowhere", "lines")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("NotFoundError: there is no topic with the name or id")
    assert "Next: ncloud-datastream topics list" in ran.err
    assert "sendMessage" not in {call.operation for call in emulator.calls}


def test_five_refusals_for_the_topic_end_it_where_keys_may_not_look(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("x\n" * 5000)
    emulator.answer_next("listTopics", 403, {"error": {"errorCode": "210"}})
    ran = shell(
        *["send", "--topic", "h4j6l-nowhere", "lines", "--concurrency", "2"],
        *["--failed", "failed"],
    )
    assert ran.code == 1
    assert "NotFoundError" in ran.err
    sent = len([call for call in emulator.calls if call.operation == "sendMessage"])
    assert 5 <= sent < 20
    assert len((tmp_path / "failed").read_text().splitlines()) == 5000


def test_refusals_for_the_topic_do_not_end_what_was_delivered_before(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("x\n" * 50)
    emulator.answer_next("listTopics", 403, {"error": {"errorCode": "210"}})
    emulator.answer_next("sendMessage", 200, {"status": 200, "detail": "OK"})
    emulator.answer_next("sendMessage", 404, {"status": 404, "detail": "no"}, times=20)
    ran = shell("send", "--topic", topic, "lines", "--concurrency", "1")
    assert (ran.code, ran.out[:25]) == (1, "30 delivered, 20 rejected")


def test_ordered(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    lines = [json.dumps({"key": f"k{n % 3}", "value": str(n)}) for n in range(60)]
    (tmp_path / "lines").write_text("\n".join(lines))
    assert shell("send", "--topic", topic, "lines", "--json", "--ordered").code == 0
    for each in range(3):
        kept = [message for message in emulator.messages(topic) if message.key == f"k{each}"]
        assert {message.partition for message in kept} == {partition_for(f"k{each}", 3)}
        kept.sort(key=lambda message: message.offset)
        assert [message.value for message in kept] == [str(n) for n in range(each, 60, 3)]


def test_ordered_wants_keys_and_partitions(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("a\n")
    assert "line numbers differ" in shell("send", "--topic", topic, "lines", "--ordered").err
    emulator.answer_next("listTopics", 403, {"error": {"errorCode": "210"}})
    ran = shell("send", "--topic", topic, "lines", "--ordered", "--key", "k")
    assert (ran.code, "--ordered needs it" in ran.err) == (2, True)
    assert emulator.messages(topic) == []


def test_summary_in_json(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("a\nb\n")
    emulator.answer_next("sendMessage", 400, {"status": 400, "detail": "no"})
    words = ["send", "--topic", topic, "lines", "--failed", "aside", "--concurrency", "1"]
    ran = shell(*words, "-o", "json")
    assert (ran.code, ran.err) == (1, "")
    said = json.loads(ran.out)
    assert (said["delivered"], said["rejected"], said["unsent"], said["unknown"]) == (1, 1, 0, 0)
    assert (said["first"]["rejected"]["error"], said["unreadable"]) == ("BadRequestError", [])
    assert said["failed"] == {"path": "aside", "kept": 1, "lost": 0}
    again = ["send", "--topic", topic, "aside", "--json", "-o", "json", "--query", "delivered"]
    ran = shell(*again)
    assert (ran.code, ran.out) == (0, "1\n")


def test_topic_is_taken_by_its_name_without_the_right_to_list(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("a\n")
    emulator.answer_next("listTopics", 403, {"error": {"errorCode": "210"}})
    assert shell("send", "--topic", topic, "lines").code == 0


def test_debug_shows_each_message(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("a\nb\n")
    ran = shell("send", "--topic", topic, "lines", "--debug")
    assert (ran.code, ran.out[:11]) == (0, "2 delivered")
    assert ran.err.count("> POST /api/produce\n") == 2
    assert ran.err.count("x-ncp-apigw-signature-v2: ***") == 4
    assert emulator.credentials.secret_key not in ran.err


def test_refused_keys_stop_the_sending(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lines").write_text("x\n" * 5000)
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", emulator.main_credentials.access_key)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", emulator.main_credentials.secret_key)
    ran = shell("send", "--topic", topic, "lines", "--failed", "failed")
    assert ran.code == 1
    assert ran.out.startswith("0 delivered")
    assert "sub account" in ran.err
    assert len((tmp_path / "failed").read_text().splitlines()) == 5000


def test_topic_by_id(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    found = json.loads(shell("topics", "get", topic, "-o", "json").out)["topicId"]
    (tmp_path / "lines").write_text("a\n")
    assert shell("send", "--topic", found, "lines").code == 0
    assert sent(emulator, topic) == [("1", "a")]


def test_from_a_pipe_and_ctrl_c(
    topic: str, emulator: Emulator, environment: dict[str, str]
) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "send", "--topic", topic, "--failed", "failed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    assert process.stdin is not None
    process.stdin.write("a\nb\n")
    process.stdin.flush()
    while len(emulator.messages(topic)) < 2:
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert out.startswith("2 delivered, 0 rejected")
    assert "Traceback" not in err
