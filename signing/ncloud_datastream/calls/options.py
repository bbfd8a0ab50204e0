"""The options of a client, validated once, for single calls and for sending many messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ncloud_datastream.errors import ConfigurationError
from ncloud_datastream.retry import Retry

from .headers import with_further
from .servers import Server


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a client.

    Args:
        servers: The servers, by name.
        retry: How failed calls are retried.
        timeout: Seconds that one attempt may take.
        headers: The headers of every request.
        any_2xx_delivers: Whether every 2xx of the message host is a success, whatever its body.

    Raises:
        ConfigurationError: An option is invalid.
    """

    servers: Mapping[str, Server]
    retry: Retry
    timeout: float
    headers: Mapping[str, str]
    any_2xx_delivers: bool = False

    def __post_init__(self) -> None:
        retry, timeout, any_2xx = self.retry, self.timeout, self.any_2xx_delivers
        if not isinstance(retry, Retry):
            raise ConfigurationError(f"retry must be a Retry, not {type(retry).__name__}.")
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
            raise ConfigurationError(
                f"timeout must be a number of seconds above 0, not {timeout!r}."
            )
        if not isinstance(any_2xx, bool):
            raise ConfigurationError(
                f"any_2xx_delivers must be True or False, not {type(any_2xx).__name__}."
            )

    def changed(
        self,
        timeout: float | None,
        retry: Retry | None,
        headers: Mapping[str, str] | None = None,
    ) -> Options:
        """Return a copy with the given timeout, retry policy and additional headers.

        Raises:
            ConfigurationError: An option is invalid.
        """
        return replace(
            self,
            timeout=self.timeout if timeout is None else timeout,
            retry=self.retry if retry is None else retry,
            headers=self.headers if headers is None else with_further(self.headers, headers),
        )
