"""The key pair, and the order of the sources in which it is searched."""

from __future__ import annotations

import copy
import pickle
import pprint
from datetime import UTC, datetime, tzinfo
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
    """An empty home directory; the variables are removed for all tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.fixture
def requested(monkeypatch):
    """The metadata addresses that were requested; none of them has a role."""
    addresses: list[str] = []

    def find(make, address):
        addresses.append(address)
        return None, "no response: refused"

    monkeypatch.setattr(server_role, "find", find)
    return addresses


def set_keys(monkeypatch, access_key="AK", secret_key=SECRET):
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", access_key)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", secret_key)


def write(home: Path, text: str) -> None:
    path = home / ".ncloud" / "configure"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def found(**options) -> tuple[str, str]:
    pair = Credentials.find(metadata_address=NOWHERE, **options)
    return pair.access_key, pair.secret_key


class TestPair:
    def test_equal_pairs_have_the_same_keys_and_expiry(self):
        pair = Credentials("AK", SECRET, LATER, source="a test")
        same = Credentials("AK", SECRET, LATER, source="elsewhere")
        assert (pair.access_key, pair.secret_key) == ("AK", SECRET)
        assert (pair.expires_at, pair.source) == (LATER, "a test")
        assert pair == same
        assert hash(pair) == hash(same)
        assert pair != Credentials("AK", SECRET)
        assert pair != Credentials("AK2", SECRET, LATER)
        assert pair != Credentials("AK", "another", LATER)
        assert pair != ("AK", SECRET, LATER)

    @pytest.mark.parametrize("name", ["access_key", "secret_key", "new"])
    def test_a_pair_is_immutable(self, name):
        pair = Credentials("AK", SECRET)
        with pytest.raises(AttributeError, match="immutable") as caught:
            setattr(pair, name, "changed")
        assert "changed" not in shown(caught.value)
        with pytest.raises(AttributeError, match="immutable"):
            delattr(pair, name)
        assert pair == Credentials("AK", SECRET)

    def test_a_pair_cannot_be_pickled_and_a_copy_is_the_same_object(self):
        pair = Credentials("AK", SECRET)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(ConfigurationError, match="cannot be pickled") as caught:
                pickle.dumps({"credentials": pair}, protocol)
            assert SECRET not in shown(caught.value)
        assert copy.copy(pair) is pair
        assert copy.deepcopy([pair])[0] is pair

    @pytest.mark.parametrize("look", [repr, str, format, pprint.pformat, "{!r:>80}".format])
    def test_no_text_of_a_pair_has_the_secret_key(self, look):
        text = look(Credentials("AK", SECRET, LATER))
        assert SECRET not in text
        assert "AK" in text
        assert "2030-01-02" in text
        assert repr(Credentials("AK", SECRET)) == "Credentials(access_key='AK', secret_key=***)"
        with pytest.raises(TypeError):
            vars(Credentials("AK", SECRET))


class NoZone(tzinfo):
    def utcoffset(self, dt):
        return None


class TestValidation:
    def test_every_printable_ascii_character_is_valid_in_a_key(self):
        key = "".join(map(chr, range(0x21, 0x7F)))
        assert Credentials(key, key).secret_key == key

    @pytest.mark.parametrize(
        ("key", "problem"),
        [
            ("", "is empty"),
            ("in between", "contains a blank"),
            ("trailing\n", "contains a blank"),
            ("two\r\nx-header: 1", "contains a blank"),
            ("nul\0", "contains a blank"),
            ("열쇠", "non-ASCII"),
            ("\ud800", "non-ASCII"),
            (None, "must be a str, not NoneType"),
            (b"bytes", "must be a str, not bytes"),
        ],
    )
    def test_an_invalid_key_is_rejected_without_showing_the_secret_key(self, key, problem):
        for name, pair in (("access key", (key, SECRET)), ("secret key", (SECRET, key))):
            with pytest.raises(ConfigurationError, match=f"argument: the {name} .*{problem}") as c:
                Credentials(*pair)
            assert frames(c.value) == ["__init__"]
            assert SECRET not in shown(c.value)

    @pytest.mark.parametrize(
        "expiry",
        [
            "2030-01-02",
            LATER.date(),
            LATER.replace(tzinfo=None),
            LATER.replace(tzinfo=NoZone()),
        ],
    )
    def test_an_expiry_without_a_time_zone_is_rejected(self, expiry):
        with pytest.raises(ConfigurationError, match="expires_at must be a datetime with a time"):
            Credentials("AK", SECRET, expiry)

    def test_an_expiry_may_have_any_time_zone(self):
        seoul = datetime.fromisoformat("2030-01-02T12:04:05+09:00")
        assert Credentials("AK", SECRET, seoul) == Credentials("AK", SECRET, LATER)


class TestEnvironment:
    @pytest.mark.parametrize("access", ["NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY"])
    @pytest.mark.parametrize("secret", ["NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY"])
    def test_both_names_of_each_variable_work(self, monkeypatch, access, secret):
        monkeypatch.setenv(access, "  AK\n")
        monkeypatch.setenv(secret, f"\t{SECRET} \r\n")
        pair = Credentials.find()
        assert pair == Credentials("AK", SECRET)
        assert pair.source == f"the environment ({access}, {secret})"

    def test_the_first_name_wins_and_a_blank_value_counts_as_absent(self, monkeypatch):
        set_keys(monkeypatch, "AK1", "SK1")
        monkeypatch.setenv("NCLOUD_ACCESS_KEY", "AK2")
        monkeypatch.setenv("NCLOUD_SECRET_KEY", "SK2")
        assert found() == ("AK1", "SK1")
        set_keys(monkeypatch, " \t", "")
        assert found() == ("AK2", "SK2")

    @pytest.mark.parametrize(
        ("present", "absent"),
        [
            ("NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_ACCESS_KEY"),
            ("NCLOUD_SECRET_KEY", "NCLOUD_ACCESS_KEY_ID"),
        ],
    )
    def test_one_key_without_the_other_is_an_error(self, monkeypatch, home, present, absent):
        write(home, f"ncloud_access_key_id = AK\nncloud_secret_access_key = {SECRET}\n")
        monkeypatch.setenv(present, SECRET)
        with pytest.raises(
            ConfigurationError, match=f"only one key of a pair: {present} is set. Set {absent} too"
        ) as caught:
            Credentials.find()
        assert SECRET not in shown(caught.value)

    def test_an_invalid_pair_is_rejected_with_its_source(self, monkeypatch):
        set_keys(monkeypatch, secret_key=f"{SECRET} {SECRET}")
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

    def test_the_environment_wins_unless_a_profile_is_given(self, monkeypatch, home):
        write(home, self.FILE)
        set_keys(monkeypatch)
        monkeypatch.setenv("NCLOUD_PROFILE", "other")
        assert found() == ("AK", SECRET)
        assert found(profile="dev") == ("AK-dev", "SK-dev")

    @pytest.mark.parametrize(("profile", "name"), [(" dev ", "dev"), ("  ", "file")])
    def test_a_profile_variable_selects_a_section(self, monkeypatch, home, profile, name):
        write(home, self.FILE)
        monkeypatch.setenv("NCLOUD_PROFILE", profile)
        assert found() == (f"AK-{name}", f"SK-{name}")

    def test_the_server_role_comes_last(self, monkeypatch, home, requested):
        write(home, self.FILE)
        assert found() == ("AK-file", "SK-file")
        assert requested == []
        (home / ".ncloud" / "configure").unlink()
        pair = Credentials("AK-role", SECRET, LATER)
        monkeypatch.setattr(server_role, "find", lambda make, address: (pair, address))
        assert Credentials.find() is pair

    def test_a_missing_profile_ends_the_search(self, requested):
        with pytest.raises(ConfigurationError, match="Profile 'dev' was requested"):
            found(profile="dev")
        assert requested == []

    def test_the_metadata_address_can_be_given(self, requested):
        for options in ({}, {"metadata_address": "127.0.0.1:1"}):
            with pytest.raises(ConfigurationError):
                Credentials.find(**options)
        assert requested == ["169.254.169.254", "127.0.0.1:1"]

    def test_the_error_lists_the_sources(self, home, requested):
        with pytest.raises(ConfigurationError) as caught:
            found()
        assert str(caught.value) == (
            "No credentials found. Searched: "
            "the environment (NCLOUD_ACCESS_KEY_ID, NCLOUD_SECRET_ACCESS_KEY); "
            f"{home / '.ncloud' / 'configure'} (profile DEFAULT); "
            f"the server role at {NOWHERE} (no response: refused). "
            "Set the two variables, or pass credentials=Credentials(access_key, secret_key)."
        )
        with pytest.raises(ConfigurationError) as caught:
            found(profile="")
        assert "the environment" not in str(caught.value)

    def test_a_user_may_have_no_home_directory(self, monkeypatch, requested):
        def home():
            raise RuntimeError("Could not determine home directory.")

        monkeypatch.setattr(Path, "home", home)
        with pytest.raises(ConfigurationError, match=r"/\.ncloud/configure"):
            found()
