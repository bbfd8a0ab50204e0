"""The sources of credentials, searched in order."""

from __future__ import annotations

import os
from pathlib import Path

from ncloud_datastream.errors import ConfigurationError

from . import configure_file, server_role
from .making import Make, Pair

_ACCESS_KEY_VARIABLES = ("NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY")
_SECRET_KEY_VARIABLES = ("NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY")
_PROFILE_VARIABLE = "NCLOUD_PROFILE"


def find(make: Make[Pair], profile: str | None, metadata_address: str) -> Pair:
    """Return the first key pair found; see `Credentials.find`.

    Args:
        make: Creates the key pair.
        profile: See `Credentials.find`.
        metadata_address: See `Credentials.find`.

    Raises:
        ConfigurationError: See `Credentials.find`.
    """
    searched = []
    if profile is None:
        if (found := _from_environment(make)) is not None:
            return found
        searched.append(f"the environment ({_ACCESS_KEY_VARIABLES[0]}, {_SECRET_KEY_VARIABLES[0]})")
    path = _configure_path()
    named = profile or os.environ.get(_PROFILE_VARIABLE, "").strip() or None
    if (found := configure_file.find(make, path, named)) is not None:
        return found
    searched.append(f"{path} (profile DEFAULT)")
    found, reason = server_role.find(make, metadata_address)
    if found is not None:
        return found
    searched.append(f"the server role at {metadata_address} ({reason})")
    raise ConfigurationError(
        "No credentials found. Searched: "
        + "; ".join(searched)
        + ". Set the two variables, or pass credentials=Credentials(access_key, secret_key)."
    )


def _from_environment(make: Make[Pair]) -> Pair | None:
    access_name = _first_set(_ACCESS_KEY_VARIABLES)
    secret_name = _first_set(_SECRET_KEY_VARIABLES)
    if access_name is None and secret_name is None:
        return None
    if access_name is None or secret_name is None:
        missing = _ACCESS_KEY_VARIABLES if access_name is None else _SECRET_KEY_VARIABLES
        raise ConfigurationError(
            f"The environment has only one key of a pair: {access_name or secret_name} is set. "
            f"Set {missing[0]} too."
        )
    return make(
        os.environ[access_name].strip(),
        os.environ[secret_name].strip(),
        source=f"the environment ({access_name}, {secret_name})",
    )


def _configure_path() -> Path:
    try:
        home = Path.home()
    except RuntimeError:
        # A user without a home directory, as in some containers: use "/", as a login does.
        home = Path("/")
    return home / ".ncloud" / "configure"


def _first_set(names: tuple[str, ...]) -> str | None:
    return next((name for name in names if os.environ.get(name, "").strip()), None)
