"""The comparison of two recordings of the scenario."""

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
from records import HEADERS, Comparison, compare, target_writings
from world import World, world

TARGET = "/api/v1/topics?searchText=a+b"
BODY = b'{"name":"h4j6l-a","partitions":1}'


def run(
    change: Callable[[dict[str, str]], object] = lambda headers: None,
    *,
    body: bytes = BODY,
    target: str = TARGET,
    age: float = 0.0,
    keep: bool = True,
) -> Sequence[Call]:
    """Make two calls over a socket, with changes to the second."""
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
    return run()


def faults(expected: Sequence[Call], actual: Sequence[Call]) -> str:
    return "\n".join(compare(expected, actual).faults)


def test_other_headers_and_the_layout_of_a_body_make_no_difference(
    expected: Sequence[Call],
) -> None:
    other = run(
        lambda headers: headers.update({"Accept-Language": "ko"}),
        body=b'{ "partitions": 1, "name": "h4j6l-\\u0061" }',
    )
    assert [call.status for call in expected] == [200, 200]
    assert compare(expected, other) == Comparison(frozenset(), ())


def test_a_missing_header_or_a_stale_signature_is_a_fault(expected: Sequence[Call]) -> None:
    for name in (TIMESTAMP_HEADER, "Content-Type"):
        found = faults(expected, run(lambda headers, name=name: headers.pop(name)))  # type: ignore[misc]
        assert f"call 2 (createTopic): header {name.lower()} is missing" in found
    assert "signature_valid is False instead of True" in faults(expected, run(age=301))


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":"h4j6l-a","partitions":2}',
        b'{"name":"h4j6l-a","partitions":true}',
        b'{"name":"h4j6l-a","partitions":1,"description":null}',
        b"not JSON",
        b"",
    ],
)
def test_another_body_is_a_fault(body: bytes, expected: Sequence[Call]) -> None:
    actual = [expected[0], replace(expected[1], body=body)]
    assert "call 2 (createTopic): body is " in faults(expected, actual)


def test_an_unexpected_header_or_call_and_another_target_are_faults(
    expected: Sequence[Call],
) -> None:
    first, second = expected
    header = replace(first, header_names=tuple(HEADERS))
    assert faults(expected, [header, second]) == (
        "call 1 (listTopics): header content-type is unexpected"
    )
    assert "call 2 (createTopic): is missing" in faults(expected, [first])
    assert "call 2 (createTopic): is unexpected" in faults([first], expected)
    target = replace(first, target="/api/v1/topics?searchText=a%2Bb")
    assert "call 1 (listTopics): target is " in faults(expected, [target, second])
    space = replace(first, target="/api/v1/topics?searchText=a%20b")
    assert compare(expected, [space, second]) == Comparison(frozenset({"space"}), ())


def test_a_call_to_the_wrong_host_is_a_fault(expected: Sequence[Call]) -> None:
    with world() as place:
        urls = [
            place.environment[f"NCLOUD_DATASTREAM_{name}_URL"] for name in ("MANAGEMENT", "MESSAGE")
        ]
        for url, target in ((urls[1], TARGET), (urls[0], "/api/produce")):
            response = httpx.get(url + target, headers=signed(place, "GET", target))
            assert response.status_code == 404
        assert "status is 404 instead of 200" in faults(expected, place.emulator.calls)


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
def test_equivalent_targets_and_their_differences(
    one: str, other: str, writings: set[str] | None
) -> None:
    assert target_writings(one, other) == writings
    assert target_writings(other, one) == writings
