"""The document, the enums and the pages agree with NCP's overview."""

import hashlib
import hmac
import json
from base64 import b64encode
from http import HTTPStatus
from types import ModuleType

import pytest
from contract import overview
from contract.document import (
    COMPONENTS,
    DOCUMENT,
    ROOT,
    SCHEMAS,
    Operation,
    content,
    operations,
    resolve,
)
from ncloud_datastream.codes import GATEWAY_STATUS, ErrorCode, GatewayErrorCode
from support.modules import load_module

INFO = DOCUMENT["info"]["description"]
CHAPTERS = "\n".join(tag["description"] for tag in DOCUMENT["tags"] if tag.get("x-traitTag"))
OPERATIONS = operations()
VECTORS = json.loads((ROOT / "tests/vectors/signature-v2.json").read_text("utf-8"))


def rows(text: str) -> list[list[str]]:
    """Return the rows of all Markdown tables in a text."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def pages() -> ModuleType:
    """Return the module that builds the pages of the documentation."""
    return load_module(ROOT / "docs" / "hooks.py")


# ---- the service and its hosts
def test_the_description_is_one_short_paragraph_about_the_service() -> None:
    # Many generators copy it into every file.
    assert all(word in INFO for word in overview.SERVICE)
    assert "\n" not in INFO
    assert len(INFO.split()) <= 120


def test_the_document_has_both_hosts_and_a_path_names_a_server_only_if_it_differs() -> None:
    items = DOCUMENT["paths"].values()
    servers = [*DOCUMENT["servers"], *(s for item in items for s in item.get("servers", ()))]
    assert {server["x-server-name"]: server["url"] for server in servers} == overview.HOSTS

    [server] = DOCUMENT["servers"]
    own = {path: item["servers"] for path, item in DOCUMENT["paths"].items() if "servers" in item}
    assert list(own) == ["/api/produce"]
    assert server not in own["/api/produce"]
    assert "Only `/api/produce`" in INFO


def test_request_headers_and_limits() -> None:
    signed = {scheme["name"] for scheme in COMPONENTS["securitySchemes"].values()}
    for name, (required, meaning) in overview.HEADERS.items():
        assert [f"`{name}`", "yes" if required else "optional", meaning] in rows(CHAPTERS)
        assert (name in signed) == required
    for name, limit in overview.LIMITS.items():
        assert [name, limit] in rows(CHAPTERS)


# ---- statuses
@pytest.mark.parametrize("status", overview.STATUSES)
def test_statuses_have_the_words_of_the_overview(status: int) -> None:
    name, meaning = overview.STATUSES[status]
    assert name in ("", HTTPStatus(status).phrase)
    assert [f"{status} {name}".strip(), meaning] in rows(CHAPTERS)
    for operation in OPERATIONS.values():
        response = resolve(operation.raw["responses"].get(str(status), {"description": ""}))
        # The description of a 200 is that of its body.
        if response["description"] and status != 200:
            text = response["description"].lower()
            assert text.startswith(meaning), operation.raw["operationId"]


# ---- errors
def test_an_error_has_the_fields_of_the_overview() -> None:
    properties = SCHEMAS["ErrorResponse"]["properties"]
    assert [*properties] == [*overview.ERROR_FIELDS, "error"]
    assert "required" not in SCHEMAS["ErrorResponse"]
    for name, meaning in overview.ERROR_FIELDS.items():
        field = resolve(properties[name])
        assert meaning in field["description"]
        # The table lists strings only, the sample shows the status as a number.
        assert field.get("type") == (None if name == "status" else "string")


def test_the_sample_of_an_error_is_verbatim() -> None:
    bad_request = COMPONENTS["responses"]["BadRequest"]["content"]
    for media in bad_request.values():
        sample = resolve(media["examples"]["overview"])["value"]
        assert sample == overview.ERROR_SAMPLE
        assert list(sample) == list(overview.ERROR_SAMPLE)
    vectors = json.loads((ROOT / "tests/vectors/errors.json").read_text("utf-8"))
    [vector] = [each for each in vectors if each["name"] == "problem-without-code"]
    assert json.loads(vector["body"]) == overview.ERROR_SAMPLE


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_every_error_has_an_example_of_each_possible_sender(operation: Operation) -> None:
    raw = operation.raw
    own = "messageHost" if raw["operationId"] == "sendMessage" else "service"
    other = "service" if own == "messageHost" else "messageHost"
    for status, response in raw["responses"].items():
        if not status.startswith("2"):
            names = set(content(response)["examples"])
            assert other not in names
            assert (own in names) == (status not in {"413", "503", "504"}), status
            assert ("gateway" in names) == (status != "409"), status


def meaning(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def test_error_codes_have_the_words_of_the_overview() -> None:
    expected = {code: meaning(words) for code, words in overview.ERROR_CODES.items()}
    schema = SCHEMAS["ErrorCode"]
    assert len(expected) == 23
    assert dict(zip(schema["enum"], schema["x-enum-descriptions"], strict=True)) == expected
    assert {code.value: code.meaning for code in ErrorCode} == expected
    table = rows(pages().MADE["<!-- error codes -->"]())
    for code in ErrorCode:
        assert [f"`{code.name}`", f"`{code.value}`", expected[code.value]] in table


def test_gateway_codes_have_the_words_of_the_gateway() -> None:
    schema = SCHEMAS["GatewayErrorCode"]
    found = zip(
        schema["enum"], schema["x-enum-varnames"], schema["x-enum-descriptions"], strict=True
    )
    table = rows(pages().MADE["<!-- error codes -->"]())
    for (number, varname, text), (code, fact) in zip(
        found, overview.GATEWAY_CODES.items(), strict=True
    ):
        name, status, message = fact
        member = GatewayErrorCode(code)
        assert (number, varname) == (code, name) == (member.value, member.name)
        assert text == member.meaning == f"{message}; comes with HTTP {status}."
        assert GATEWAY_STATUS[member] == status
        assert [f"`{name}`", f"`{code}`", str(status), text] in table


def test_every_gateway_code_has_an_example_with_its_message() -> None:
    shown = {}
    for response in COMPONENTS["responses"].values():
        for example in content(response).get("examples", {}).values():
            value = resolve(example)["value"]
            if "error" in value:
                shown[str(value["error"]["errorCode"])] = value["error"]["message"]
    assert shown == {code: message for code, (_, _, message) in overview.GATEWAY_CODES.items()}


# ---- signing
def test_the_signing_vector_is_published_and_correct() -> None:
    vector = COMPONENTS["securitySchemes"]["Signature"]["x-signing-vector"]
    digest = hmac.digest(
        vector["secretKey"].encode(), vector["stringToSign"].encode(), hashlib.sha256
    )
    assert b64encode(digest).decode() == vector["signature"]
    assert vector["stringToSign"] == (
        f"{vector['method']} {vector['target']}\n{vector['timestamp']}\n{vector['accessKey']}"
    )
    published = next(each for each in VECTORS if each["signature"] == vector["signature"])
    assert published["target"] == vector["target"]
