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

in_its_own_time = settings(deadline=None)

SECRET = "s3cr3t+/=Value=="
PAIR = f"ncloud_access_key_id = AK\nncloud_secret_access_key = {SECRET}\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "configure"


@pytest.fixture
def file(path):
    """Writes the file, readable by its owner alone."""

    def write(text: str | bytes, mode: int = 0o600):
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        return path

    return write


class TestForm:
    @pytest.mark.parametrize(
        "text",
        [
            PAIR,
            PAIR.rstrip("\n"),
            "[DEFAULT]\n" + PAIR,
            PAIR.replace(" = ", "="),
            PAIR.replace(" = ", "  =\t"),
            PAIR.replace("\n", "\r\n"),
            PAIR.replace("\n", "\r"),
            "\ufeff" + PAIR,
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
    def test_all_of_these_hold_the_pair(self, file, text):
        pair = configure_file.find(Credentials, file(text), None)
        assert pair == Credentials("AK", SECRET)
        assert pair.source == f"{file(text)} (profile DEFAULT)"

    def test_a_profile(self, file):
        text = PAIR + "[dev]\nncloud_access_key_id=AK2\nncloud_secret_access_key=SK2\n[empty]\n"
        pair = configure_file.find(Credentials, file(text), "dev")
        assert pair == Credentials("AK2", "SK2")
        assert pair.source.endswith("(profile dev)")
        assert configure_file.find(Credentials, file(text), "DEFAULT") == Credentials("AK", SECRET)

    def test_a_section_in_two_parts(self, file):
        first, second = PAIR.splitlines(keepends=True)
        text = f"[dev]\n{first}[other]\n[dev]\n{second}"
        assert configure_file.find(Credentials, file(text), "dev") == Credentials("AK", SECRET)

    def test_comments_are_no_entries(self):
        assert configure_file.parse("#a = 1\n;b = 2\n = 3\nc = #4\n") == {
            "DEFAULT": {"": "3", "c": "#4"}
        }

    @in_its_own_time
    @given(st.text())
    def test_any_text_parses(self, text):
        sections = configure_file.parse(text)
        assert "DEFAULT" in sections
        assert all(key == key.strip().lower() for entries in sections.values() for key in entries)


class TestNothingThere:
    @pytest.mark.parametrize(
        "text", ["", "\n", "[DEFAULT]\n", "[dev]\n" + PAIR, b"\xff\xfe\0n\0c\0"]
    )
    def test_no_pair(self, file, text):
        assert configure_file.find(Credentials, file(text), None) is None

    def test_no_file(self, path):
        assert configure_file.find(Credentials, path, None) is None

    def test_a_file_where_the_folder_should_be(self, file):
        assert configure_file.find(Credentials, file(PAIR) / "configure", None) is None

    def test_no_file_but_a_profile(self, path):
        with pytest.raises(
            ConfigurationError, match=r"Profile 'dev' was asked for, but .* not there"
        ):
            configure_file.find(Credentials, path, "dev")

    def test_no_such_profile(self, file):
        text = PAIR + "[two]\n[one]\n" + PAIR
        with pytest.raises(
            ConfigurationError, match="has no profile 'dev'; it has: DEFAULT, one, two"
        ) as caught:
            configure_file.find(Credentials, file(text), "dev")
        assert SECRET not in shown(caught.value)


class TestCannotBeRight:
    @pytest.mark.parametrize("profile", [None, "dev"])
    @pytest.mark.parametrize("kept", [0, 1])
    @pytest.mark.parametrize("blank", [True, False])
    def test_half_a_pair(self, file, profile, kept, blank):
        lines = PAIR.splitlines()
        missing = lines[1 - kept].partition(" ")[0]
        text = f"[{profile or 'DEFAULT'}]\n{lines[kept]}\n" + (f"{missing} = \n" if blank else "")
        with pytest.raises(
            ConfigurationError, match=rf"\(profile {profile or 'DEFAULT'}\) lacks {missing}\.$"
        ) as caught:
            configure_file.find(Credentials, file(text), profile)
        assert SECRET not in shown(caught.value)

    def test_a_profile_without_keys(self, file):
        with pytest.raises(
            ConfigurationError, match="lacks ncloud_access_key_id and ncloud_secret_access_key"
        ):
            configure_file.find(Credentials, file("[dev]\n"), "dev")

    @pytest.mark.parametrize("bad", ["in between", "한글", '"two words"'])
    def test_keys_that_cannot_be_right(self, file, bad):
        text = PAIR.replace(SECRET, f"{SECRET}{bad}")
        with pytest.raises(
            ConfigurationError, match=r"from .*configure \(profile DEFAULT\): the secret key holds"
        ) as caught:
            configure_file.find(Credentials, file(text), None)
        assert frames(caught.value) == ["find", "__init__"]
        assert SECRET not in shown(caught.value)

    def test_a_directory(self, tmp_path):
        with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
            configure_file.find(Credentials, tmp_path, None)

    def test_an_unreadable_file(self, file, monkeypatch):
        path = file(PAIR)

        # A real one would be readable to a super user.
        def refuse(self, *arguments):
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(type(path), "open", refuse)
        with pytest.raises(ConfigurationError, match="cannot be read: Permission denied") as caught:
            configure_file.find(Credentials, path, None)
        assert caught.value.__suppress_context__

    def test_no_more_than_a_megabyte_is_read(self, file):
        assert configure_file.find(Credentials, file("#" * (1 << 20) + "\n" + PAIR), None) is None


@pytest.mark.skipif(os.name != "posix", reason="the rights of a file are looked at on POSIX only")
class TestReadableByOthers:
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
    def test_warns_once(self, file, mode):
        path = file(PAIR, mode)
        with pytest.warns(UserWarning, match=r"configure holds secret keys .* chmod 600") as caught:
            configure_file.find(Credentials, path, None)
        assert len(caught) == 1
        assert SECRET not in str(caught[0].message)
        with warnings.catch_warnings(record=True, action="always") as again:
            assert configure_file.find(Credentials, path, None) == Credentials("AK", SECRET)
        assert again == []

    @pytest.mark.parametrize("mode", [0o600, 0o400, 0o622])
    def test_does_not_warn(self, file, mode):
        assert configure_file.find(Credentials, file(PAIR, mode), None) is not None


def test_other_systems_have_other_rights(file, monkeypatch):
    path = file(PAIR, 0o644)
    monkeypatch.setattr(os, "name", "nt")
    assert configure_file.find(Credentials, path, None) == Credentials("AK", SECRET)
