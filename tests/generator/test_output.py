"""What `make regenerate` leaves behind, and that it is the same each time."""

import inspect
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from documents import Document
from ncloud_datastream_api.api import SERVERS, AsyncOperations, Operations
from openapi_python_client.strings import snake_case
from regenerate import DOCUMENT, HEAD, OUTPUT, files, main, regenerate

SCRIPT = Path(inspect.getfile(regenerate))


def test_the_committed_package_is_what_the_document_says(remade: Path) -> None:
    assert files(remade) == files(OUTPUT)


def test_every_run_from_anywhere_makes_the_same_bytes(remade: Path, tmp_path: Path) -> None:
    def run(seed: str) -> "subprocess.Popen[str]":
        folder = tmp_path / seed
        folder.mkdir()
        # Settings that the temporary folder could inherit, and must not.
        (folder / "ruff.toml").write_text("line-length = 40\n", "utf-8")
        (folder / "mypy.ini").write_text("[mypy]\nplugins = no_such_plugin\n", "utf-8")
        return subprocess.Popen(
            [sys.executable, SCRIPT, "--output", "ncloud_datastream_api"],
            cwd=folder,
            env=os.environ | {"PYTHONHASHSEED": seed, "TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            text=True,
        )

    for process in [run("0"), run("1")]:
        assert process.communicate()[0].endswith("ncloud_datastream_api: regenerated\n")
    assert files(tmp_path / "0/ncloud_datastream_api") == files(remade)
    assert files(tmp_path / "1/ncloud_datastream_api") == files(remade)


def test_what_is_up_to_date_is_left_alone(remade: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = remade.stat().st_ino, (remade / "client.py").stat().st_mtime_ns
    assert main(["--output", str(remade)]) == 0
    assert capsys.readouterr().out == f"{remade}: already up to date\n"
    assert (remade.stat().st_ino, (remade / "client.py").stat().st_mtime_ns) == before


def test_nothing_is_left_of_an_older_package(tmp_path: Path, remade: Path) -> None:
    output = tmp_path / "ncloud_datastream_api"
    (output / "api" / "gone").mkdir(parents=True)
    (output / "api" / "gone" / "old.py").touch()
    assert regenerate(DOCUMENT, output)
    assert files(output) == files(remade)
    assert [path.name for path in tmp_path.iterdir()] == [output.name]


def test_every_module_says_that_it_is_generated() -> None:
    modules = [name for name in files(OUTPUT) if name.endswith(".py")]
    assert len(modules) > 50
    for name in modules:
        assert (OUTPUT / name).read_text("utf-8").startswith(HEAD), name


def test_the_package_is_typed_and_carries_the_whole_document(document: Document) -> None:
    assert (OUTPUT / "py.typed").is_file()
    assert json.loads((OUTPUT / "openapi.json").read_text("utf-8")) == document.whole
    assert "InvalidRetention" in (OUTPUT / "openapi.json").read_text("utf-8")


def operations() -> list[Any]:
    found = Document.read(DOCUMENT)
    return [
        pytest.param(found.server_of(item, facts), facts, id=facts["operationId"])
        for _, _, item, facts in found.operations()
    ]


@pytest.mark.parametrize(("server", "facts"), operations())
def test_every_operation_is_a_method_and_stock_functions(server: str, facts: Any) -> None:
    name, (tag,) = snake_case(facts["operationId"]), facts["tags"]
    method, twin = getattr(Operations, name), getattr(AsyncOperations, name)
    assert inspect.iscoroutinefunction(twin)
    assert inspect.signature(method) == inspect.signature(twin)
    assert inspect.getdoc(method) == inspect.getdoc(twin)
    assert facts["externalDocs"]["url"] in str(inspect.getdoc(method))

    module = import_module(f"ncloud_datastream_api.api.{tag.lower()}.{name}")
    functions = ["sync_detailed", "asyncio_detailed"]
    if inspect.signature(method).return_annotation != "None":
        functions += ["sync", "asyncio"]
    assert all(callable(getattr(module, function)) for function in functions)

    needed = inspect.signature(module._get_kwargs).parameters
    request = module._get_kwargs(
        **{
            name: type("Body", (), {"to_dict": dict})() if name == "body" else "x"
            for name, parameter in needed.items()
            if parameter.default is parameter.empty
        }
    )
    assert request["extensions"] == {"server": server, "operation": facts["operationId"]}


def test_the_servers_are_those_of_the_document() -> None:
    assert SERVERS == {
        "management": "https://datastream.apigw.ntruss.com",
        "message": "https://api.datastream.naverncp.com",
    }
