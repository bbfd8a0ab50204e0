"""The User-Agent header: this package first, then the application."""

from __future__ import annotations

import platform
import re
from typing import Any

import httpx
import pytest
from ncloud_datastream import AsyncDataStream, ConfigurationError, DataStream, Message, __version__
from ncloud_datastream_api.api.topic import get_topic_prefix
from wire.clients import calling, sent
from wire.helpers import PREFIX, each_client, each_kind, options
from wire.proof import KEYS, proved
from wire.server import RawServer

MAJOR, MINOR, _ = platform.python_version_tuple()
OURS = f"ncloud-datastream/{__version__} (python {MAJOR}.{MINOR}; httpx {httpx.__version__})"


@each_kind
@pytest.mark.parametrize("own", [None, "my-app/1.2", "my-app/1.2 (+https://example.com)"])
def test_calls_and_messages_name_the_package_and_the_application(kind: str, own: Any) -> None:
    expected = OURS if own is None else f"{OURS} {own}"
    with RawServer(lambda seen: PREFIX) as server:
        given = options(server, user_agent=own)
        with calling(kind, **given) as call:
            call("get_topic_prefix")
        sent(kind, [Message("h4j6l-a", "k", "v")], **given)
        for _ in range(2):
            assert proved(server.take(), server).header("user-agent") == expected


def test_changed_options_and_generated_clients_keep_the_user_agent() -> None:
    with RawServer(lambda seen: PREFIX) as server:
        given = options(server, user_agent="my-app/1.2")
        with DataStream(**given) as ds:
            ds.with_options(timeout=5).get_topic_prefix()
        # `.client` of an asynchronous client creates an httpx client for blocking functions.
        with AsyncDataStream(**given).client as client:
            get_topic_prefix.sync(client=client)
        for _ in range(2):
            assert proved(server.take(), server).header("user-agent") == f"{OURS} my-app/1.2"


@each_client
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
def test_a_value_that_no_header_can_hold_is_rejected(kind: Any, given: Any) -> None:
    with pytest.raises(ConfigurationError, match="user_agent") as caught:
        kind(KEYS, user_agent=given, verify=False)
    assert re.fullmatch(r"[ -~가-힣é]+", str(caught.value))
