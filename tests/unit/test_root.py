"""What `import ncloud_datastream` costs and offers."""

from __future__ import annotations

import importlib.util
import inspect
import json
import subprocess
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import ncloud_datastream
import ncloud_datastream_api
import pytest
from ncloud_datastream import errors
from ncloud_datastream.codes import GATEWAY_STATUS, ErrorCode, GatewayErrorCode
from ncloud_datastream_api import models

SCHEMAS: dict[str, Any] = json.loads(
    files("ncloud_datastream_api").joinpath("openapi.json").read_text("utf-8")
)["components"]["schemas"]
HOMES = sorted(
    {
        str(Path(package.__path__[0]).parent)
        for package in (ncloud_datastream, ncloud_datastream_api)
    }
)


def in_a_fresh_interpreter(code: str) -> Any:
    """What a program prints as JSON that finds only the standard library and our packages."""
    program = f"import sys; sys.path += {HOMES!r}\n{code}"
    command = [sys.executable, "-I", "-S", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture
def anew() -> ModuleType:
    """The package as it is before anything of it was used."""
    spec = ncloud_datastream.__spec__
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_importing_loads_nothing_but_itself() -> None:
    """No httpx and no attrs, and no `typing`, `enum`, `re` or `logging` either."""
    loaded = in_a_fresh_interpreter(
        """
before = set(sys.modules)
import ncloud_datastream
loaded = set(sys.modules) - before
import json
print(json.dumps(sorted(loaded)))
"""
    )
    assert loaded == ["ncloud_datastream", "ncloud_datastream._version"]


def test_what_needs_no_library_is_used_without_one() -> None:
    """Signing, for a program that has an HTTP library of its own."""
    assert in_a_fresh_interpreter(
        """
import json
from ncloud_datastream import __version__, sign, string_to_sign, DataStreamError, Credentials
print(json.dumps([sign("SK", string_to_sign("GET", "/", 1, "AK")), "httpx" in sys.modules]))
"""
    ) == [ncloud_datastream.sign("SK", "GET /\n1\nAK"), False]


@pytest.mark.parametrize("name", ncloud_datastream.__all__)
def test_every_name_is_there(name: str, anew: ModuleType) -> None:
    assert name in dir(anew)
    found = getattr(anew, name)
    assert found is getattr(ncloud_datastream, name)
    assert name in vars(anew), "found once, it is not looked for again"
    if inspect.isclass(found):
        assert found.__name__ == name
        assert inspect.getdoc(found)


def test_the_names_are_in_order() -> None:
    assert list(ncloud_datastream.__all__) == sorted(ncloud_datastream.__all__)
    assert len(set(ncloud_datastream.__all__)) == len(ncloud_datastream.__all__)


def test_all_errors_are_among_them() -> None:
    assert {
        name
        for name, each in vars(errors).items()
        if inspect.isclass(each) and issubclass(each, Exception)
    } == {name for name in ncloud_datastream.__all__ if name.endswith("Error")}


@pytest.mark.parametrize("name", ["Datastream", "httpx", "TYPE", "__path", "Topic_"])
def test_a_name_that_is_not_there(name: str, anew: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"'ncloud_datastream' has no attribute '{name}'"):
        getattr(anew, name)
    assert name not in dir(anew)


def test_a_star_import_brings_all() -> None:
    names: dict[str, Any] = {}
    exec("from ncloud_datastream import *", names)
    assert set(ncloud_datastream.__all__) <= set(names)


def test_the_version_is_that_of_the_distribution() -> None:
    assert ncloud_datastream.__version__ == version("ncloud-datastream")


def test_what_type_checkers_read_is_what_there_is() -> None:
    """The imports for type checkers name the same things from the same modules."""
    source = inspect.getsource(ncloud_datastream)
    _, _, rest = source.partition("if TYPE_CHECKING:\n")
    block, _, _ = rest.partition("__all__")
    names: dict[str, Any] = {"__name__": "ncloud_datastream", "__package__": "ncloud_datastream"}
    exec(inspect.cleandoc(block), names)
    for name in set(ncloud_datastream.__all__) - {"__version__"}:
        assert names[name] is getattr(ncloud_datastream, name)


@pytest.mark.parametrize("package", [ncloud_datastream, ncloud_datastream_api])
def test_both_packages_say_that_they_are_typed(package: ModuleType) -> None:
    assert files(package).joinpath("py.typed").is_file()


# --- codes and enums -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if "enum" in schema])
def test_an_enum_is_the_documents(name: str) -> None:
    schema, enum = SCHEMAS[name], getattr(models, name)
    names = schema.get("x-enum-varnames", schema["enum"])
    assert {member.name: member.value for member in enum} == dict(
        zip(names, schema["enum"], strict=True)
    )
    if "x-enum-descriptions" in schema:
        assert [member.meaning for member in enum] == schema["x-enum-descriptions"]
    unlisted = enum("someday")
    assert unlisted == "someday"
    assert unlisted.meaning == ""
    assert unlisted not in list(enum)


def test_the_codes_are_as_many_as_documented() -> None:
    assert len(ErrorCode) == 23
    assert len(GatewayErrorCode) == 12
    assert all(code.meaning for code in (*ErrorCode, *GatewayErrorCode))


def test_each_gateway_code_has_its_http_status() -> None:
    """The table of the gateway's errors in NCP's documentation, once more by hand."""
    assert {int(code): status for code, status in GATEWAY_STATUS.items()} == {
        100: 400,
        200: 401,
        210: 401,
        230: 403,
        300: 404,
        400: 429,
        410: 429,
        420: 429,
        430: 413,
        500: 503,
        510: 504,
        900: 500,
    }
    for code in GatewayErrorCode:
        assert code.meaning.endswith(f"; comes with HTTP {GATEWAY_STATUS[code]}.")
