"""The commands of the operations: their arguments, results, failures and exit codes."""

import io
import json

import pytest
from cli.conftest import Shell
from ncloud_datastream import RateLimitedError
from ncloud_datastream_api.api import Operations
from ncloud_datastream_cli import places
from ncloud_datastream_cli.app import build
from ncloud_datastream_cli.failure import next_step
from ncloud_datastream_emulator import Emulator


def test_version_is_printed(shell: Shell) -> None:
    assert shell("--version").out.startswith("ncloud-datastream, version ")


def test_every_operation_has_a_command_and_a_new_one_gets_one(
    monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    methods = {operation.method for operation in places.operations()}
    generated = {name for name in dir(Operations) if not name.startswith("_")}
    assert methods | {"send_message"} == generated

    class TopicOperations:
        def archive_topic(self, topic_id: "str", *, days: "int", quiet: "bool | None" = None):
            """Archive a topic.

            Args:
                topic_id: The id.
                days: How many days,
                    at most ten.
                quiet: Say nothing.

            Returns:
                Something.
            """

    class Grown(Operations, TopicOperations):
        pass

    monkeypatch.setattr(places, "Operations", Grown)
    assert "archive" in build().commands["topics"].commands
    ran = shell("topics", "archive", "--help")
    assert "[OPTIONS] TOPIC" in ran.out
    assert "--days INTEGER" in ran.out
    assert "How many days, at most ten." in ran.out
    assert "--quiet / --no-quiet" in ran.out


def test_json_has_the_document_and_jsonl_a_line_for_each_item(shell: Shell, topic: str) -> None:
    assert json.loads(shell("prefix", "--output", "json").out) == {"prefix": "h4j6l-"}
    ran = shell("topics", "list", "-o", "jsonl")
    assert [json.loads(line)["topicName"] for line in ran.out.splitlines()] == [topic]
    assert json.loads(shell("topics", "get", topic, "-o", "jsonl").out)["partitions"] == 3


def test_without_a_terminal_a_table_is_neither_wrapped_nor_colored(shell: Shell) -> None:
    assert shell("topics", "list").out == "none\n"
    assert shell("topics", "list", "-o", "jsonl").out == '{"list": []}\n'
    words = "long " * 39
    shell("topics", "create", "h4j6l-long", "--description", words)
    ran = shell("topics", "list")
    assert len(ran.out.splitlines()) == 2
    assert words.strip() in ran.out
    assert "\x1b" not in ran.out


def test_a_topic_is_found_by_name_or_id_and_by_id_without_the_right_to_list(
    shell: Shell, topic: str, emulator: Emulator
) -> None:
    found = json.loads(shell("topics", "get", topic, "-o", "json").out)["topicId"]
    assert json.loads(shell("topics", "get", found, "-o", "json").out)["topicName"] == topic
    emulator.answer_next("listTopics", 403, {"error": {"errorCode": "210"}})
    assert shell("topics", "get", found).code == 0


@pytest.mark.parametrize(
    ("words", "error", "step"),
    [
        (
            "topics create BadName",
            "BadRequestError: createTopic: HTTP 400 Inv",
            "topics create --help",
        ),
        (
            "topics get nowhere",
            "NotFoundError: getTopic: HTTP 404 InvalidTopicNotFound",
            "topics list",
        ),
    ],
)
def test_a_rejected_request_exits_with_1_in_at_most_three_lines(
    words: str, error: str, step: str, shell: Shell
) -> None:
    ran = shell(*words.split())
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) <= 3
    assert "find_topic" not in ran.err
    assert ran.err.startswith(error)
    assert f"Next: ncloud-datastream {step}" in ran.err


def test_a_rate_limit_says_how_long_to_wait() -> None:
    error = RateLimitedError("slow down")
    error.retry_after = 7.0
    assert next_step(error, "") == "wait 7 s and retry"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(500, {}, "ServerError"), (200, "<html>", "UnexpectedAnswerError")],
)
def test_an_error_of_the_service_exits_with_1_on_one_line(
    status: int, body: object, error: str, shell: Shell, emulator: Emulator
) -> None:
    emulator.answer_next("getTopicPrefix", status, body)
    ran = shell("prefix")
    assert (ran.code, len(ran.err.splitlines()), ran.err.split(":")[0]) == (1, 1, error)


def test_a_missing_response_exits_with_3_and_an_invalid_url_with_2(shell: Shell) -> None:
    ran = shell("prefix", "--management-url", "http://127.0.0.1:9")
    assert ran.code == 3
    assert "Next: ncloud-datastream doctor" in ran.err
    assert shell("prefix", "--management-url", "http://example.com").code == 2


def test_missing_incomplete_and_rejected_keys_exit_with_4(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_ACCESS_KEY_ID"):
        with monkeypatch.context() as patch:
            patch.delenv(name)
            ran = shell("prefix")
            assert ran.code == 4
            assert ran.err.startswith("ConfigurationError: ")
    ran = shell("prefix", "--profile", "nobody")
    assert (ran.code, "nobody" in ran.err) == (4, True)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "wrong")
    assert shell("prefix").code == 4


def test_a_usage_error_exits_with_2_and_names_the_help(shell: Shell) -> None:
    a, b = "--url message=https://a.invalid", "--url message=https://b.invalid"
    for line, reason in (
        ("nonsense", "nonsense"),
        ("topics create", "NAME"),
        ("topics create h4j6l-a --partitions many", "many"),
        ("topics update h4j6l-a", "--description"),
        ("schemas create h4j6l-a AVRO @no-such-file", "no-such-file"),
        ("topics list --url https://a.invalid", "'https://a.invalid' is not NAME=URL"),
        (f"topics list {a} {b}", "'message' is given twice"),
    ):
        ran = shell(*line.split())
        assert (ran.code, ran.out) == (2, "")
        message, step = ran.err.splitlines()
        assert message.startswith("UsageError: ")
        assert reason in message
        assert step.startswith("Next: ncloud-datastream ")
        assert step.endswith(" --help")
    assert "Commands:" in shell("topics").err  # the help of the group


def test_deleting_without_a_terminal_needs_yes(shell: Shell, topic: str) -> None:
    ran = shell("topics", "delete", topic)
    assert (ran.code, "--yes" in ran.err) == (2, True)
    assert shell("topics", "delete", topic, "--yes").out == "done\n"


def test_a_schema_is_read_from_standard_input(
    shell: Shell, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"type": "object"}'))
    assert shell("schemas", "create", topic, "JSON", "@-").code == 0


def test_debug_prints_exchanges_with_credentials_masked(shell: Shell, emulator: Emulator) -> None:
    ran = shell("topics", "create", "h4j6l-orders", "--debug")
    assert "> POST /api/v1/topics" in ran.err
    assert '"name":"h4j6l-orders"' in ran.err.replace(" ", "")
    assert "< 200" in ran.err
    assert ran.err.count("***") == 2
    assert emulator.credentials.access_key not in ran.err
    assert emulator.credentials.secret_key not in ran.err


def test_waiting_ends_when_the_topic_is_deleted(
    shell: Shell, emulator: Emulator, topic: str
) -> None:
    deleted = {"topicId": "a", "topicName": topic, "status": "DELETED"}
    emulator.answer_next("getTopic", 200, deleted, times=2)  # looked up, then polled
    ran = shell("topics", "wait", topic)
    assert (ran.code, ran.err.split(":")[0]) == (1, "WaitError")
