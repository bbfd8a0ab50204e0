"""`make contract` writes one document per host, for generators that support a single server."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from contract import overview
from contract.document import ROOT, operations, walk
from openapi_spec_validator import OpenAPIV30SpecValidator

SCRIPT = ROOT / "generator" / "contract" / "hosts.py"
NAMES = ["openapi.json", *(f"openapi-{name}.json" for name in overview.HOSTS)]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("contract") / "dist"
    done = subprocess.run(
        [sys.executable, SCRIPT, folder], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == [str(folder / name) for name in NAMES]
    return {path.name: json.loads(path.read_text("utf-8")) for path in Path(folder).iterdir()}


def test_every_operation_is_in_the_document_of_its_host(documents: dict[str, Any]) -> None:
    package = ROOT / "generated" / "ncloud_datastream_api" / "openapi.json"
    assert documents["openapi.json"] == json.loads(package.read_text("utf-8"))
    parts = [
        [
            operation["operationId"]
            for item in documents[f"openapi-{host}.json"]["paths"].values()
            for operation in item.values()
            if isinstance(operation, dict)
        ]
        for host in overview.HOSTS
    ]
    assert sorted(name for part in parts for name in part) == sorted(operations())
    assert parts[1] == ["sendMessage"]


@pytest.mark.parametrize("host", overview.HOSTS)
def test_the_document_of_a_host_has_one_server_and_only_used_components(
    host: str, documents: dict[str, Any]
) -> None:
    document = documents[f"openapi-{host}.json"]
    servers = {place: node for place, node in walk(document) if place.endswith("/servers")}
    assert list(servers) == ["#/servers"]
    assert [server["url"] for server in document["servers"]] == [overview.HOSTS[host]]
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []
    used = {node["$ref"] for _, node in walk(document) if isinstance(node, dict) and "$ref" in node}
    for kind, components in document["components"].items():
        if kind != "securitySchemes":
            assert {f"#/components/{kind}/{name}" for name in components} <= used
