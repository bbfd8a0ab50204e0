"""The document that travels with the package is the one that the client was made from."""

import subprocess
import sys
from pathlib import Path

import yaml
from ncloud_datastream import openapi_document

ROOT = Path(__file__).parents[2]


def test_it_is_the_document() -> None:
    assert openapi_document() == yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))


def test_each_caller_has_a_copy() -> None:
    openapi_document().clear()
    assert openapi_document()["openapi"] == "3.0.3"


def test_it_costs_no_http_library() -> None:
    code = (
        "import sys; from ncloud_datastream import openapi_document; openapi_document(); "
        "sys.exit('httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
