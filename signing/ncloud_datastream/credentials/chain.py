"""The places where credentials are looked for, one after the other."""

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
    """Return the first pair found; see `Credentials.find`.

    Args:
        make: Makes the pair.
        profile: See there.
        metadata_address: See there.

    Raises:
        ConfigurationError: See there.
    """
    looked_at = []
    if profile is None:
        if (found := _from_environment(make)) is not None:
            return found
        looked_at.append(
            f"the environment ({_ACCESS_KEY_VARIABLES[0]}, {_SECRET_KEY_VARIABLES[0]})"
        )
    path = _configure_path()
    named = profile or os.environ.get(_PROFILE_VARIABLE, "").strip() or None
    if (found := configure_file.find(make, path, named)) is not None:
        return found
    looked_at.append(f"{path} (profile DEFAULT)")
    found, reason = server_role.find(make, metadata_address)
    if found is not None:
        return found
    looked_at.append(f"the server role at {metadata_address} ({reason})")
    raise ConfigurationError(
        "No credentials found. Looked at: "
        + "; ".join(looked_at)
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
            f"The environment holds half a pair of keys: {access_name or secret_name} is set, "
            f"{' and '.join(missing)} are not."
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
        # A user without a home, as in some containers: as at a login, "/" stands in.
        home = Path("/")
    return home / ".ncloud" / "configure"


def _first_set(names: tuple[str, ...]) -> str | None:
    return next((name for name in names if os.environ.get(name, "").strip()), None)
