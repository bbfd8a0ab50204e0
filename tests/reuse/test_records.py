"""What is, and what is not, the same in the records of two tellings."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import httpx
import pytest
from ncloud_datastream.signature import (
    ACCESS_KEY_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    sign,
    string_to_sign,
)
from ncloud_datastream_emulator import Call
from records import HEADERS, compare, target_writings
from world import World, world

TARGET = "/api/v1/topics?searchText=a+b"
BODY = b'{"name":"h4j6l-a","partitions":1}'


def tell(
    change: Callable[[dict[str, str]], object] = lambda headers: None,
    *,
    body: bytes = BODY,
    target: str = TARGET,
    age: float = 0.0,
    keep: bool = True,
) -> Sequence[Call]:
    """Make two calls over a socket, the second perhaps not as it should be."""
    with world() as place:
        with httpx.Client(base_url=place.environment["NCLOUD_DATASTREAM_MANAGEMENT_URL"]) as client:
            client.get(target, headers=signed(place, "GET", target))
            if keep:
                headers = signed(place, "POST", "/api/v1/topics", age)
                headers["Content-Type"] = "application/json"
                change(headers)
                client.post("/api/v1/topics", headers=headers, content=body)
        return place.emulator.calls


def signed(place: World, method: str, target: str, age: float = 0.0) -> dict[str, str]:
    timestamp = int((time.time() - age) * 1000)
    keys = place.emulator.credentials
    text = string_to_sign(method, target, timestamp, keys.access_key)
    return {
        TIMESTAMP_HEADER: str(timestamp),
        ACCESS_KEY_HEADER: keys.access_key,
        SIGNATURE_HEADER: sign(keys.secret_key, text),
    }


@pytest.fixture(scope="module")
def expected() -> Sequence[Call]:
    return tell()


def faults(expected: Sequence[Call], actual: Sequence[Call]) -> str:
    return "\n".join(compare(expected, actual).faults)


def test_same_story_has_no_faults(expected: Sequence[Call]) -> None:
    comparison = compare(expected, tell())
    assert comparison.faults == ()
    assert comparison.writings == frozenset()
    assert [call.status for call in expected] == [200, 200]


def test_other_headers_and_layout_of_a_body_do_not_count(expected: Sequence[Call]) -> None:
    told = tell(
        lambda headers: headers.update({"Accept-Language": "ko"}),
        body=b'{ "partitions": 1, "name": "h4j6l-\\u0061" }',
    )
    assert faults(expected, told) == ""


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":"h4j6l-a","partitions":2}',
        b'{"name":"h4j6l-a","partitions":true}',
        b'{"name":"h4j6l-a","partitions":1,"description":null}',
        b'{"name":"h4j6l-a"}',
        b"not JSON",
        b"",
    ],
)
def test_changed_body_is_a_fault(body: bytes, expected: Sequence[Call]) -> None:
    assert "call 2 (createTopic): body is " in faults(expected, tell(body=body))


@pytest.mark.parametrize("name", [TIMESTAMP_HEADER, ACCESS_KEY_HEADER, SIGNATURE_HEADER])
def test_missing_header_is_a_fault(name: str, expected: Sequence[Call]) -> None:
    found = faults(expected, tell(lambda headers: headers.pop(name)))
    assert f"call 2 (createTopic): header {name} is missing" in found


def test_missing_content_type_is_a_fault(expected: Sequence[Call]) -> None:
    found = faults(expected, tell(lambda headers: headers.pop("Content-Type")))
    assert "call 2 (createTopic): header content-type is missing" in found


def test_header_too_much_is_a_fault(expected: Sequence[Call]) -> None:
    told = [replace(expected[0], header_names=tuple(HEADERS)), *expected[1:]]
    assert faults(expected, told) == "call 1 (listTopics): header content-type is too much"


def test_stale_signature_is_a_fault(expected: Sequence[Call]) -> None:
    assert "signature_valid is False instead of True" in faults(expected, tell(age=301))


def test_call_to_the_wrong_host_is_a_fault(expected: Sequence[Call]) -> None:
    with world() as place:
        urls = [
            place.environment[f"NCLOUD_DATASTREAM_{name}_URL"] for name in ("MANAGEMENT", "MESSAGE")
        ]
        for url, target in ((urls[1], TARGET), (urls[0], "/api/produce")):
            answer = httpx.get(url + target, headers=signed(place, "GET", target))
            assert answer.status_code == 404
        assert "status is 404 instead of 200" in faults(expected, place.emulator.calls)


def test_missing_and_surplus_calls_are_faults(expected: Sequence[Call]) -> None:
    told = tell(keep=False)
    assert "call 2 (createTopic): is missing" in faults(expected, told)
    assert "call 2 (createTopic): is one too many" in faults(told, expected)


def test_other_target_is_a_fault(expected: Sequence[Call]) -> None:
    told = tell(target="/api/v1/topics?searchText=a%2Bb")
    assert "call 1 (listTopics): target is " in faults(expected, told)


def test_writing_of_a_target_is_no_fault_but_named(expected: Sequence[Call]) -> None:
    comparison = compare(expected, tell(target="/api/v1/topics?searchText=a%20b"))
    assert comparison.faults == ()
    assert comparison.writings == {"space"}


@pytest.mark.parametrize(
    ("one", "other", "writings"),
    [
        ("/a", "/a", set()),
        ("/a?x=1&y=2", "/a?x=1&y=2", set()),
        ("/a?x=1&y=2", "/a?y=2&x=1", {"order"}),
        ("/a?x=1+2", "/a?x=1%202", {"space"}),
        ("/a?x=~", "/a?x=%7E", {"escapes"}),
        ("/a?x=%ec", "/a?x=%EC", {"escapes"}),
        ("/~", "/%7E", {"escapes"}),
        ("/a?x=1+~&y=2", "/a?y=2&x=1%20%7e", {"order", "space", "escapes"}),
        ("/a?x=1+2", "/a?x=1%2B2", None),
        ("/a+b", "/a%20b", None),
        ("/a?x=1&x=2", "/a?x=2&x=1", None),
        ("/a?x=1", "/a?x=1&y=2", None),
        ("/a?x=1", "/a?y=1", None),
        ("/a/b", "/a%2Fb", None),
        ("/a/b", "/a", None),
        ("/a?", "/a?x", None),
    ],
)
def test_writings_of_targets(one: str, other: str, writings: set[str] | None) -> None:
    assert target_writings(one, other) == writings
    assert target_writings(other, one) == writings
