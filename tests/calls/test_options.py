"""The options of a client, and the headers of every request."""

from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest
from calls.samples import some_options
from ncloud_datastream import ConfigurationError, Retry
from ncloud_datastream.calls.headers import standard_headers


@pytest.mark.parametrize("wrong", [1, None, "yes"])
def test_any_2xx_delivers_must_be_a_bool(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="any_2xx_delivers must be True or False"):
        some_options(any_2xx_delivers=wrong)


def test_only_the_given_options_change() -> None:
    options = some_options(any_2xx_delivers=True)
    assert options.changed(None, None) == options
    retry = Retry(max_attempts=1)
    changed = options.changed(5.0, retry)
    assert (changed.timeout, changed.retry) == (5.0, retry)
    assert (changed.servers, changed.any_2xx_delivers) == (options.servers, True)
    with pytest.raises(ConfigurationError, match="timeout must be a number of seconds above 0"):
        options.changed(-1.0, None)


def test_the_headers_of_every_request() -> None:
    major, minor = sys.version_info[:2]
    found = standard_headers("my-app/1.2 (x)")
    assert set(found) == {"Accept", "Accept-Encoding", "User-Agent"}
    assert found["Accept-Encoding"] == "identity"
    own = standard_headers()["User-Agent"]
    assert f" (python {major}.{minor}; httpx {httpx.__version__})" in own
    assert found["User-Agent"] == f"{own} my-app/1.2 (x)"


@pytest.mark.parametrize("words", ["", " x", "x ", "x  y", "x\ny", "ä", b"x", 5])
def test_an_invalid_user_agent_is_rejected(words: Any) -> None:
    with pytest.raises(ConfigurationError, match="user_agent must be words"):
        standard_headers(words)


def test_further_headers_are_added_or_replace_those_of_the_same_name() -> None:
    options = some_options(headers={"Accept": "a", "X-One": "1"})
    found = options.changed(None, None, {"accept": "b", "X-Two": "2 2", "X-Three": ""}).headers
    assert found == {"X-One": "1", "accept": "b", "X-Two": "2 2", "X-Three": ""}
    assert options.headers == {"Accept": "a", "X-One": "1"}
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
def test_headers_of_framing_and_signature_cannot_be_set(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^headers: {name!r} cannot be set"):
        some_options().changed(None, None, {name: "hunter2"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"x y": "v"},
        {"": "v"},
        {"x": "hunter2\r\nHost: other"},
        {"x": "hunter2\0"},
        {"x": "hunter2é"},
        {"x": " hunter2"},
        {"x": "hunter2 "},
        {"x": 5},
        {5: "hunter2"},
        [("x", "hunter2")],
    ],
    ids=repr,
)
def test_invalid_headers_are_rejected_without_showing_the_value(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^headers") as caught:
        some_options().changed(None, None, wrong)
    assert "hunter2" not in str(caught.value)
