"""What a client is set up to do is checked, and changed by making another."""

from __future__ import annotations

from typing import Any

import pytest
from calls.made import some_options
from ncloud_datastream import ConfigurationError, Retry


@pytest.mark.parametrize("wrong", [1, 0, None, "yes"])
def test_any_2xx_delivers_is_a_bool(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="any_2xx_delivers must be True or False"):
        some_options(any_2xx_delivers=wrong)


def test_what_is_not_given_stays() -> None:
    options = some_options(any_2xx_delivers=True)
    assert options.changed(None, None) == options
    retry = Retry(max_attempts=1)
    changed = options.changed(5.0, retry)
    assert (changed.timeout, changed.retry) == (5.0, retry)
    assert (changed.servers, changed.any_2xx_delivers) == (options.servers, True)


@pytest.mark.parametrize("timeout", [0, -1.0, True, "5", float("nan")])
def test_a_timeout_that_cannot_be_right(timeout: Any) -> None:
    with pytest.raises(ConfigurationError, match="timeout must be a number of seconds above 0"):
        some_options().changed(timeout, None)
