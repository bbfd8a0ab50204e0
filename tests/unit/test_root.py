"""What `import ncloud_datastream` loads and provides, and the error codes."""

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
import yaml
from ncloud_datastream import openapi_document
from ncloud_datastream.codes import GATEWAY_STATUS, ErrorCode, GatewayErrorCode
from ncloud_datastream_api import models

SCHEMAS: dict[str, Any] = openapi_document()["components"]["schemas"]
FOLDERS = sorted(
    {
        str(Path(package.__path__[0]).parent)
        for package in (ncloud_datastream, ncloud_datastream_api)
    }
)


def in_a_fresh_interpreter(code: str) -> Any:
    """Return the JSON output of a program that has only the standard library and our packages."""
    program = f"import sys; sys.path += {FOLDERS!r}\n{code}"
    command = [sys.executable, "-I", "-S", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture
def fresh() -> ModuleType:
    """The package as it is before any name is used."""
    spec = ncloud_datastream.__spec__
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_importing_the_package_loads_no_other_module() -> None:
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


def test_signing_and_the_document_need_no_http_library() -> None:
    assert in_a_fresh_interpreter(
        """
import json
from ncloud_datastream import (
    __version__, sign, string_to_sign, DataStreamError, Credentials, openapi_document
)
openapi_document()
print(json.dumps([sign("SK", string_to_sign("GET", "/", 1, "AK")), "httpx" in sys.modules]))
"""
    ) == [ncloud_datastream.sign("SK", "GET /\n1\nAK"), False]


def test_every_public_name_is_imported_on_first_use(fresh: ModuleType) -> None:
    assert list(ncloud_datastream.__all__) == sorted(set(ncloud_datastream.__all__))
    for name in ncloud_datastream.__all__:
        assert name in dir(fresh)
        found = getattr(fresh, name)
        assert found is getattr(ncloud_datastream, name)
        assert name in vars(fresh)
        if inspect.isclass(found):
            assert found.__name__ == name
            assert inspect.getdoc(found)
    names: dict[str, Any] = {}
    exec("from ncloud_datastream import *", names)
    assert set(ncloud_datastream.__all__) <= set(names)


@pytest.mark.parametrize("name", ["Datastream", "httpx", "__path"])
def test_an_unknown_name_is_an_attribute_error(name: str, fresh: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"'ncloud_datastream' has no attribute '{name}'"):
        getattr(fresh, name)
    assert name not in dir(fresh)


def test_type_checkers_see_the_same_names() -> None:
    source = inspect.getsource(ncloud_datastream)
    _, _, rest = source.partition("if TYPE_CHECKING:\n")
    block, _, _ = rest.partition("__all__")
    names: dict[str, Any] = {"__name__": "ncloud_datastream", "__package__": "ncloud_datastream"}
    exec(inspect.cleandoc(block), names)
    for name in set(ncloud_datastream.__all__) - {"__version__"}:
        assert names[name] is getattr(ncloud_datastream, name)
    for package in (ncloud_datastream, ncloud_datastream_api):
        assert files(package).joinpath("py.typed").is_file()


def test_the_version_is_that_of_the_distribution() -> None:
    assert ncloud_datastream.__version__ == version("ncloud-datastream")


def test_the_installed_document_is_openapi_yaml_and_each_call_returns_a_copy() -> None:
    source = (Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8")
    document = openapi_document()
    assert document == yaml.load(source, yaml.CSafeLoader)
    document.clear()
    assert openapi_document()["openapi"] == "3.0.3"


# --- codes and enums -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if "enum" in schema])
def test_an_enum_has_the_values_of_the_document_and_stays_open(name: str) -> None:
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


def test_each_gateway_code_has_its_http_status() -> None:
    """The table of the gateway's errors in NCP's documentation, copied by hand."""
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
    assert len(ErrorCode) == 23
    assert all(code.meaning for code in (*ErrorCode, *GatewayErrorCode))
