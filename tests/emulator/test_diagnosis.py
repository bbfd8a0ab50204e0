"""Every mistake that is recognised, made by hand and found again."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ncloud_datastream_emulator.diagnosis import HIDDEN, diagnose
from support.mistakes import (
    ACCOUNTS,
    BODY,
    KEY,
    NOW,
    OTHER_KEY,
    OTHER_SECRET,
    QUERY,
    SECRET,
    TOPICS,
    b64,
    find,
    right,
    sign,
)

TEXTS: list[tuple[str, str, str]] = [
    # target, the text that was signed, what is said
    (QUERY, right().replace("GET", "get"), "the method is in lower case"),
    (QUERY, right(method="POST"), "the method is POST"),
    (QUERY, right(TOPICS), "the query is left out"),
    (QUERY, right(f"{TOPICS}?"), "the query is left out, but not its question mark"),
    (QUERY, right(f"{QUERY}?"), "a question mark is added at the end"),
    (QUERY, right(f"{TOPICS}?sortBy=topicName"), "the parameter searchText is left out"),
    (
        QUERY,
        right(f"{TOPICS}?sortBy=topicName&searchText=%EC%A3%BC%EB%AC%B8%20a"),
        "the parameters are in a different order",
    ),
    (
        f"{TOPICS}?f=1&e=2&d=3&c=4&b=5",
        right(f"{TOPICS}?b=5&c=4&d=3&e=2&f=1"),
        "the parameters are in a different order",
    ),
    (QUERY, right(QUERY.replace("%20", "+")), "spaces are encoded as +, but the request has %20"),
    (
        QUERY.replace("%20", "+"),
        right(),
        "spaces are encoded as %20, but the request has +",
    ),
    (
        QUERY,
        right(f"{TOPICS}?searchText=주문 a&sortBy=topicName"),
        "the query is signed before it is percent-encoded",
    ),
    (QUERY, right(QUERY.replace("%", "%25")), "the query is percent-encoded twice"),
    (
        QUERY,
        right(QUERY.replace("%EC%A3%BC%EB%AC%B8", "%ec%a3%bc%eb%ac%b8")),
        "percent escapes are in lower case in the query",
    ),
    (
        f"{TOPICS}?searchText=a(b)",
        right(f"{TOPICS}?searchText=a%28b%29"),
        "the query is percent-encoded differently",
    ),
    (f"{TOPICS}?a=&b=1", right(f"{TOPICS}?b=1"), "the parameter a is left out"),
    (f"{TOPICS}?a=&b=&c=1", right(f"{TOPICS}?c=1"), "parameters without a value are left out"),
    (f"{TOPICS}?a=", right(f"{TOPICS}?a"), "the = of a parameter without a value is left out"),
    (f"{TOPICS}?a", right(f"{TOPICS}?a="), "a = is added to a parameter without a value"),
    (TOPICS, right("/topics"), "the path is signed without its prefix /api/v1"),
    (TOPICS, right("/v1/topics"), "the path is signed without its prefix /api"),
    (f"{TOPICS}/abc", right(TOPICS), "the path is signed without its suffix /abc"),
    (TOPICS, right(f"{TOPICS}/"), "a slash is added to the path"),
    (f"{TOPICS}/", right(TOPICS), "the slash at the end of the path is missing"),
    (TOPICS, right("api/v1/topics"), "the slash at the beginning of the path is missing"),
    (f"{TOPICS}/a%2Fb", right(f"{TOPICS}/a/b"), "the path is signed before it is percent-encoded"),
    (f"{TOPICS}/a%2Fb", right(f"{TOPICS}/a%252Fb"), "the path is percent-encoded twice"),
    (
        f"{TOPICS}/a%2Fb",
        right(f"{TOPICS}/a%2fb"),
        "percent escapes are in lower case in the path",
    ),
    (
        f"{TOPICS}/a%2fb",
        right(f"{TOPICS}/a%2Fb"),
        "percent escapes are in upper case in the path",
    ),
    (TOPICS, right(f"127.0.0.1:8765{TOPICS}"), "the host precedes the path"),
    (
        QUERY,
        right(f"https://datastream.apigw.ntruss.com{QUERY}"),
        "scheme and host precede the path",
    ),
    (
        TOPICS,
        right("/photos/puppy.jpg?query1=&query2"),
        "the path of the example in NCP's description is signed",
    ),
    (QUERY, right().replace(str(NOW), "1790000000"), "the timestamp in the string is in seconds"),
    (QUERY, right().replace(str(NOW), f"{NOW}.0"), "the timestamp in the string has a fraction"),
    (QUERY, right().replace(str(NOW), ""), "the timestamp in the string is empty"),
    (
        QUERY,
        right().replace(str(NOW), str(NOW - 3)),
        "the timestamp in the string is 3 ms before the one in the header",
    ),
    (
        QUERY,
        right().replace(str(NOW), str(NOW + 100)),
        "the timestamp in the string is 100 ms after the one in the header",
    ),
    (QUERY, right().replace(KEY, KEY.lower()), "the access key in the string is in lower case"),
    (QUERY, right().replace(KEY, ""), "the access key in the string is empty"),
    (QUERY, right().replace(KEY, OTHER_KEY), "the string contains another access key"),
    (
        QUERY,
        right().replace(KEY, SECRET),
        "the string contains the secret key in place of the access key",
    ),
    (QUERY, right().replace("\n", "\r\n"), "the lines end with CR LF"),
    (QUERY, right().replace("\n", "\\n"), "each line feed is a backslash and an n"),
    (QUERY, right().replace("GET ", "GET\n"), "a line feed follows the method"),
    (QUERY, right().replace("GET ", "GET"), "no space follows the method"),
    (QUERY, right().replace("GET ", ""), "the method is left out"),
    (QUERY, f"GET {QUERY}\n{KEY}", "the timestamp is left out"),
    (QUERY, f"GET {QUERY}\n{NOW}", "the access key is left out"),
    (QUERY, right().replace(KEY, f"\n{KEY}"), "an empty line precedes the access key"),
    (QUERY, right().replace("\n", " "), "the line feeds are spaces"),
    (QUERY, right().replace("\n", ""), "there are no line feeds"),
    (
        QUERY,
        right().replace("\n", "").replace(" ", ""),
        "there are no spaces and no line feeds",
    ),
    (QUERY, f"\n{right()}", "a line feed precedes the method"),
    (QUERY, f"GET {QUERY}\n{KEY}\n{NOW}", "the lines are in a different order"),
    (QUERY, f"{right()}\n", "a line feed follows the access key"),
    (QUERY, f"{right()}\r\n", "CR LF follows the access key"),
    (QUERY, f"{right()} ", "a space follows the access key"),
    (QUERY, f"{right()}\n{BODY.decode()}", "the body is signed too"),
    (QUERY, f"{right()}{BODY.decode()}", "the body is signed too"),
    (
        QUERY,
        f"{right()}\n{hashlib.sha256(BODY).hexdigest()}",
        "a hash of the body is signed too",
    ),
    (
        QUERY,
        f"{right()}\n{b64(hashlib.sha256(BODY).digest())}",
        "a hash of the body is signed too",
    ),
]


@pytest.mark.parametrize(("target", "text", "what"), TEXTS, ids=[what for *_, what in TEXTS])
def test_another_string(target: str, text: str, what: str) -> None:
    found = find(b64(sign(text)), target)
    assert found.verdict == f"The signature fits if {what}."
    assert [each.what for each in found.advice] == [what]
    assert found.expected == f"GET {target}\n{NOW}\n{KEY}".encode()
    assert found.signed == text.replace(SECRET, HIDDEN).encode()


SECRETS: list[tuple[str | bytes, str]] = [
    (OTHER_SECRET, f"it is computed with the secret key of {OTHER_KEY}"),
    (KEY, "it is computed with the access key as the key"),
    (base64.b64decode(SECRET), "the secret key is Base64-decoded first"),
    (base64.b64encode(SECRET.encode()), "the secret key is Base64-encoded first"),
    (f"{SECRET}\n", "a line feed follows the secret key"),
    (f"{SECRET}\r\n", "CR LF follows the secret key"),
    (f"{SECRET} ", "a space follows the secret key"),
    (f'"{SECRET}"', "the secret key is in quotation marks"),
    (f"'{SECRET}'", "the secret key is in single quotation marks"),
    (f"{SECRET}&", "an ampersand follows the secret key"),
    ("", "the secret key is empty"),
]


@pytest.mark.parametrize(("secret", "what"), SECRETS)
def test_another_secret(secret: str | bytes, what: str) -> None:
    found = find(b64(sign(right(), secret)))
    assert found.verdict == f"The signature fits if {what}."
    assert found.signed == found.expected == right().encode()


def bare(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


ALGORITHMS: list[tuple[bytes, str]] = [
    (sign(right(), digest="sha1"), "the hash is SHA-1"),
    (sign(right(), digest="sha512"), "the hash is SHA-512"),
    (sign(right(), digest="sha384"), "the hash is SHA-384"),
    (sign(right(), digest="md5"), "the hash is MD5"),
    (sign(SECRET, right()), "key and message are swapped"),
    (bare(right().encode()), "it is a plain SHA-256 of the string, without a key"),
    (bare((SECRET + right()).encode()), "it is SHA-256 of key and string, not HMAC"),
    (bare((right() + SECRET).encode()), "it is SHA-256 of string and key, not HMAC"),
    (sign(right().encode("utf-16-le")), "the string is UTF-16"),
    (sign(right().encode("utf-16-be")), "the string is UTF-16, big-endian"),
    (sign(right().encode("utf-8-sig")), "a byte order mark precedes the string"),
]


@pytest.mark.parametrize(("digest", "what"), ALGORITHMS)
def test_another_algorithm(digest: bytes, what: str) -> None:
    assert find(b64(digest)).verdict == f"The signature fits if {what}."


RAW = sign(right(f"{TOPICS}?a=1"))  # has + and / in its Base64
FORMS: list[tuple[Callable[[bytes], str], str]] = [
    (bytes.hex, "it is hexadecimal"),
    (lambda digest: digest.hex().upper(), "it is hexadecimal"),
    (lambda digest: b64(digest.hex().encode()), "it is the Base64 of hexadecimal digits"),
    (lambda digest: b64(b64(digest).encode()), "it is Base64-encoded twice"),
    (lambda digest: b64(digest).rstrip("="), "it has no padding"),
    (
        lambda digest: base64.urlsafe_b64encode(digest).decode(),
        "it is in URL-safe Base64",
    ),
    (lambda digest: quote(b64(digest), safe=""), "it is percent-encoded"),
    (lambda digest: b64(digest).replace("+", " "), "its + characters are sent as spaces"),
    (
        lambda digest: str(base64.b64encode(digest)),
        "it is the repr of a Python bytes object, b'...'",
    ),
    (lambda digest: f'"{b64(digest)}"', "it is in quotation marks"),
]


@pytest.mark.parametrize(("write", "what"), FORMS)
def test_another_way_to_write_it(write: Callable[[bytes], str], what: str) -> None:
    assert "+" in b64(RAW)
    found = find(write(RAW), f"{TOPICS}?a=1")
    assert found.verdict == f"The signature fits if {what}."
    assert found.signed == found.expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            f"get {TOPICS}\n{NOW}\n{KEY}",
            "the method is in lower case and the query is left out",
        ),
        (
            f"GET /topics?searchText=주문 a&sortBy=topicName\n{NOW}\n{KEY}",
            "the query is signed before it is percent-encoded and the path is signed without its "
            "prefix /api/v1",
        ),
        (
            f"{right(TOPICS)}\n",
            "the query is left out and a line feed follows the access key",
        ),
    ],
)
def test_two_mistakes_at_once(text: str, what: str) -> None:
    found = find(b64(sign(text)))
    assert found.verdict == f"The signature fits if {what}."
    assert found.signed == text.encode()
    assert len(found.advice) == 2


def test_a_mistake_and_another_way_to_write_it() -> None:
    found = find(sign(right(TOPICS)).hex())
    assert found.verdict == "The signature fits if the query is left out and it is hexadecimal."


def test_the_old_header() -> None:
    found = find(b64(sign(right())), name="x-ncp-apigw-signature-v1")
    assert found.verdict == (
        "The signature in x-ncp-apigw-signature-v1 is correct, but it is sent in the old header."
    )
    assert found.advice[0].remedy == "Send the signature as x-ncp-apigw-signature-v2."
    assert found.signature is None


def test_a_header_with_underscores() -> None:
    found = find(b64(sign(right())), name="x_ncp_apigw_signature_v2")
    assert found.advice[0].what == "there is a header x_ncp_apigw_signature_v2"
    assert (found.verdict, found.signed) == ("", None)


UNEXPLAINED = (
    "No usual mistake explains it: compare your string to sign byte by byte, and if it is the "
    "same, the secret key is another one."
)


@pytest.mark.parametrize(
    ("signature", "verdict"),
    [
        (b64(sign(right(), "nobody's")), UNEXPLAINED),
        (b64(sign(right("/elsewhere"))), UNEXPLAINED),
        ("서명", "The signature is not Base64, not Base64 of 32 bytes."),
        ("QUJD", "The signature is Base64 of 3 bytes, not Base64 of 32 bytes."),
    ],
)
def test_nothing_explains_it(signature: str, verdict: str) -> None:
    found = find(signature)
    assert found.verdict == verdict
    assert found.signed is None
    assert len(found.advice) == 1


def test_the_secret_key_as_the_access_key() -> None:
    found = find(b64(sign(f"GET {QUERY}\n{NOW}\n{SECRET}")), key=SECRET)
    assert found.access_key == HIDDEN
    assert found.advice[0].what == "the secret key is sent as the access key"
    assert found.expected == f"GET {QUERY}\n{NOW}\n{HIDDEN}".encode()


def test_an_unknown_access_key() -> None:
    found = find(b64(sign(f"GET {QUERY}\n{NOW}\nNOBODY")), key="NOBODY")
    assert not found.is_known
    assert found.verdict == "The secret key is correct; only the access key is wrong."
    assert found.advice[0].remedy == f"Known access keys: {KEY} and {OTHER_KEY}."
    assert find(b64(sign("anything", "nobody's")), key="NOBODY").verdict == ""


@pytest.mark.parametrize(
    ("timestamp", "what", "off_ms"),
    [
        (str(NOW // 1000), "the timestamp is in seconds", NOW // 1000 - NOW),
        (f"{NOW}000", "the timestamp is in microseconds", NOW * 1000 - NOW),
        (f"{NOW}000000", "the timestamp is in nanoseconds", NOW * 1_000_000 - NOW),
        (f"{NOW}.5", "the timestamp is not an integer", None),
        ("2026-09-21T14:13:20Z", "the timestamp is not an integer", None),
        (
            str(NOW + 9 * 3_600_000),
            "the timestamp is 9 whole hours ahead, which suggests a local time",
            9 * 3_600_000,
        ),
        (
            str(NOW - 5 * 3_600_000 - 1000),
            "the timestamp is 5 whole hours behind, which suggests a local time",
            -5 * 3_600_000 - 1000,
        ),
        (str(NOW + 1_800_000), "the clocks differ", 1_800_000),
    ],
)
def test_the_timestamp(timestamp: str, what: str, off_ms: int | None) -> None:
    found = find(b64(sign(f"GET {QUERY}\n{timestamp}\n{KEY}")), timestamp=timestamp)
    assert [each.what for each in found.advice] == [what]
    assert found.off_ms == off_ms
    assert found.verdict == "Otherwise the signature is correct."


def test_a_secret_key_that_is_no_base64() -> None:
    headers = [
        (b"x-ncp-apigw-timestamp", str(NOW).encode()),
        (b"x-ncp-iam-access-key", KEY.encode()),
        (b"x-ncp-apigw-signature-v2", b64(sign(right())).encode()),
    ]
    found = diagnose("GET", QUERY, headers, b"", {KEY: "12345"}, NOW)
    assert found.verdict == UNEXPLAINED


@settings(deadline=None)
@given(target=st.text("ab/?&=+%2fF \xff\xec\xa3", max_size=30), signature=st.text(min_size=1))
def test_nothing_that_is_sent_makes_it_fail(target: str, signature: str) -> None:
    headers = [
        (b"x-ncp-apigw-timestamp", str(NOW).encode()),
        (b"x-ncp-iam-access-key", KEY.encode()),
        (b"x-ncp-apigw-signature-v2", signature.encode()),
    ]
    found = diagnose("GET", f"/{target}", headers, b"\xff", ACCOUNTS, NOW)
    assert found.verdict


def test_bytes_that_are_no_text() -> None:
    target = f"{TOPICS}?a=\xff\xec\xa3\xbc"
    text = b"GET " + target.encode("latin-1") + f"\n{NOW}\n{KEY}".encode()
    found = find(b64(sign(text + b"\n")), target)
    assert found.expected == text
    assert found.verdict == "The signature fits if a line feed follows the access key."


def test_the_refusal_says_it(call: Any) -> None:
    """One sentence of it goes into the answer, for those who see nothing else."""
    path = "/api/v1/topic-prefix"
    headers = call.headers("GET", path)
    url = f"https://datastream.apigw.ntruss.com{path}?a=1"
    details = call.client.get(url, headers=headers).json()["error"]["details"]
    assert details.startswith("The signature does not match")
    assert details.endswith(" The signature fits if the query is left out.")
    last = call.emulator.calls[-1]
    assert last.diagnosis.verdict == "The signature fits if the query is left out."
    assert call("GET", path).status_code == 200
    assert call.emulator.calls[-1].diagnosis is None
