"""The file ``~/.ncloud/configure``."""

from __future__ import annotations

import os
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ncloud_datastream import ConfigurationError, Credentials
from ncloud_datastream.credentials import configure_file
from unit.secrecy import frames, shown

SECRET = "s3cr3t+/=Value=="
PAIR = f"ncloud_access_key_id = AK\nncloud_secret_access_key = {SECRET}\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "configure"


@pytest.fixture
def file(path):
    """Writes the file, readable only by its owner."""

    def write(text: str | bytes, mode: int = 0o600):
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        return path

    return write


class TestFormat:
    @pytest.mark.parametrize(
        "text",
        [
            PAIR,
            PAIR.rstrip("\n"),
            "[DEFAULT]\n" + PAIR,
            PAIR.replace(" = ", "="),
            PAIR.replace(" = ", "  =\t"),
            PAIR.replace("\n", "\r"),
            "\ufeff[DEFAULT]\r\n" + PAIR.replace("\n", " \r\n"),
            PAIR.replace("ncloud", "NCLOUD"),
            "# keys\n; of mine\n\nnonsense\n" + PAIR + "ncloud_api_url = https://a?b=c\n",
            "[ DEFAULT ]\n" + PAIR,
            PAIR + "[other]\nncloud_access_key_id = AK2\nncloud_secret_access_key = SK2\n",
            "ncloud_access_key_id = old\n" + PAIR,
            PAIR.encode() + b"comment = \xff\xfe\n",
            "[no section\n" + PAIR + "nor this]\n",
            "nor this]\n" + PAIR,
            "#" * ((1 << 20) - len(PAIR) - 1) + "\n" + PAIR,
        ],
    )
    def test_all_of_these_files_have_the_pair(self, file, text):
        pair = configure_file.find(Credentials, file(text), None)
        assert pair == Credentials("AK", SECRET)
        assert pair.source == f"{file(text)} (profile DEFAULT)"

    def test_a_profile_is_a_section_and_may_be_in_two_parts(self, file):
        text = f"{PAIR}[dev]\nncloud_access_key_id=AK2\n[]\n[dev]\nncloud_secret_access_key=SK2\n"
        pair = configure_file.find(Credentials, file(text), "dev")
        assert pair == Credentials("AK2", "SK2")
        assert pair.source.endswith("(profile dev)")
        assert configure_file.find(Credentials, file(text), "DEFAULT") == Credentials("AK", SECRET)

    def test_comments_are_ignored(self):
        assert configure_file.parse("#a = 1\n;b = 2\n = 3\nc = #4\n") == {
            "DEFAULT": {"": "3", "c": "#4"}
        }

    @settings(deadline=None, max_examples=50)
    @given(st.text())
    def test_any_text_is_parsed_without_an_error(self, text):
        sections = configure_file.parse(text)
        assert "DEFAULT" in sections
        assert all(key == key.strip().lower() for entries in sections.values() for key in entries)


class TestNoPair:
    @pytest.mark.parametrize(
        "text", ["", "[DEFAULT]\n", "[dev]\n" + PAIR, b"\xff\xfe\0n\0c\0", "#" * (1 << 20) + PAIR]
    )
    def test_a_file_without_a_pair_in_its_first_mebibyte_is_skipped(self, file, text):
        assert configure_file.find(Credentials, file(text), None) is None

    def test_a_missing_file_is_skipped_unless_a_profile_is_given(self, path, file):
        assert configure_file.find(Credentials, path, None) is None
        with pytest.raises(ConfigurationError, match=r"Profile 'dev' was req.* does not exist"):
            configure_file.find(Credentials, path, "dev")
        # The folder may be a file.
        assert configure_file.find(Credentials, file(PAIR) / "configure", None) is None

    def test_an_unknown_profile_is_an_error_that_lists_the_profiles(self, file):
        text = PAIR + "[two]\n[one]\n" + PAIR
        with pytest.raises(
            ConfigurationError, match=r"no profile 'dev'\. Its profiles are: DEFAULT, one, two"
        ) as caught:
            configure_file.find(Credentials, file(text), "dev")
        assert SECRET not in shown(caught.value)


class TestInvalid:
    @pytest.mark.parametrize("profile", [None, "dev"])
    @pytest.mark.parametrize("present", [0, 1])
    def test_one_key_without_the_other_is_an_error(self, file, profile, present):
        lines = PAIR.splitlines()
        missing = lines[1 - present].partition(" ")[0]
        text = f"[{profile or 'DEFAULT'}]\n{lines[present]}\n{missing} = \n"
        with pytest.raises(
            ConfigurationError, match=rf"\(profile {profile or 'DEFAULT'}\) has no {missing}\.$"
        ) as caught:
            configure_file.find(Credentials, file(text), profile)
        assert SECRET not in shown(caught.value)

    def test_a_profile_without_keys_is_an_error(self, file):
        with pytest.raises(
            ConfigurationError, match="has no ncloud_access_key_id and no ncloud_secret_access_key"
        ):
            configure_file.find(Credentials, file("[dev]\n"), "dev")

    @pytest.mark.parametrize("bad", ["in between", "한글"])
    def test_an_invalid_key_is_rejected_with_its_source(self, file, bad):
        text = PAIR.replace(SECRET, f"{SECRET}{bad}")
        with pytest.raises(
            ConfigurationError, match=r"from .*configure \(profile DEFAULT\): the secret key cont"
        ) as caught:
            configure_file.find(Credentials, file(text), None)
        assert frames(caught.value) == ["find", "__init__"]
        assert SECRET not in shown(caught.value)

    def test_a_file_that_cannot_be_read_is_an_error(self, file, tmp_path, monkeypatch):
        with pytest.raises(ConfigurationError, match="cannot be read: Is a directory") as caught:
            configure_file.find(Credentials, tmp_path, None)
        assert caught.value.__suppress_context__


@pytest.mark.skipif(os.name != "posix", reason="file permissions are checked on POSIX only")
class TestReadableByOthers:
    @pytest.mark.parametrize("mode", [0o640, 0o604])
    def test_a_file_that_others_can_read_is_warned_about_once(self, file, mode):
        path = file(PAIR, mode)
        with pytest.warns(UserWarning, match=r"configure has secret keys .* chmod 600") as caught:
            configure_file.find(Credentials, path, None)
        assert len(caught) == 1
        assert SECRET not in str(caught[0].message)
        with warnings.catch_warnings(record=True, action="always") as again:
            assert configure_file.find(Credentials, path, None) == Credentials("AK", SECRET)
        assert again == []

    def test_no_warning_if_others_can_only_write(self, file):
        assert configure_file.find(Credentials, file(PAIR, 0o622), None) is not None

    def test_no_warning_on_other_systems(self, file, monkeypatch):
        path = file(PAIR, 0o644)
        monkeypatch.setattr(os, "name", "nt")
        assert configure_file.find(Credentials, path, None) == Credentials("AK", SECRET)
