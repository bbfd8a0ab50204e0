"""Who is calling, as a server sees it: this package, then the program around it."""

from __future__ import annotations

import platform
import re
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    Message,
    Outcome,
    Retry,
    __version__,
)
from ncloud_datastream_api.api.topic import get_topic_prefix
from wire.clients import KINDS, calling, sent
from wire.proof import KEYS, proved
from wire.server import RawServer, answer

MAJOR, MINOR, _ = platform.python_version_tuple()
OURS = f"ncloud-datastream/{__version__} (python {MAJOR}.{MINOR}; httpx {httpx.__version__})"

every_kind = pytest.mark.parametrize("kind", KINDS)
extended = pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({}, OURS),
        ({"user_agent": None}, OURS),
        ({"user_agent": "my-app/1.2"}, f"{OURS} my-app/1.2"),
        ({"user_agent": "my-app/1.2 (+https://example.com)"}, None),
    ],
    ids=["none", "None", "one word", "words"],
)


@pytest.fixture
def server() -> Any:
    with RawServer(lambda seen: answer(body=b'{"prefix": "h4j6l-", "status": 200}')) as server:
        yield server


def options(server: RawServer, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "credentials": KEYS,
        "management_url": server.url,
        "message_url": server.url,
        "retry": Retry(max_attempts=1),
        **given,
    }


@every_kind
@extended
def test_a_call(kind: str, given: dict[str, Any], seen: str | None, server: RawServer) -> None:
    with calling(kind, **options(server, given)) as call:
        call("get_topic_prefix")
    expected = seen or f"{OURS} {given['user_agent']}"
    assert proved(server.take(), server).header("user-agent") == expected


@every_kind
@extended
def test_many_messages(
    kind: str, given: dict[str, Any], seen: str | None, server: RawServer
) -> None:
    (delivery,) = sent(kind, [Message("h4j6l-a", "k", "v")], **options(server, given))
    assert delivery.outcome is Outcome.DELIVERED
    expected = seen or f"{OURS} {given['user_agent']}"
    assert proved(server.take(), server).header("user-agent") == expected


def test_with_options_keeps_it(server: RawServer) -> None:
    with DataStream(**options(server, {"user_agent": "my-app/1.2"})) as ds:
        ds.with_options(timeout=5).get_topic_prefix()
    assert server.take().header("user-agent") == f"{OURS} my-app/1.2"


def test_the_generated_client_that_makes_its_own_has_it(server: RawServer) -> None:
    # An asynchronous client's `.client` makes an httpx client of its own for ordinary code.
    ds = AsyncDataStream(**options(server, {"user_agent": "my-app/1.2"}))
    with ds.client as client:
        get_topic_prefix.sync(client=client)
    assert proved(server.take(), server).header("user-agent") == f"{OURS} my-app/1.2"


@pytest.mark.parametrize("make", [DataStream, AsyncDataStream])
@pytest.mark.parametrize(
    "given",
    [
        "my-app\r\nx-ncp-iam-access-key: other",
        "my-app\n",
        "my-app\0",
        "my\tapp",
        "앱/1.2",
        "caf\xe9",
        "\x7f",
        "",
        " my-app",
        "my-app ",
        "my  app",
        b"my-app",
        7,
    ],
    ids=repr,
)
def test_what_no_header_can_hold(make: Any, given: Any) -> None:
    with pytest.raises(ConfigurationError, match="user_agent") as caught:
        make(KEYS, user_agent=given)
    assert re.fullmatch(r"[ -~가-힣é]+", str(caught.value))
