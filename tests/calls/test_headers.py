"""What every request carries, and what may be added to it."""

from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest
from calls.made import some_options
from ncloud_datastream import ConfigurationError
from ncloud_datastream.calls.headers import standard_headers


def test_what_every_request_carries() -> None:
    major, minor = sys.version_info[:2]
    found = standard_headers("my-app/1.2 (x)")
    assert set(found) == {"Accept", "Accept-Encoding", "User-Agent"}
    assert found["Accept-Encoding"] == "identity"
    own = standard_headers()["User-Agent"]
    assert f" (python {major}.{minor}; httpx {httpx.__version__})" in own
    assert found["User-Agent"] == f"{own} my-app/1.2 (x)"


@pytest.mark.parametrize("words", ["", " x", "x ", "x  y", "x\ny", "ä", b"x", 5])
def test_words_that_no_header_can_have(words: Any) -> None:
    with pytest.raises(ConfigurationError, match="user_agent must be words"):
        standard_headers(words)


def test_further_headers_add_to_those_there_are_or_replace_them() -> None:
    options = some_options(headers={"Accept": "a", "X-One": "1"})
    found = options.changed(None, None, {"accept": "b", "X-Two": "2 2", "X-Three": ""}).headers
    assert found == {"X-One": "1", "accept": "b", "X-Two": "2 2", "X-Three": ""}
    assert options.headers == {"Accept": "a", "X-One": "1"}
    assert options.changed(None, None).headers == options.headers
    assert options.changed(None, None, {}).headers == options.headers


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "content-length",
        "Content-Type",
        "Transfer-Encoding",
        "Connection",
        "x-ncp-apigw-timestamp",
        "X-NCP-IAM-Access-Key",
        "x-ncp-apigw-signature-v2",
    ],
)
def test_what_frames_or_signs_a_request_is_not_to_be_replaced(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^headers: {name!r} is set by this package"):
        some_options().changed(None, None, {name: "hunter2"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"x y": "v"},
        {"": "v"},
        {"x:": "v"},
        {"x": "hunter2\r\nHost: other"},
        {"x": "hunter2\0"},
        {"x": "hunter2 한"},
        {"x": "hunter2é"},
        {"x": " hunter2"},
        {"x": "hunter2 "},
        {"x": 5},
        {5: "hunter2"},
        {b"x": b"hunter2"},
        [("x", "hunter2")],
        "x: hunter2",
    ],
    ids=repr,
)
def test_headers_that_cannot_be_sent_are_refused_at_once(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^headers") as caught:
        some_options().changed(None, None, wrong)
    assert "hunter2" not in str(caught.value)
