"""The configuration file of NCP's command line tool: ``~/.ncloud/configure``.

It has either plain ``key = value`` lines, or sections: ``[DEFAULT]`` and named profiles. A value
may contain ``=``; other lines are ignored.
"""

from __future__ import annotations

import os
import stat
import warnings
from pathlib import Path

from ncloud_datastream.errors import ConfigurationError

from .making import Make, Pair

ACCESS_KEY = "ncloud_access_key_id"
SECRET_KEY = "ncloud_secret_access_key"  # noqa: S105 - the name of the entry, not a secret
_LIMIT = 1 << 20
_warned: set[Path] = set()


def parse(text: str) -> dict[str, dict[str, str]]:
    """Return the sections of a file's text; lines before any section belong to ``DEFAULT``."""
    sections: dict[str, dict[str, str]] = {"DEFAULT": {}}
    section = sections["DEFAULT"]
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            section = sections.setdefault(line[1:-1].strip(), {})
        elif "=" in line and not line.startswith(("#", ";")):
            key, value = line.split("=", 1)
            section[key.strip().lower()] = value.strip()
    return sections


def find(make: Make[Pair], path: Path, profile: str | None) -> Pair | None:
    """Return the key pair of `profile` in the file `path`, or None if it has none.

    Raises:
        ConfigurationError: The file has no profile of the given name, or only one key of a pair, or
            it cannot be read.
    """
    text = _read(path)
    if text is None:
        if profile is not None:
            raise ConfigurationError(
                f"Profile {profile!r} was requested, but {path} does not exist."
            )
        return None
    sections = parse(text)
    del text
    if profile is not None and profile not in sections:
        names = ", ".join(sorted(sections))
        del sections
        raise ConfigurationError(f"{path} has no profile {profile!r}. Its profiles are: {names}.")
    place = f"{path} (profile {profile or 'DEFAULT'})"
    section = sections[profile or "DEFAULT"]
    missing = [name for name in (ACCESS_KEY, SECRET_KEY) if not section.get(name)]
    try:
        if not missing:
            return make(section[ACCESS_KEY], section[SECRET_KEY], source=place)
    finally:
        # Keeps the keys out of tracebacks that show local variables.
        del sections, section
    if len(missing) == 1 or profile is not None:
        raise ConfigurationError(f"{place} has no {' and no '.join(missing)}.")
    return None


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            _warn_if_readable_by_others(path, file.fileno())
            return file.read(_LIMIT).decode("utf-8-sig", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None


def _warn_if_readable_by_others(path: Path, descriptor: int) -> None:
    if os.name != "posix" or path in _warned:
        return
    if os.fstat(descriptor).st_mode & (stat.S_IRGRP | stat.S_IROTH):
        _warned.add(path)
        warnings.warn(
            f"{path} has secret keys and can be read by others. Run chmod 600.", stacklevel=2
        )
