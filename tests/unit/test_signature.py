"""The two functions of the signature, against vectors made by OpenSSL."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ncloud_datastream import openapi_document, signature

VECTORS = Path(__file__).parents[1] / "vectors"
ALL = json.loads((VECTORS / "signature-v2.json").read_text(encoding="utf-8"))
BY_NAME = {vector["name"]: vector for vector in ALL}


@pytest.mark.parametrize("vector", ALL, ids=lambda vector: vector["name"])
def test_string_to_sign_and_signature_are_those_of_openssl(vector):
    arguments = (vector["method"], vector["target"], vector["timestamp"], vector["access_key"])
    assert signature.string_to_sign(*arguments) == vector["string_to_sign"]
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
def test_signatures_known_from_other_sources(name, expected):
    assert BY_NAME[name]["signature"] == expected


@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "openssl", "base64"))), reason="needs bash and OpenSSL"
)
def test_openssl_makes_the_vectors_without_our_code():
    script = VECTORS / "make.sh"
    made = subprocess.run(["bash", script], capture_output=True, check=True, timeout=60).stdout
    assert made == (VECTORS / "signature-v2.json").read_bytes()
    assert not re.search("python|ncloud", script.read_text(encoding="utf-8"))


def test_the_vectors_cover_the_operations_and_the_lengths_around_a_block_of_the_hash():
    assert len(BY_NAME) == len(ALL)
    signed = [(v["method"], v["target"].partition("?")[0]) for v in ALL]
    covered = [
        f"{method} {path}"
        for path, item in openapi_document()["paths"].items()
        for method in item.keys() & {"get", "post", "put", "delete"}
        if any(
            verb == method.upper() and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), target)
            for verb, target in signed
        )
    ]
    assert len(covered) >= 19  # a new operation needs no vector
    assert {63, 64, 65} <= {len(vector["secret_key"]) for vector in ALL}


def test_korean_text_is_signed_as_utf_8():
    # `printf '%s' 주문 | openssl dgst -sha256 -hmac 열쇠 -binary | base64`
    assert signature.sign("열쇠", "주문") == "13KLsUBpKZSljknHFxTYBvJ+K5rj8AdziZxCaCYgOaA="


def test_the_names_of_the_headers():
    assert signature.TIMESTAMP_HEADER == "x-ncp-apigw-timestamp"
    assert signature.ACCESS_KEY_HEADER == "x-ncp-iam-access-key"
    assert signature.SIGNATURE_HEADER == "x-ncp-apigw-signature-v2"
