"""The key pair, and the places where it is looked for."""

from __future__ import annotations

import copy
import pickle
import pprint
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from ncloud_datastream import ConfigurationError, Credentials
from ncloud_datastream.credentials import server_role
from unit.secrecy import frames, shown

SECRET = "s3cr3t+/=Value"
LATER = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
NOWHERE = "metadata.invalid"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home, an empty environment, and a metadata service that is never asked for real."""
    for name in (
        "NCLOUD_ACCESS_KEY_ID",
        "NCLOUD_ACCESS_KEY",
        "NCLOUD_SECRET_ACCESS_KEY",
        "NCLOUD_SECRET_KEY",
        "NCLOUD_PROFILE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.fixture
def asked(monkeypatch):
    """The addresses that the server role was asked for at; each time there is none."""
    addresses: list[str] = []

    def find(make, address):
        addresses.append(address)
        return None, "no answer: refused"

    monkeypatch.setattr(server_role, "find", find)
    return addresses


def write(home: Path, text: str) -> None:
    folder = home / ".ncloud"
    folder.mkdir(exist_ok=True)
    path = folder / "configure"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def found(**options) -> tuple[str, str]:
    pair = Credentials.find(metadata_address=NOWHERE, **options)
    return pair.access_key, pair.secret_key


class TestPair:
    def test_holds_what_it_was_given(self):
        pair = Credentials("AK", SECRET, LATER, source="a test")
        assert (pair.access_key, pair.secret_key) == ("AK", SECRET)
        assert (pair.expires_at, pair.source) == (LATER, "a test")

    def test_equality_and_hash(self):
        pair = Credentials("AK", SECRET, LATER)
        same = Credentials("AK", SECRET, LATER, source="elsewhere")
        assert pair == same
        assert hash(pair) == hash(same)
        assert len({pair, same}) == 1
        assert pair != Credentials("AK", SECRET)
        assert pair != Credentials("AK2", SECRET, LATER)
        assert pair != Credentials("AK", "another", LATER)
        assert pair != ("AK", SECRET, LATER)

    @pytest.mark.parametrize("name", ["access_key", "secret_key", "expires_at", "source", "new"])
    def test_is_immutable(self, name):
        pair = Credentials("AK", SECRET)
        with pytest.raises(AttributeError, match="immutable") as caught:
            setattr(pair, name, "changed")
        assert "changed" not in shown(caught.value)
        with pytest.raises(AttributeError, match="immutable"):
            delattr(pair, name)
        assert pair == Credentials("AK", SECRET)

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_refuses_to_be_pickled(self, protocol):
        with pytest.raises(ConfigurationError, match="refuse to be pickled") as caught:
            pickle.dumps({"credentials": Credentials("AK", SECRET)}, protocol)
        assert SECRET not in shown(caught.value)

    def test_copies_are_the_same_object(self):
        pair = Credentials("AK", SECRET)
        assert copy.copy(pair) is pair
        assert copy.deepcopy([pair])[0] is pair

    @pytest.mark.parametrize("look", [repr, str, format, pprint.pformat, "{!r:>80}".format])
    def test_shows_no_secret(self, look):
        text = look(Credentials("AK", SECRET, LATER))
        assert SECRET not in text
        assert "AK" in text
        assert "2030-01-02" in text

    def test_has_no_vars(self):
        with pytest.raises(TypeError):
            vars(Credentials("AK", SECRET))

    def test_repr_without_expiry(self):
        assert repr(Credentials("AK", SECRET)) == "Credentials(access_key='AK', secret_key=***)"


class NoZone(tzinfo):
    def utcoffset(self, dt):
        return None


def test_every_printable_character_of_ascii_may_be_in_a_key():
    key = "".join(map(chr, range(0x21, 0x7F)))
    assert Credentials(key, key).secret_key == key


class TestRefused:
    @pytest.mark.parametrize(
        ("key", "problem"),
        [
            ("", "is empty"),
            ("in between", "holds a blank"),
            (" leading", "holds a blank"),
            ("trailing\n", "holds a blank"),
            ("two\r\nx-header: 1", "holds a blank"),
            ("tab\there", "holds a blank"),
            ("nul\0", "holds a blank"),
            ("열쇠", "beyond ASCII"),
            ("\ud800", "beyond ASCII"),
            ("no\u00a0break", "beyond ASCII"),
            (None, "no text but NoneType"),
            (b"bytes", "no text but bytes"),
        ],
    )
    def test_keys_that_cannot_be_right(self, key, problem):
        with pytest.raises(ConfigurationError, match=f"from argument: the access key .*{problem}"):
            Credentials(key, SECRET)
        with pytest.raises(ConfigurationError, match=f"from argument: the secret key .*{problem}"):
            Credentials("AK", key)

    @pytest.mark.parametrize(
        ("access_key", "secret_key"),
        [("", SECRET), (None, SECRET), ("AK", SECRET + "\n"), ("AK", SECRET.encode())],
    )
    def test_nothing_shows_the_secret(self, access_key, secret_key):
        with pytest.raises(ConfigurationError) as caught:
            Credentials(access_key, secret_key)
        assert frames(caught.value) == ["__init__"]
        assert SECRET not in shown(caught.value)

    @pytest.mark.parametrize(
        "expiry",
        [
            "2030-01-02",
            1700000000,
            LATER.date(),
            LATER.replace(tzinfo=None),
            LATER.replace(tzinfo=NoZone()),
        ],
    )
    def test_an_expiry_without_zone(self, expiry):
        with pytest.raises(ConfigurationError, match="expires_at must be a datetime with a time"):
            Credentials("AK", SECRET, expiry)

    def test_any_zone_will_do(self):
        seoul = datetime.fromisoformat("2030-01-02T12:04:05+09:00")
        assert Credentials("AK", SECRET, seoul) == Credentials("AK", SECRET, LATER)
        assert seoul.utcoffset() == timedelta(hours=9)


class TestEnvironment:
    @pytest.mark.parametrize("access", ["NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY"])
    @pytest.mark.parametrize("secret", ["NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY"])
    def test_all_spellings(self, monkeypatch, access, secret):
        monkeypatch.setenv(access, "AK")
        monkeypatch.setenv(secret, SECRET)
        pair = Credentials.find()
        assert pair == Credentials("AK", SECRET)
        assert pair.source == f"the environment ({access}, {secret})"

    def test_the_first_spelling_wins(self, monkeypatch):
        monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "AK1")
        monkeypatch.setenv("NCLOUD_ACCESS_KEY", "AK2")
        monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "SK1")
        monkeypatch.setenv("NCLOUD_SECRET_KEY", "SK2")
        assert found() == ("AK1", "SK1")

    def test_a_blank_one_counts_as_absent(self, monkeypatch):
        monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", " \t")
        monkeypatch.setenv("NCLOUD_ACCESS_KEY", "AK2")
        monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "")
        monkeypatch.setenv("NCLOUD_SECRET_KEY", "SK2")
        assert found() == ("AK2", "SK2")

    def test_blanks_are_stripped(self, monkeypatch):
        monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "  AK\n")
        monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", f"\t{SECRET} \r\n")
        assert found() == ("AK", SECRET)

    @pytest.mark.parametrize(
        ("present", "absent"),
        [
            ("NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_ACCESS_KEY and NCLOUD_SECRET_KEY"),
            ("NCLOUD_SECRET_KEY", "NCLOUD_ACCESS_KEY_ID and NCLOUD_ACCESS_KEY"),
        ],
    )
    def test_half_a_pair(self, monkeypatch, home, present, absent):
        write(home, f"ncloud_access_key_id = AK\nncloud_secret_access_key = {SECRET}\n")
        monkeypatch.setenv(present, SECRET)
        with pytest.raises(
            ConfigurationError, match=f"half a pair of keys: {present} is set, {absent} are not"
        ) as caught:
            Credentials.find()
        assert SECRET not in shown(caught.value)

    def test_a_pair_that_cannot_be_right(self, monkeypatch):
        monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "AK")
        monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", f"{SECRET} {SECRET}")
        with pytest.raises(
            ConfigurationError,
            match=r"from the environment \(NCLOUD_ACCESS_KEY_ID, NCLOUD_SECRET_ACCESS_KEY\): the s",
        ) as caught:
            Credentials.find()
        assert frames(caught.value) == ["find", "find", "_from_environment", "__init__"]
        assert SECRET not in shown(caught.value)


class TestChain:
    FILE = (
        "ncloud_access_key_id = AK-file\nncloud_secret_access_key = SK-file\n"
        "[dev]\nncloud_access_key_id = AK-dev\nncloud_secret_access_key = SK-dev\n"
    )

    def test_the_environment_wins(self, monkeypatch, home):
        write(home, self.FILE)
        monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "AK")
        monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("NCLOUD_PROFILE", "dev")
        assert found() == ("AK", SECRET)

    def test_a_profile_given_here_skips_the_environment(self, monkeypatch, home):
        write(home, self.FILE)
        monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "AK")
        monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", SECRET)
        assert found(profile="dev") == ("AK-dev", "SK-dev")

    def test_a_profile_given_here_wins_over_the_variable(self, monkeypatch, home):
        write(home, self.FILE)
        monkeypatch.setenv("NCLOUD_PROFILE", "other")
        assert found(profile="dev") == ("AK-dev", "SK-dev")

    def test_the_profile_variable(self, monkeypatch, home):
        write(home, self.FILE)
        monkeypatch.setenv("NCLOUD_PROFILE", " dev ")
        assert found() == ("AK-dev", "SK-dev")

    def test_a_blank_profile_variable_counts_as_absent(self, monkeypatch, home):
        write(home, self.FILE)
        monkeypatch.setenv("NCLOUD_PROFILE", "  ")
        assert found() == ("AK-file", "SK-file")

    def test_the_file_wins_over_the_server_role(self, home, asked):
        write(home, self.FILE)
        assert found() == ("AK-file", "SK-file")
        assert asked == []

    def test_a_profile_that_is_not_there_asks_no_further(self, asked):
        with pytest.raises(ConfigurationError, match="Profile 'dev' was asked for"):
            found(profile="dev")
        assert asked == []

    def test_the_server_role_comes_last(self, monkeypatch):
        pair = Credentials("AK-role", SECRET, LATER)
        monkeypatch.setattr(server_role, "find", lambda make, address: (pair, address))
        assert Credentials.find() is pair

    def test_the_metadata_address(self, asked):
        for options in ({}, {"metadata_address": "127.0.0.1:1"}):
            with pytest.raises(ConfigurationError):
                Credentials.find(**options)
        assert asked == ["169.254.169.254", "127.0.0.1:1"]

    def test_the_error_lists_the_places(self, home, asked):
        with pytest.raises(ConfigurationError) as caught:
            found()
        assert str(caught.value) == (
            "No credentials found. Looked at: "
            "the environment (NCLOUD_ACCESS_KEY_ID, NCLOUD_SECRET_ACCESS_KEY); "
            f"{home / '.ncloud' / 'configure'} (profile DEFAULT); "
            f"the server role at {NOWHERE} (no answer: refused). "
            "Set the two variables, or pass credentials=Credentials(access_key, secret_key)."
        )
        assert asked == [NOWHERE]

    def test_an_empty_profile_looks_at_the_file_alone(self, asked):
        with pytest.raises(ConfigurationError) as caught:
            found(profile="")
        assert "the environment" not in str(caught.value)

    def test_a_user_without_a_home(self, monkeypatch, asked):
        def home():
            raise RuntimeError("Could not determine home directory.")

        monkeypatch.setattr(Path, "home", home)
        with pytest.raises(ConfigurationError, match=r"/\.ncloud/configure"):
            found()
