"""Every cassette, replayed through both clients with NCP's hosts and the default transports."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
from ncloud_datastream import ApiError, Credentials
from support.calls import KINDS, Call, Kind, Options, call, perform
from support.stories import STORIES, SUCCESSES
from support.story import Raises, Story
from support.world import Place
from vcr.cassette import Cassette
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.request import Request

KEYS = Credentials("replayed", "not-a-secret")
MANAGEMENT = "https://datastream.apigw.ntruss.com"
MESSAGE = "https://api.datastream.naverncp.com"

_TLS = ssl.create_default_context()
both_clients = pytest.mark.parametrize("kind", KINDS)


def frozen(cassette: Cassette) -> float:
    """Return the time of the recording, by the service's clock."""
    (date,) = cassette.responses[0]["headers"]["date"]
    return parsedate_to_datetime(date).timestamp()


def options(cassette: Cassette) -> Options:
    """Return default options with the clock of the recording.

    With the current time, the old date of a 401 would make the client correct for clock skew and
    retry.
    """
    now = frozen(cassette)
    return {"credentials": KEYS, "clock": lambda: now, "verify": _TLS}


@contextmanager
def recorded_requests(cassette: Cassette) -> Iterator[list[Request]]:
    """Yield the requests that reach the cassette, before any filter."""
    requests: list[Request] = []
    play = cassette.play_response

    def listen(request: Request) -> object:
        requests.append(request)
        return play(request)

    cassette.play_response = listen
    yield requests
    cassette.play_response = play


def assert_signed(request: Request, now: float) -> None:
    """Check the three headers against a signature computed here from NCP's description."""
    timestamp = str(int(now * 1000))
    url = urlsplit(request.uri)
    target = f"{url.path}?{url.query}" if url.query else url.path
    message = f"{request.method} {target}\n{timestamp}\n{KEYS.access_key}".encode()
    digest = hmac.new(KEYS.secret_key.encode(), message, hashlib.sha256).digest()
    names = ("x-ncp-apigw-timestamp", "x-ncp-iam-access-key", "x-ncp-apigw-signature-v2")
    assert [request.headers.get(name) for name in names] == [
        timestamp,
        KEYS.access_key,
        base64.b64encode(digest).decode(),
    ]


@pytest.mark.vcr
@both_clients
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_a_story_is_replayed_from_its_cassette_with_a_signed_request(
    story: Story, kind: Kind, vcr: Cassette
) -> None:
    place = Place()
    with recorded_requests(vcr) as requests:
        if isinstance(story.ends, Raises):
            with pytest.raises(ApiError) as caught:
                perform(kind, options(vcr), story.call(place))
            story.ends.check(caught.value, story.operation)
        else:
            story.ends.check(perform(kind, options(vcr), story.call(place)), place)
    assert vcr.all_played
    (request,) = requests
    assert_signed(request, frozen(vcr))
    host = MESSAGE if story.operation == "sendMessage" else MANAGEMENT
    assert request.uri.startswith(f"{host}/")


@pytest.mark.vcr
@both_clients
@pytest.mark.parametrize(
    ("story", "other"),
    [
        (
            SUCCESSES["sendMessage"],
            call("send_message", topic="abcde-orders", key="k1", value="other", partition=1),
        ),
        (
            SUCCESSES["listTopics"],
            call("list_topics", sort_by="topicName", descending=True, search_text="abcde-orders"),
        ),
        (SUCCESSES["getTopic"], call("get_topic", "topicId002")),
        (SUCCESSES["getTopic"], call("delete_topic", "topicId001")),
    ],
    ids=["body", "query", "path", "method"],
)
def test_another_request_does_not_match_the_cassette(
    story: Story, other: Call, kind: Kind, vcr: Cassette
) -> None:
    with pytest.raises(CannotOverwriteExistingCassetteException):
        perform(kind, options(vcr), other)
    assert not vcr.all_played
