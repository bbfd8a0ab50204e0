"""Every mistake that is recognized: made here, and found again by the diagnosis."""

from __future__ import annotations

import base64
import hashlib
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

SLASH = f"{TOPICS}/a%2Fb"
HASH = hashlib.sha256(BODY)
# What is said, the text that was signed, and the target if it is not QUERY.
TEXTS: list[tuple[str, ...]] = [
    ("the method is in lower case", right().replace("GET", "get")),
    ("the method is POST", right(method="POST")),
    ("the query is left out", right(TOPICS)),
    ("the query is left out, but not its question mark", right(f"{TOPICS}?")),
    ("a question mark is added at the end", right(f"{QUERY}?")),
    ("the parameter searchText is left out", right(f"{TOPICS}?sortBy=topicName")),
    ("the parameter a is left out", right(f"{TOPICS}?b=1"), f"{TOPICS}?a=&b=1"),
    ("the parameters are in a different order", right(f"{TOPICS}?b=2&a=1"), f"{TOPICS}?a=1&b=2"),
    (
        "the parameters are in a different order",
        right(f"{TOPICS}?b=5&c=4&d=3&e=2&f=1"),
        f"{TOPICS}?f=1&e=2&d=3&c=4&b=5",
    ),
    ("spaces are encoded as +, but the request has %20", right(QUERY.replace("%20", "+"))),
    ("spaces are encoded as %20, but the request has +", right(), QUERY.replace("%20", "+")),
    (
        "the query is signed before it is percent-encoded",
        right(f"{TOPICS}?searchText=주문 a&sortBy=topicName"),
    ),
    ("the query is percent-encoded twice", right(QUERY.replace("%", "%25"))),
    (
        "percent escapes are in lower case in the query",
        right(f"{TOPICS}?a=%ec"),
        f"{TOPICS}?a=%EC",
    ),
    ("the query is percent-encoded differently", right(f"{TOPICS}?a=b%28"), f"{TOPICS}?a=b("),
    ("parameters without a value are left out", right(f"{TOPICS}?c=1"), f"{TOPICS}?a=&b=&c=1"),
    ("the = of a parameter without a value is left out", right(f"{TOPICS}?a"), f"{TOPICS}?a="),
    ("a = is added to a parameter without a value", right(f"{TOPICS}?a="), f"{TOPICS}?a"),
    ("the path is signed without its prefix /api/v1", right("/topics"), TOPICS),
    ("the path is signed without its prefix /api", right("/v1/topics"), TOPICS),
    ("the path is signed without its suffix /abc", right(TOPICS), f"{TOPICS}/abc"),
    ("a slash is added to the path", right(f"{TOPICS}/"), TOPICS),
    ("the slash at the end of the path is missing", right(TOPICS), f"{TOPICS}/"),
    ("the slash at the beginning of the path is missing", right("api/v1/topics"), TOPICS),
    ("the path is signed before it is percent-encoded", right(f"{TOPICS}/a/b"), SLASH),
    ("the path is percent-encoded twice", right(f"{TOPICS}/a%252Fb"), SLASH),
    ("percent escapes are in lower case in the path", right(f"{TOPICS}/a%2fb"), SLASH),
    ("percent escapes are in upper case in the path", right(SLASH), f"{TOPICS}/a%2fb"),
    ("the host precedes the path", right(f"127.0.0.1:8765{TOPICS}"), TOPICS),
    ("scheme and host precede the path", right(f"https://datastream.apigw.ntruss.com{QUERY}")),
    (
        "the path of the example in NCP's description is signed",
        right("/photos/puppy.jpg?query1=&query2"),
        TOPICS,
    ),
    ("the timestamp in the string is in seconds", right().replace(str(NOW), "1790000000")),
    ("the timestamp in the string has a fraction", right().replace(str(NOW), f"{NOW}.0")),
    ("the timestamp in the string is empty", right().replace(str(NOW), "")),
    (
        "the timestamp in the string is 3 ms before the one in the header",
        right().replace(str(NOW), str(NOW - 3)),
    ),
    (
        "the timestamp in the string is 100 ms after the one in the header",
        right().replace(str(NOW), str(NOW + 100)),
    ),
    ("the access key in the string is in lower case", right().replace(KEY, KEY.lower())),
    ("the access key in the string is empty", right().replace(KEY, "")),
    ("the string contains another access key", right().replace(KEY, OTHER_KEY)),
    (
        "the string contains the secret key in place of the access key",
        right().replace(KEY, SECRET),
    ),
    ("the lines end with CR LF", right().replace("\n", "\r\n")),
    ("each line feed is a backslash and an n", right().replace("\n", "\\n")),
    ("a line feed follows the method", right().replace("GET ", "GET\n")),
    ("no space follows the method", right().replace("GET ", "GET")),
    ("the method is left out", right().replace("GET ", "")),
    ("the timestamp is left out", f"GET {QUERY}\n{KEY}"),
    ("the access key is left out", f"GET {QUERY}\n{NOW}"),
    ("an empty line precedes the access key", right().replace(KEY, f"\n{KEY}")),
    ("the line feeds are spaces", right().replace("\n", " ")),
    ("there are no line feeds", right().replace("\n", "")),
    ("there are no spaces and no line feeds", right().replace("\n", "").replace(" ", "")),
    ("a line feed precedes the method", f"\n{right()}"),
    ("the lines are in a different order", f"GET {QUERY}\n{KEY}\n{NOW}"),
    ("a line feed follows the access key", f"{right()}\n"),
    ("CR LF follows the access key", f"{right()}\r\n"),
    ("a space follows the access key", f"{right()} "),
    ("the body is signed too", f"{right()}\n{BODY.decode()}"),
    ("the body is signed too", f"{right()}{BODY.decode()}"),
    ("a hash of the body is signed too", f"{right()}\n{HASH.hexdigest()}"),
    ("a hash of the body is signed too", f"{right()}\n{b64(HASH.digest())}"),
]


@pytest.mark.parametrize("row", TEXTS, ids=[what for what, *_ in TEXTS])
def test_a_mistake_in_the_string_to_sign_is_found(row: tuple[str, ...]) -> None:
    what, text, target = row if len(row) == 3 else (*row, QUERY)
    found = find(b64(sign(text)), target)
    assert found.verdict == f"The signature fits if {what}."
    assert [each.what for each in found.advice] == [what]
    assert found.expected == f"GET {target}\n{NOW}\n{KEY}".encode()
    assert found.signed == text.replace(SECRET, HIDDEN).encode()


def hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


RAW = sign(right())
assert {*"+/"} & {*b64(RAW)}, "else URL-safe Base64 would be the same"
# What is said and the signature that is sent.
SIGNATURES: list[tuple[str, str]] = [
    (f"it is computed with the secret key of {OTHER_KEY}", b64(sign(right(), OTHER_SECRET))),
    ("it is computed with the access key as the key", b64(sign(right(), KEY))),
    ("the secret key is Base64-decoded first", b64(sign(right(), base64.b64decode(SECRET)))),
    ("the secret key is Base64-encoded first", b64(sign(right(), b64(SECRET.encode())))),
    ("a line feed follows the secret key", b64(sign(right(), f"{SECRET}\n"))),
    ("CR LF follows the secret key", b64(sign(right(), f"{SECRET}\r\n"))),
    ("a space follows the secret key", b64(sign(right(), f"{SECRET} "))),
    ("the secret key is in quotation marks", b64(sign(right(), f'"{SECRET}"'))),
    ("the secret key is in single quotation marks", b64(sign(right(), f"'{SECRET}'"))),
    ("an ampersand follows the secret key", b64(sign(right(), f"{SECRET}&"))),
    ("the secret key is empty", b64(sign(right(), ""))),
    *(
        (f"the hash is {name}", b64(sign(right(), digest=digest)))
        for name, digest in (
            ("SHA-1", "sha1"),
            ("SHA-512", "sha512"),
            ("SHA-384", "sha384"),
            ("MD5", "md5"),
        )
    ),
    ("key and message are swapped", b64(sign(SECRET, right()))),
    ("it is a plain SHA-256 of the string, without a key", b64(hashed(right()))),
    ("it is SHA-256 of key and string, not HMAC", b64(hashed(SECRET + right()))),
    ("it is SHA-256 of string and key, not HMAC", b64(hashed(right() + SECRET))),
    ("the string is UTF-16", b64(sign(right().encode("utf-16-le")))),
    ("the string is UTF-16, big-endian", b64(sign(right().encode("utf-16-be")))),
    ("a byte order mark precedes the string", b64(sign(right().encode("utf-8-sig")))),
    ("it is hexadecimal", RAW.hex()),
    ("it is hexadecimal", RAW.hex().upper()),
    ("it is the Base64 of hexadecimal digits", b64(RAW.hex().encode())),
    ("it is Base64-encoded twice", b64(b64(RAW).encode())),
    ("it has no padding", b64(RAW).rstrip("=")),
    ("it is in URL-safe Base64", base64.urlsafe_b64encode(RAW).decode()),
    ("it is percent-encoded", quote(b64(RAW), safe="")),
    ("its + characters are sent as spaces", b64(RAW).replace("+", " ")),
    ("it is the repr of a Python bytes object, b'...'", str(base64.b64encode(RAW))),
    ("it is in quotation marks", f'"{b64(RAW)}"'),
]


@pytest.mark.parametrize(("what", "signature"), SIGNATURES)
def test_a_mistake_in_key_algorithm_or_notation_is_found(what: str, signature: str) -> None:
    found = find(signature)
    assert found.verdict == f"The signature fits if {what}."
    assert found.signed is not None
    if "the string" not in what and "byte order" not in what:
        assert found.signed == found.expected == right().encode()


@pytest.mark.parametrize(
    ("what", "signature"),
    [
        (
            "the method is in lower case and the query is left out",
            b64(sign(f"get {TOPICS}\n{NOW}\n{KEY}")),
        ),
        (
            "the query is signed before it is percent-encoded and the path is signed without its "
            "prefix /api/v1",
            b64(sign(right("/topics?searchText=주문 a&sortBy=topicName"))),
        ),
        ("the query is left out and it is hexadecimal", sign(right(TOPICS)).hex()),
    ],
)
def test_two_mistakes_at_once_are_found(what: str, signature: str) -> None:
    found = find(signature)
    assert found.verdict == f"The signature fits if {what}."
    assert len(found.advice) == 2


def test_a_wrong_header_name_is_found() -> None:
    found = find(b64(RAW), name="x-ncp-apigw-signature-v1")
    assert found.verdict == (
        "The signature in x-ncp-apigw-signature-v1 is correct, but it is sent in the old header."
    )
    assert found.advice[0].remedy == "Send the signature as x-ncp-apigw-signature-v2."
    assert found.signature is None
    found = find(b64(RAW), name="x_ncp_apigw_signature_v2")
    assert found.advice[0].what == "there is a header x_ncp_apigw_signature_v2"
    assert (found.verdict, found.signed) == ("", None)


UNEXPLAINED = (
    "No common mistake explains it: check the secret key, and compare your string to sign with "
    "the expected one byte by byte."
)


@pytest.mark.parametrize(
    ("signature", "verdict"),
    [
        (b64(sign(right(), "unknown")), UNEXPLAINED),
        (b64(sign(right("/elsewhere"))), UNEXPLAINED),
        ("서명", "The signature is not Base64, not Base64 of 32 bytes."),
        ("QUJD", "The signature is Base64 of 3 bytes, not Base64 of 32 bytes."),
    ],
)
def test_an_unexplained_signature_gets_general_advice(signature: str, verdict: str) -> None:
    found = find(signature)
    assert (found.verdict, found.signed, len(found.advice)) == (verdict, None, 1)


def test_a_secret_key_in_place_of_the_access_key_is_hidden() -> None:
    found = find(b64(sign(f"GET {QUERY}\n{NOW}\n{SECRET}")), key=SECRET)
    assert found.access_key == HIDDEN
    assert found.advice[0].what == "the secret key is sent as the access key"
    assert found.expected == f"GET {QUERY}\n{NOW}\n{HIDDEN}".encode()


def test_an_unknown_access_key_is_reported_with_the_known_ones() -> None:
    found = find(b64(sign(f"GET {QUERY}\n{NOW}\nUNKNOWN")), key="UNKNOWN")
    assert not found.is_known
    assert found.verdict == "The secret key is correct; only the access key is wrong."
    assert found.advice[0].remedy == f"Known access keys: {KEY} and {OTHER_KEY}."
    assert find(b64(sign("anything", "unknown")), key="UNKNOWN").verdict == ""


HOUR = 3_600_000


@pytest.mark.parametrize(
    ("timestamp", "what"),
    [
        (str(NOW // 1000), "the timestamp is in seconds"),
        (f"{NOW}000", "the timestamp is in microseconds"),
        (f"{NOW}000000", "the timestamp is in nanoseconds"),
        (f"{NOW}.5", "the timestamp is not an integer"),
        (str(NOW + 9 * HOUR), "the timestamp is 9 whole hours ahead, which suggests a local time"),
        (
            str(NOW - 5 * HOUR - 1000),
            "the timestamp is 5 whole hours behind, which suggests a local time",
        ),
        (str(NOW + HOUR // 2), "the clocks differ"),
    ],
)
def test_a_wrong_timestamp_is_explained(timestamp: str, what: str) -> None:
    found = find(b64(sign(f"GET {QUERY}\n{timestamp}\n{KEY}")), timestamp=timestamp)
    assert [each.what for each in found.advice] == [what]
    assert found.off_ms == (int(timestamp) - NOW if timestamp.isdigit() else None)
    assert found.verdict == "Otherwise the signature is correct."


def diagnosed(target: str, signature: str, body: bytes, accounts: dict[str, str]) -> str:
    headers = [
        (b"x-ncp-apigw-timestamp", str(NOW).encode()),
        (b"x-ncp-iam-access-key", KEY.encode()),
        (b"x-ncp-apigw-signature-v2", signature.encode()),
    ]
    return diagnose("GET", target, headers, body, accounts, NOW).verdict


def test_a_secret_key_need_not_be_base64() -> None:
    assert diagnosed(QUERY, b64(RAW), b"", {KEY: "12345"}) == UNEXPLAINED


@settings(max_examples=40, deadline=None)
@given(target=st.text("ab/?&=+%2fF \xff\xec\xa3", max_size=30), signature=st.text(min_size=1))
def test_any_target_and_signature_has_a_verdict(target: str, signature: str) -> None:
    assert diagnosed(f"/{target}", signature, b"\xff", ACCOUNTS)


def test_bytes_that_are_not_utf8_are_preserved() -> None:
    target = f"{TOPICS}?a=\xff\xec\xa3\xbc"
    text = b"GET " + target.encode("latin-1") + f"\n{NOW}\n{KEY}".encode()
    found = find(b64(sign(text + b"\n")), target)
    assert found.expected == text
    assert found.verdict == "The signature fits if a line feed follows the access key."


def test_the_401_contains_the_verdict(call: Any) -> None:
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
