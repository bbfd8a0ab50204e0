"""However a run ends, the old or the new package is there whole, and nothing besides."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import checks
import pytest
from documents import Document, RegenerationError
from generator.test_refusals import small
from handwritten import names
from regenerate import DOCUMENT, SIGNING, main

SCRIPT = Path(checks.__file__).with_name("regenerate.py")


def started(folder: Path, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, SCRIPT, "--output", str(folder / "out" / "client")],
        env=os.environ | {"TMPDIR": str(folder)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "api.json").write_text(json.dumps(small()), "utf-8")
    monkeypatch.setattr("regenerate.tidy", lambda package: os.kill(os.getpid(), number))
    before = signal.getsignal(number)
    output = tmp_path / "out" / "client"
    assert main(["--document", str(tmp_path / "api.json"), "--output", str(output)]) == 130
    assert capsys.readouterr().err == "nothing regenerated: interrupted\n"
    assert signal.getsignal(number) is before
    assert not output.parent.exists()


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "api.json").write_text(json.dumps(small()), "utf-8")
    left = tmp_path / "out" / ".client.abc" / "new"
    left.mkdir(parents=True)
    output = tmp_path / "out" / "client"
    assert main(["--document", str(tmp_path / "api.json"), "--output", str(output)]) == 0
    assert [path.name for path in output.parent.iterdir()] == ["client"]


def test_python_need_not_look_beside_the_script(tmp_path: Path) -> None:
    process = started(tmp_path, PYTHONSAFEPATH="1")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert out.endswith("client: regenerated\n")


def test_an_escaped_emoji_is_one_character(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"paths": {}, "a": "\\ud83d\\ude00"}', "utf-8")
    assert Document.read(tmp_path / "a.json").whole["a"] == "😀"
    (tmp_path / "b.json").write_text('{"paths": {}, "a": 1, "a": 2}', "utf-8")
    with pytest.raises(RegenerationError, match="duplicate key 'a'"):
        Document.read(tmp_path / "b.json")


def test_names_of_the_clients_are_found_without_importing_them() -> None:
    taken = names(SIGNING)
    assert {"send_messages", "close", "aclose", "wait_for_topic", "urls", "client"} <= taken
    assert "create_topic" not in taken


def test_hand_written_code_that_does_not_fit_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = DOCUMENT.read_text("utf-8").replace("TopicStatus", "TopicState")
    (tmp_path / "openapi.yaml").write_text(text, "utf-8")
    output = tmp_path / "out" / "ncloud_datastream_api"
    assert main(["--document", str(tmp_path / "openapi.yaml"), "--output", str(output)]) == 1
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("nothing regenerated: signing/ncloud_datastream/")
    assert "TopicStatus" in first
    assert first.endswith(
        "hand-written code does not match the document: change it, or keep the name"
    )
    assert not output.parent.exists()
