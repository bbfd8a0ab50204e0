"""The two functions of the signature against vectors that OpenSSL has made."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
from pathlib import Path

import ncloud_datastream_api
import pytest
from ncloud_datastream import signature

VECTORS = Path(__file__).parents[1] / "vectors"
ALL = json.loads((VECTORS / "signature-v2.json").read_text(encoding="utf-8"))
BY_NAME = {vector["name"]: vector for vector in ALL}


@pytest.fixture(params=ALL, ids=lambda vector: vector["name"])
def vector(request):
    return request.param


def test_string_to_sign(vector):
    said = signature.string_to_sign(
        vector["method"], vector["target"], vector["timestamp"], vector["access_key"]
    )
    assert said == vector["string_to_sign"]


def test_sign(vector):
    assert signature.sign(vector["secret_key"], vector["string_to_sign"]) == vector["signature"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Published by NCP, in ncp-iam-authenticator; the others are computed by hand.
        ("published-kubeconfig", "LTJli9+OKT2KvUXxiKslMfu5FIOmDN83avehOvgUFp0="),
        ("list-topics", "ThxJJVpdhFHYe2E3Xw119ykalvilafpjFwJFRvSwWks="),
        ("list-topics-sorted", "jLoQd3bP54WjoFgTSYhx7bYrGYOD7ihimBRQ3OGdyZ4="),
        ("send-message", "BVTZW2RuiOgPvuC+9PdebAvGDKBucIAz6mEYZJI5Xpo="),
    ],
)
def test_signatures_known_from_elsewhere(name, expected):
    assert BY_NAME[name]["signature"] == expected


@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "openssl", "base64"))), reason="needs bash and OpenSSL"
)
def test_openssl_makes_the_same_file():
    made = subprocess.run(
        ["bash", VECTORS / "make.sh"], capture_output=True, check=True, timeout=60
    ).stdout
    assert made == (VECTORS / "signature-v2.json").read_bytes()


def test_the_script_shares_no_code_with_us():
    script = (VECTORS / "make.sh").read_text(encoding="utf-8")
    assert "python" not in script
    assert "ncloud" not in script


def test_names_are_unique():
    assert len(BY_NAME) == len(ALL)


def test_every_operation_has_a_vector():
    folder = Path(inspect.getfile(ncloud_datastream_api)).parent
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    signed = [(v["method"], v["target"].partition("?")[0]) for v in ALL]
    missing = [
        f"{method} {path}"
        for path, item in document["paths"].items()
        for method in item.keys() & {"get", "post", "put", "delete"}
        if not any(
            verb == method.upper() and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), target)
            for verb, target in signed
        )
    ]
    assert missing == []


def test_lengths_around_a_block_of_the_hash_are_covered():
    lengths = {len(vector["secret_key"]) for vector in ALL}
    assert {63, 64, 65} <= lengths


def test_a_different_request_has_a_different_signature():
    assert len({vector["signature"] for vector in ALL}) == len(
        {(vector["string_to_sign"], vector["secret_key"]) for vector in ALL}
    )


def test_korean_text_is_signed_as_utf_8():
    # `printf '%s' 주문 | openssl dgst -sha256 -hmac 열쇠 -binary | base64`
    assert signature.sign("열쇠", "주문") == "13KLsUBpKZSljknHFxTYBvJ+K5rj8AdziZxCaCYgOaA="


def test_header_names():
    assert signature.TIMESTAMP_HEADER == "x-ncp-apigw-timestamp"
    assert signature.ACCESS_KEY_HEADER == "x-ncp-iam-access-key"
    assert signature.SIGNATURE_HEADER == "x-ncp-apigw-signature-v2"
