"""The commands of the operations: their arguments, results, failures and exit codes."""

import json

import pytest
from cli.conftest import Shell
from ncloud_datastream import RateLimitedError
from ncloud_datastream_api.api import Operations
from ncloud_datastream_cli import places
from ncloud_datastream_cli.app import build
from ncloud_datastream_cli.failure import next_step
from ncloud_datastream_emulator import Emulator


def test_every_operation_has_a_place() -> None:
    methods = {operation.method for operation in places.operations()}
    generated = {name for name in dir(Operations) if not name.startswith("_")}
    assert methods | {"send_message"} == generated


def test_new_operation_appears(monkeypatch: pytest.MonkeyPatch, shell: Shell) -> None:
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


def test_json(shell: Shell) -> None:
    assert json.loads(shell("prefix", "--output", "json").out) == {"prefix": "h4j6l-"}


def test_jsonl_of_a_list(shell: Shell, topic: str) -> None:
    ran = shell("topics", "list", "-o", "jsonl")
    assert [json.loads(line)["topicName"] for line in ran.out.splitlines()] == [topic]


def test_jsonl_of_one(shell: Shell, topic: str) -> None:
    assert json.loads(shell("topics", "get", topic, "-o", "jsonl").out)["partitions"] == 3


def test_table_is_neither_wrapped_nor_coloured(shell: Shell) -> None:
    words = "long " * 39
    shell("topics", "create", "h4j6l-long", "--description", words)
    ran = shell("topics", "list")
    assert len(ran.out.splitlines()) == 2
    assert words.strip() in ran.out
    assert "\x1b" not in ran.out


def test_empty_list(shell: Shell) -> None:
    assert shell("topics", "list").out == "none\n"
    assert shell("topics", "list", "-o", "jsonl").out == '{"list": []}\n'


def test_topic_by_id(shell: Shell, topic: str) -> None:
    found = json.loads(shell("topics", "get", topic, "-o", "json").out)["topicId"]
    assert json.loads(shell("topics", "get", found, "-o", "json").out)["topicName"] == topic


def test_refused_in_at_most_three_lines(shell: Shell) -> None:
    ran = shell("topics", "create", "BadName")
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) <= 3
    assert ran.err.startswith("BadRequestError: createTopic: HTTP 400 InvalidName (")
    assert "Next: ncloud-datastream topics create --help" in ran.err


def test_not_found(shell: Shell) -> None:
    ran = shell("topics", "get", "nowhere")
    assert ran.code == 1
    assert "InvalidTopicNotFound" in ran.err
    assert "Next: ncloud-datastream topics list" in ran.err


def test_rate_limited_says_how_long() -> None:
    error = RateLimitedError("slow down")
    error.retry_after = 7.0
    assert next_step(error, "") == "wait 7 s and try again"


def test_service_failed(shell: Shell, emulator: Emulator) -> None:
    emulator.answer_next("getTopicPrefix", 500)
    ran = shell("prefix")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)


def test_unreadable_answer(shell: Shell, emulator: Emulator) -> None:
    emulator.answer_next("getTopicPrefix", 200, "<html>")
    ran = shell("prefix")
    assert (ran.code, ran.err.split(":")[0]) == (1, "UnexpectedAnswerError")


def test_no_answer(shell: Shell) -> None:
    ran = shell("prefix", "--management-url", "http://127.0.0.1:9")
    assert ran.code == 3
    assert "Next: ncloud-datastream doctor" in ran.err


def test_bad_url(shell: Shell) -> None:
    assert shell("prefix", "--management-url", "http://example.com").code == 2


@pytest.mark.parametrize("name", ["NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_ACCESS_KEY_ID"])
def test_half_a_pair_of_keys(name: str, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    ran = shell("prefix")
    assert ran.code == 4
    assert ran.err.startswith("ConfigurationError: ")


def test_refused_keys(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "wrong")
    assert shell("prefix").code == 4


def test_unknown_profile(shell: Shell) -> None:
    ran = shell("prefix", "--profile", "nobody")
    assert (ran.code, "nobody" in ran.err) == (4, True)


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["topics"],
        ["topics", "create"],
        ["topics", "create", "h4j6l-a", "--partitions", "many"],
        ["topics", "update", "h4j6l-a"],
        ["schemas", "create", "h4j6l-a", "AVRO", "@no-such-file"],
    ],
)
def test_usage(words: list[str], shell: Shell) -> None:
    ran = shell(*words)
    assert (ran.code, ran.out) == (2, "")
    if words == ["topics"]:  # nothing is wrong with it, and there is more to say
        assert "Commands:" in ran.err
        return
    said, step = ran.err.splitlines()
    assert said.startswith("UsageError: ")
    assert step.startswith("Next: ncloud-datastream ")
    assert step.endswith(" --help")


def test_what_was_stored_does_not_steer_the_terminal(shell: Shell, emulator: Emulator) -> None:
    emulator.answer_next("getTopicPrefix", 200, {"prefix": "\x1b[31mred\ngreen"})
    assert "\x1b" not in shell("prefix").out


def test_topic_by_id_without_the_right_to_list(
    shell: Shell, topic: str, emulator: Emulator
) -> None:
    found = json.loads(shell("topics", "get", topic, "-o", "json").out)["topicId"]
    emulator.answer_next("listTopics", 403, {"error": {"errorCode": "210"}})
    assert shell("topics", "get", found).code == 0


def test_destroying_wants_yes(shell: Shell, topic: str) -> None:
    ran = shell("topics", "delete", topic)
    assert (ran.code, "--yes" in ran.err) == (2, True)
    assert shell("topics", "delete", topic, "--yes").out == "done\n"


def test_schema_from_standard_input(
    shell: Shell, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO('{"type": "object"}'))
    assert shell("schemas", "create", topic, "JSON", "@-").code == 0


def test_debug_masks_what_authenticates(shell: Shell, emulator: Emulator) -> None:
    ran = shell("topics", "create", "h4j6l-orders", "--debug")
    assert "> POST /api/v1/topics" in ran.err
    assert '"name":"h4j6l-orders"' in ran.err.replace(" ", "")
    assert "< 200" in ran.err
    assert ran.err.count("***") == 2
    assert emulator.credentials.access_key not in ran.err
    assert emulator.credentials.secret_key not in ran.err


def test_wait_gives_up(shell: Shell, emulator: Emulator, topic: str) -> None:
    deleted = {"topicId": "a", "topicName": topic, "status": "DELETED"}
    emulator.answer_next("getTopic", 200, deleted, times=2)  # it is looked up, then waited for
    ran = shell("topics", "wait", topic)
    assert (ran.code, ran.err.split(":")[0]) == (1, "WaitError")


def test_version(shell: Shell) -> None:
    assert shell("--version").out.startswith("ncloud-datastream, version ")
