"""Documents of other APIs are rejected with the complete list of reasons, or generated."""

import os
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from documents import Document
from generator.conftest import body, response
from regenerate import main
from unsupported import unsupported

Node = dict[str, Any]

# Test data of oasdiff's dependencies, which are there once `make contract-diff` has run.
MODULES = Path(os.environ.get("GOMODCACHE") or Path.home() / "go" / "pkg" / "mod") / "github.com"
PUBLIC = {
    path.name: path
    for path in chain(
        MODULES.glob("getkin/kin-openapi@*/openapi3filter/testdata/fixtures/petstore.json"),
        MODULES.glob("getkin/kin-openapi@*/openapi3/testdata/oai_v3_stoplight.json"),
        MODULES.glob("getkin/kin-openapi@*/openapi3/testdata/issue796.yml"),
        MODULES.glob("speakeasy-api/openapi@*/openapi/testdata/petstore31.openapi.json"),
    )
}


def pet_store(**changes: Any) -> Node:
    """Return a pet store in OpenAPI 3.1."""
    pet = {"$ref": "#/components/schemas/Pet"}
    key = {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}
    get = {"operationId": "getPet", "tags": ["pet"], "parameters": [key]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pet store", "version": "1.0.0"},
        "servers": [{"url": "/api/v31"}],
        "paths": {
            "/pets/{petId}": {
                "get": get | {"responses": {"200": response(pet)}},
            },
            "/pets": {
                "post": {
                    "tags": ["pet"],
                    "security": [{"petstore_auth": ["write:pets"]}],
                    "requestBody": body(pet),
                    "responses": {"default": response(description="Done.")},
                }
            },
        },
        "webhooks": {"newPet": {"post": {"responses": {"200": response()}}}},
        "components": {
            "schemas": {
                "Pet": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": {"type": "string"},
                        "tag": {"type": ["string", "null"]},
                        "photos": {"type": "array", "prefixItems": [{"type": "string"}]},
                    },
                }
            },
            "securitySchemes": {"petstore_auth": {"type": "oauth2", "flows": {}}},
        },
    } | changes


def test_a_pet_store_in_openapi_31_is_rejected_with_every_reason(
    saved: Callable[[Any], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = saved(pet_store())
    assert main(["--document", str(document), "--output", str(tmp_path / "client")]) == 1
    lines = capsys.readouterr().err.replace("nothing regenerated: api.yaml: ", "").splitlines()
    assert sorted(lines) == [
        "components.schemas.Pet.properties.photos: the array has no items: add items",
        "components.schemas.Pet.properties.tag.type: ['string', 'null'] is not an OpenAPI 3.0 "
        "type: use one of its types",
        "components.securitySchemes.petstore_auth: only NCP's request signature is supported: "
        "remove it",
        "openapi: '3.1.0' is not supported: use OpenAPI 3.0.3",
        "paths./pets.post.responses: no 2xx response is documented: document one",
        "paths./pets.post.security: security cannot differ between operations: remove it here",
        "paths./pets.post: the operation has no operationId: add one",
        "servers[0].url: '/api/v31' is not an origin: use https:// and a host, and move the rest "
        "into the paths",
        "servers[0]: the server has no x-server-name: add one",
    ]


def test_the_pet_store_generates_after_following_the_remedies(
    saved: Callable[[Any], Path], tmp_path: Path
) -> None:
    whole = pet_store(
        openapi="3.0.3", servers=[{"url": "https://pets.invalid", "x-server-name": "pets"}]
    )
    del whole["components"]["securitySchemes"], whole["webhooks"]
    post = whole["paths"]["/pets"]["post"]
    del post["security"]
    post |= {"operationId": "addPet", "responses": {"200": response()}}
    properties = whole["components"]["schemas"]["Pet"]["properties"]
    properties["tag"] = {"type": "string", "nullable": True}
    properties["photos"] = {"type": "array", "items": {"type": "string"}}
    output = tmp_path / "client"
    assert main(["--document", str(saved(whole)), "--output", str(output)]) == 0
    assert (output / "models" / "pet.py").exists()


def reasons(path: Path) -> list[str]:
    """Return every reason, without the error handling that could cut the list short."""
    found: list[str] = []
    unsupported(
        Document.read(path),
        frozenset(),
        lambda place, reason, _: found.append(f"{place}: {reason}"),
    )
    return found


@pytest.mark.skipif(not PUBLIC, reason="no public documents in the Go module cache")
def test_public_documents_are_rejected_with_the_complete_list_of_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, path in PUBLIC.items():
        assert main(["--document", str(path), "--output", str(tmp_path / "client")]) == 1
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) > 5, name
        start = f"nothing regenerated: {name}: "
        assert all(line.startswith(start) and line.isprintable() for line in lines)
        listed = "\n".join(lines)
        assert [each for each in reasons(path) if f"{start}{each}"[:290] not in listed] == []
    assert not (tmp_path / "client").exists()
