"""The error messages that docs/troubleshooting.md quotes, each provoked against the real code.

After a message has changed, ``python tests/docs/messages.py`` writes the new ones into the page.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from unittest.mock import patch

import httpx
from ncloud_datastream import (
    Credentials,
    DataStream,
    DataStreamError,
    Message,
    Retry,
    SignatureAuth,
)
from ncloud_datastream_api.models import TopicSummary
from ncloud_datastream_emulator import Emulator, Fault

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
QUOTE = re.compile(r"<!-- error: ([\w-]+) -->\n+```text\n(.*?)\n```", re.DOTALL)

Provoke = Callable[[], object]
PROVOKED: dict[str, Provoke] = {}
"""How each message comes about, by the name that the page gives it."""


def provoked(function: Provoke) -> Provoke:
    """Add a function to `PROVOKED` under its name, with hyphens."""
    PROVOKED[function.__name__.replace("_", "-")] = function
    return function


def message(name: str) -> str:
    """Return the text of an error, with what differs between machines replaced.

    Args:
        name: Its name on the page.
    """
    with tempfile.TemporaryDirectory() as home, patch.dict(os.environ, HOME=home):
        for variable in [each for each in os.environ if each.startswith("NCLOUD_")]:
            del os.environ[variable]
        try:
            PROVOKED[name]()
        except DataStreamError as error:
            return _everywhere(str(error), home)
    raise AssertionError(f"{name}: no error was raised")


def _everywhere(text: str, home: str) -> str:
    """Return a message with what differs between machines replaced."""
    text = text.replace("role at 127.0.0.1:9", "role at 169.254.169.254")
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8765", text)
    return re.sub(r"\[Errno \d+\]", "[Errno 111]", text.replace(home, "/home/me"))


@cache
def local() -> Emulator:
    return Emulator(prefix="h4j6l-")


@contextmanager
def client(
    emulator: Emulator, credentials: Credentials | None = None, **options: object
) -> Iterator[DataStream]:
    """A client of an emulator in process, without retries."""
    with DataStream(
        credentials or emulator.credentials,
        transport=emulator.transport(),
        retry=Retry(max_attempts=1),
        **options,  # type: ignore[arg-type]
    ) as ds:
        yield ds


def responds(
    operation: str, status: int, body: object, headers: dict[str, str] | None = None
) -> None:
    """Call an operation to which the service returns this response."""
    emulator = local()
    emulator.answer_next(operation, status, body, headers=headers)
    with client(emulator) as ds:
        CALLS[operation](ds)


CALLS: dict[str, Callable[[DataStream], object]] = {
    "createTopic": lambda ds: ds.create_topic(name="h4j6l-orders"),
    "getTopic": lambda ds: ds.get_topic("h4j6l-orders"),
    "listTopics": lambda ds: ds.list_topics(),
    "sendMessage": lambda ds: ds.send_message(topic="h4j6l-orders", key="42", value="shipped"),
}


def problem(status: int, code: str) -> dict[str, object]:
    """Return an error body of the service; its detail is the reason phrase of the status."""
    return {"status": status, "code": code, "detail": HTTPStatus(status).phrase}


def gateway(code: str, text: str) -> dict[str, object]:
    return {"error": {"errorCode": code, "message": text}}


RESPONSES: dict[str, tuple[str, int, object]] = {
    "authentication-failed": ("listTopics", 401, gateway("200", "Authentication Failed")),
    "main-account-keys": ("sendMessage", 401, gateway("200", "Authentication Failed")),
    "permission-denied": ("createTopic", 401, gateway("210", "Permission Denied")),
    "name-for-id": ("getTopic", 404, problem(404, "InvalidTopicNotFound")),
    "invalid-name": ("createTopic", 400, problem(400, "InvalidName")),
    "existing-name": ("createTopic", 409, problem(409, "DuplicateName")),
    "fourth-topic": ("createTopic", 429, problem(429, "LimitExceeded")),
    "throttled": ("listTopics", 429, gateway("410", "Throttle Limited")),
    "endpoint-error": ("createTopic", 503, gateway("500", "Endpoint Error")),
    "unreadable-response": ("sendMessage", 200, ""),
}
"""The operation, status and body behind the messages that a response causes."""

PROVOKED.update({name: partial(responds, *given) for name, given in RESPONSES.items()})


@contextmanager
def slow_service() -> Iterator[DataStream]:
    """A client of an emulator that takes half a second for each message and list."""
    faults = [Fault.latency(operation, 0.5) for operation in ("sendMessage", "listTopics")]
    with (
        Emulator(prefix="", faults=faults, initial={"topics": [{"name": "orders"}]}) as emulator,
        DataStream(
            emulator.credentials,
            management_url=emulator.url,
            message_url=emulator.url,
            retry=Retry(max_attempts=1),
        ) as ds,
    ):
        yield ds


# --- credentials and configuration ---------------------------------------------------------------


@provoked
def no_credentials() -> None:
    Credentials.find(metadata_address="127.0.0.1:9")


@provoked
def half_a_pair() -> None:
    with patch.dict(os.environ, NCLOUD_ACCESS_KEY_ID="ACCESSKEY"):
        Credentials.find()


@provoked
def bad_key() -> None:
    with patch.dict(os.environ, NCLOUD_ACCESS_KEY_ID="ACCESS KEY", NCLOUD_SECRET_KEY="SECRET"):
        Credentials.find()


@provoked
def no_profile() -> None:
    folder = Path(os.environ["HOME"], ".ncloud")
    folder.mkdir()
    (folder / "configure").write_text("[DEFAULT]\n")
    (folder / "configure").chmod(0o600)
    Credentials.find(profile="work")


@provoked
def plain_http() -> None:
    DataStream(Credentials("AK", "SK"), message_url="http://emulator:8765")


@provoked
def closed_client() -> None:
    ds = DataStream(Credentials("AK", "SK"))
    ds.close()
    ds.list_topics()


@provoked
def foreign_host() -> None:
    auth = SignatureAuth(
        Credentials("AK", "SK"), {"management": "https://datastream.apigw.ntruss.com"}
    )
    with httpx.Client(auth=auth) as http:
        http.get("https://example.com/api/v1/topics")


# --- responses of the service and of the gateway -------------------------------------------------


@provoked
def no_such_topic() -> None:
    with client(local()) as ds:
        ds.find_topic("h4j6l-oders")


@provoked
def redirect() -> None:
    responds("listTopics", 302, None, {"location": "https://login.example.com/"})


# --- the network ---------------------------------------------------------------------------------


@provoked
def connection_refused() -> None:
    with DataStream(
        Credentials("AK", "SK"), management_url="http://127.0.0.1:9", retry=Retry(max_attempts=1)
    ) as ds:
        ds.list_topics()


@provoked
def timed_out() -> None:
    with slow_service() as ds:
        ds.with_options(timeout=0.2).list_topics()


# --- messages, producers, waiting ----------------------------------------------------------------


@provoked
def no_message() -> None:
    with client(local()) as ds:
        ds.send_messages(Message("orders", "42", "shipped"))  # type: ignore[arg-type]


@provoked
def buffer_full() -> None:
    with (
        slow_service() as ds,
        ds.producer(topic="orders", max_buffered=1, when_full="raise") as producer,
    ):
        producer.send(key="42", value="shipped")
        producer.send(key="43", value="shipped")


@provoked
def late_flush() -> None:
    with slow_service() as ds, ds.producer(topic="orders") as producer:
        producer.send(key="42", value="shipped")
        producer.flush(timeout=0.1)


@provoked
def still_creating() -> None:
    emulator = Emulator(prefix="", seed=1)
    with client(emulator) as ds:
        topic = ds.create_topic(name="orders")
        creating = {"topicId": topic.topic_id, "topicName": "orders", "status": "CREATING"}
        emulator.answer_next("getTopic", 200, creating, times=99)
        ds.wait_for_topic(topic.topic_id, timeout=0.1)


@provoked
def no_kafka_address() -> None:
    with client(local()) as ds:
        ds.kafka_config(TopicSummary(topic_id="84f1c2d0-p", topic_name="h4j6l-orders"))


def main() -> None:
    """Write the messages into the page."""
    text = PAGE.read_text("utf-8")
    PAGE.write_text(QUOTE.sub(_quoted, text), "utf-8")


def _quoted(quote: re.Match[str]) -> str:
    return f"<!-- error: {quote[1]} -->\n\n```text\n{message(quote[1])}\n```"


if __name__ == "__main__":
    main()
