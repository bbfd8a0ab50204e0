"""A key pair, which reveals its secret key only through an explicit attribute."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

from ncloud_datastream.errors import ConfigurationError


class Credentials:
    """An access key and its secret key.

    The secret key is not shown by ``repr``, ``str`` or ``vars``; only reading `secret_key` returns
    it.

    Args:
        access_key: The access key.
        secret_key: The secret key.
        expires_at: When the key pair expires, as an aware datetime; None for never.
        source: Where the key pair comes from, for error messages.

    Raises:
        ConfigurationError: A key is empty or contains a blank, a control character or a non-ASCII
            character, or `expires_at` has no time zone. The message has the source, never the
            value.
    """

    __slots__ = ("_secret_key", "access_key", "expires_at", "source")

    _secret_key: str
    access_key: str
    expires_at: datetime | None
    source: str

    def __init__(
        self,
        access_key: str,
        secret_key: str,
        expires_at: datetime | None = None,
        *,
        source: str = "argument",
    ) -> None:
        problem = (
            _key_problem("access key", access_key)
            or _key_problem("secret key", secret_key)
            or _expiry_problem(expires_at)
        )
        if problem is not None:
            # Keeps the keys out of tracebacks that show local variables, which would also fail on
            # an incomplete object.
            del self, access_key, secret_key
            raise ConfigurationError(f"Credentials from {source}: {problem}.")
        object.__setattr__(self, "access_key", access_key)
        object.__setattr__(self, "_secret_key", secret_key)
        object.__setattr__(self, "expires_at", expires_at)
        object.__setattr__(self, "source", source)

    @property
    def secret_key(self) -> str:
        """The secret key."""
        return self._secret_key

    def __setattr__(self, name: str, value: object) -> NoReturn:
        del value
        raise AttributeError(f"Credentials are immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Credentials are immutable: {name} cannot be deleted")

    def __repr__(self) -> str:
        until = "" if self.expires_at is None else f", expires_at={self.expires_at.isoformat()}"
        return f"Credentials(access_key={self.access_key!r}, secret_key=***{until})"

    def __dir__(self) -> list[str]:
        # Debuggers and inspectors show the values of these names.
        return [name for name in super().__dir__() if not name.endswith("secret_key")]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Credentials):
            return NotImplemented
        return (self.access_key, self.secret_key, self.expires_at) == (
            other.access_key,
            other.secret_key,
            other.expires_at,
        )

    def __hash__(self) -> int:
        return hash((self.access_key, self.expires_at))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise ConfigurationError(
            "Credentials cannot be pickled, because they hold the secret key. Call "
            "Credentials.find() in the other process."
        )

    def __getstate__(self) -> NoReturn:
        self.__reduce_ex__(0)

    def __copy__(self) -> Credentials:
        return self

    def __deepcopy__(self, memo: object) -> Credentials:
        return self

    @classmethod
    def find(
        cls, *, profile: str | None = None, metadata_address: str = "169.254.169.254"
    ) -> Credentials:
        """Return the first key pair found: environment, ``~/.ncloud/configure``, server role.

        The environment is ``NCLOUD_ACCESS_KEY_ID`` (or ``NCLOUD_ACCESS_KEY``) with
        ``NCLOUD_SECRET_ACCESS_KEY`` (or ``NCLOUD_SECRET_KEY``); blank values count as absent. A
        profile, given here or as ``NCLOUD_PROFILE``, selects a section of the file. The keys of a
        server role come from the metadata service of an NCP server, within two seconds.

        Args:
            profile: The section of the file; giving one here skips the keys of the environment.
            metadata_address: Host, or ``host:port``, of the metadata service.

        Raises:
            ConfigurationError: No key pair was found (the message lists the sources searched), or a
                source has only one key of a pair or an invalid pair.
        """
        from .chain import find  # imported only if needed

        return find(cls, profile, metadata_address)


def _key_problem(name: str, value: object) -> str | None:
    if not isinstance(value, str):
        return f"the {name} must be a str, not {type(value).__name__}"
    if not value:
        return f"the {name} is empty"
    if not all("!" <= character <= "~" for character in value):
        return f"the {name} contains a blank, a control character or a non-ASCII character"
    return None


def _expiry_problem(expires_at: object) -> str | None:
    if expires_at is None or (
        isinstance(expires_at, datetime) and expires_at.utcoffset() is not None
    ):
        return None
    return "expires_at must be a datetime with a time zone"
