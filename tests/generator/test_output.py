"""The generated package is complete, reproducible and replaced as a whole."""

import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from checks import HandWrittenError, check_emulator
from documents import Document
from generator.conftest import response, small
from handwritten import names
from ncloud_datastream_api.api import SERVERS, AsyncOperations, Operations
from openapi_python_client.strings import snake_case
from regenerate import DOCUMENT, HEAD, OUTPUT, SIGNING, files, main, regenerate, render

SCRIPT = Path(inspect.getfile(regenerate))


def test_the_committed_package_is_generated_from_the_document(
    remade: Path, document: Document
) -> None:
    assert files(remade) == files(OUTPUT), "run `make regenerate`"
    modules = [content for name, content in files(OUTPUT).items() if name.endswith(".py")]
    assert len(modules) > 50
    assert all(content.startswith(HEAD.encode()) for content in modules)
    assert (OUTPUT / "py.typed").is_file()
    assert json.loads((OUTPUT / "openapi.json").read_text("utf-8")) == document.whole


def test_every_run_from_any_folder_produces_the_same_bytes(remade: Path, tmp_path: Path) -> None:
    # Settings that the temporary folder must not inherit.
    (tmp_path / "ruff.toml").write_text("line-length = 40\n", "utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\nplugins = no_such_plugin\n", "utf-8")
    environment = {"PYTHONHASHSEED": "1", "PYTHONSAFEPATH": "1", "TMPDIR": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, SCRIPT, "--output", "ncloud_datastream_api"],
        cwd=tmp_path,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert ran.stdout.endswith("ncloud_datastream_api: regenerated\n")
    assert files(tmp_path / "ncloud_datastream_api") == files(remade)


def test_an_up_to_date_package_is_not_touched(
    remade: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = remade.stat().st_ino, (remade / "client.py").stat().st_mtime_ns
    assert main(["--output", str(remade)]) == 0
    assert capsys.readouterr().out == f"{remade}: already up to date\n"
    assert (remade.stat().st_ino, (remade / "client.py").stat().st_mtime_ns) == before


def test_nothing_remains_of_an_older_package_or_a_killed_run(
    tmp_path: Path, saved: Callable[[Any], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regenerate.check", lambda package: None)
    output = tmp_path / "out" / "client"
    for old in (output / "api" / "gone", output.parent / ".client.abc" / "new"):
        old.mkdir(parents=True)
        (old / "old.py").touch()
    assert main(["--document", str(saved(small())), "--output", str(output)]) == 0
    assert not (output / "api" / "gone").exists()
    assert [path.name for path in output.parent.iterdir()] == ["client"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_and_leaves_nothing(
    number: signal.Signals,
    tmp_path: Path,
    saved: Callable[[Any], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("regenerate.format_package", lambda package: os.kill(os.getpid(), number))
    before = signal.getsignal(number)
    output = tmp_path / "out" / "client"
    assert main(["--document", str(saved(small())), "--output", str(output)]) == 130
    assert capsys.readouterr().err == "nothing regenerated: interrupted\n"
    assert signal.getsignal(number) is before
    assert not output.parent.exists()


def test_every_operation_is_a_method_and_stock_functions(document: Document) -> None:
    for _, _, item, facts in document.operations():
        id_, (tag,) = facts["operationId"], facts["tags"]
        name = snake_case(id_)
        method, other = getattr(Operations, name), getattr(AsyncOperations, name)
        assert inspect.iscoroutinefunction(other)
        assert inspect.signature(method) == inspect.signature(other)
        assert inspect.getdoc(method) == inspect.getdoc(other)
        assert facts["externalDocs"]["url"] in str(inspect.getdoc(method))

        module = import_module(f"ncloud_datastream_api.api.{tag.lower()}.{name}")
        functions = ["sync_detailed", "asyncio_detailed"]
        if inspect.signature(method).return_annotation != "None":
            functions += ["sync", "asyncio"]
        assert all(callable(getattr(module, function)) for function in functions)

        body = type("Body", (), {"to_dict": dict})()
        request = module._get_kwargs(
            **{
                name: body if name == "body" else "x"
                for name, parameter in inspect.signature(module._get_kwargs).parameters.items()
                if parameter.default is parameter.empty
            }
        )
        server = document.server_of(item, facts)
        assert request["extensions"] == {"server": server, "operation": id_}
    assert document.servers() == SERVERS


def test_names_of_the_clients_are_found_without_importing_them() -> None:
    taken = names(SIGNING)
    assert {"send_messages", "close", "aclose", "wait_for_topic", "urls", "client"} <= taken
    assert "create_topic" not in taken


def test_hand_written_code_that_does_not_match_is_reported(
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


def test_an_emulator_that_does_not_match_is_reported(
    document: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = json.loads(json.dumps(document.whole))
    topics, one = whole["paths"]["/api/v1/topics"], whole["paths"]["/api/v1/topics/{topicId}"]
    schema = {"type": "object", "required": ["day"], "properties": {"day": {"type": "string"}}}
    topics["post"]["responses"] = {"200": response(schema)}
    one["put"]["responses"] = {"204": {"description": "Done."}}
    schema = {"type": "object", "properties": {"createdDate": {"type": "string", "format": "date"}}}
    one["get"]["responses"] = {"200": response(schema)}
    text = {"text/plain": {"schema": {"type": "string"}}}
    whole["paths"]["/api/produce"]["post"]["responses"] = {
        "200": {"description": "Done.", "content": text}
    }
    (tmp_path / "openapi.json").write_text(json.dumps(whole), "utf-8")
    package = tmp_path / "ncloud_datastream_api"
    render(Document(whole), package)
    with pytest.raises(HandWrittenError) as caught:
        check_emulator(package)
    end = ": hand-written code does not match the document: change it, or keep the name"
    unread = "HTTP 200, but the response cannot be read: "
    assert [line.removesuffix(end) for line in caught.value.lines] == [
        f"emulator: createTopic: {unread}KeyError: 'day'",
        f"emulator: getTopic: {unread}ValueError: Invalid isoformat string: '2025-06-15T15:07:40Z'",
        "emulator: updateTopic: it returns JSON, which is not documented",
        "emulator: sendMessage: it returns JSON, which is not documented",
    ]


def test_a_run_killed_between_the_renames_loses_nothing(
    tmp_path: Path, saved: Callable[[Any], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out" / "client"
    old = output.with_name(".client.killed") / "old"
    old.mkdir(parents=True)
    (old / "precious.py").write_text("kept = True\n", "utf-8")
    broken = saved(small(operationId="get topic"))
    assert main(["--document", str(broken), "--output", str(output)]) == 1
    assert files(output) == {"precious.py": b"kept = True\n"}
    assert main(["--document", str(saved(small())), "--output", str(output)]) == 0
    assert [path.name for path in output.parent.iterdir()] == ["client"]
