"""The recorder: reproducible cassettes without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import yaml
from ncloud_datastream import ConfigurationError, Credentials, DataStream
from ncloud_datastream_api.api import SERVERS
from ncloud_datastream_emulator import Emulator
from recorded import record as recorder
from recorded.record import CASSETTES, emulated, listen, live, main, record, record_story
from recorded.scrubbing import (
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    LeakError,
    NotSignedError,
    Scrubber,
    leaks,
)
from support.calls import call
from support.stories import STORIES, SUCCESSES
from support.story import Keys
from support.world import Place, World
from vcr.request import Request

NAMES = {f"{story.id}.yaml" for story in STORIES}
SIGNED = {
    "x-ncp-apigw-timestamp": "1768469400000",
    "x-ncp-iam-access-key": "AbCdEfGhIj0123456789",
    "x-ncp-apigw-signature-v2": "ThxJJVpdhFHYe2E3Xw119ykalvilafpjFwJFRvSwWks=",
}
ROLE = {
    "NCLOUD_DATASTREAM_LOCATION": "s3a://bucket-of-7654321/data",
    "NCLOUD_DATASTREAM_ROLE_NRN": "nrn:PUB:IAM::7654321:Role/12345678-36d4-11f0-a3f1-246e966ebeb4",
}


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


# --- the committed cassettes ---------------------------------------------------------------------


def test_the_cassettes_are_those_of_the_recorder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main({}, tmp_path) == 0
    assert texts(tmp_path) == texts(CASSETTES)
    assert set(texts(CASSETTES)) == NAMES
    assert capsys.readouterr().out == f"{len(STORIES)} cassettes in {tmp_path}\n"


def test_a_cassette_is_clean_and_states_its_source() -> None:
    secrets = emulated().secrets
    for name, text in texts(CASSETTES).items():
        assert leaks(text, secrets) == [], name
        (exchange,) = yaml.load(text, yaml.CSafeLoader)["interactions"]
        assert set(exchange["request"]["headers"]) <= REQUEST_HEADERS
        assert set(exchange["response"]["headers"]) <= RESPONSE_HEADERS
        assert exchange["request"]["uri"].startswith(tuple(f"{url}/" for url in SERVERS.values()))
        head = text.splitlines()[:3]
        assert all(line.startswith("# ") for line in head)
        assert f"The story {name.removesuffix('.yaml')} of" in head[0]
        source = r"Recorded from (the local emulator \(not from NCP\)|NCP itself), "
        assert re.search(source, head[1])


# --- recording over a socket, as from NCP --------------------------------------------------------


def test_recording_live_gives_the_same_cassettes(served: Emulator, tmp_path: Path) -> None:
    # Two names for the same machine, so that each host has its own URL, as at NCP.
    urls = {"management": served.url, "message": served.url.replace("127.0.0.1", "localhost")}
    source = live(served.credentials, urls, ROLE)
    assert record(source, tmp_path) == [
        "sendMessage-gateway-210: not recorded, keys or a bucket are missing"
    ]
    recorded = texts(tmp_path)
    assert set(recorded) == NAMES - {"sendMessage-gateway-210.yaml"}
    assert {name: timeless(text) for name, text in recorded.items()} == {
        name: timeless(text) for name, text in texts(CASSETTES).items() if name in recorded
    }
    for text in recorded.values():
        assert "# Recorded from another service than NCP, on 20" in text
        for real in (*source.secrets, *ROLE.values(), "7654321", "127.0.0.1", "localhost"):
            assert real not in text
    with DataStream(served.credentials, management_url=served.url) as ds:
        assert len(ds.list_topics()) == 0


def timeless(text: str) -> str:
    """Return a cassette without its head and without times."""
    body = text.split("\n", 3)[3]
    body = re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", body)
    return re.sub(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d GMT", "TIME", body)


def test_without_a_bucket_connectors_are_not_recorded(served: Emulator, tmp_path: Path) -> None:
    source = live(served.credentials, dict.fromkeys(SERVERS, served.url), {})
    stories = [each for each in STORIES if each.operation in ("getConnector", "deleteConnector")]
    remarks = record(source, tmp_path, stories)
    assert [remark.partition(":")[0] for remark in remarks] == [
        "getConnector-ok",
        "getConnector-InvalidConnectorNotFound",
        "deleteConnector-ok",
    ]
    assert set(texts(tmp_path)) == {"deleteConnector-InvalidConnectorNotFound.yaml"}


def test_recording_live_uses_the_keys_that_are_found_and_ncps_hosts(
    served: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    used: list[recorder.Source] = []

    def note(source: recorder.Source, folder: Path, stories: Iterable[object] = ()) -> list[str]:
        used.append(source)
        return ["a remark"]

    monkeypatch.setattr(recorder, "record", note)
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", served.credentials.access_key)
    with pytest.raises(ConfigurationError):
        main({"LIVE": "1"}, tmp_path)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", served.credentials.secret_key)
    assert main({"LIVE": "1"}, tmp_path) == 0
    [source] = used
    assert source.title == "NCP itself, on"
    assert source.options == {f"{name}_url": url for name, url in SERVERS.items()}
    assert source.keys["sub account"] == served.credentials
    assert source.keys["wrong secret"].secret_key != served.credentials.secret_key


def test_another_outcome_is_recorded_and_reported(tmp_path: Path) -> None:
    emulator = Emulator()
    emulator.answer_next("getTopicPrefix", 200, {"prefix": "abcde-"})
    emulator.answer_next("getTopicPrefix", 403, {"title": "Forbidden"})
    keys: dict[Keys, Credentials] = {"sub account": emulator.credentials}
    source = recorder.Source("a test, at", keys, {"transport": emulator.transport()})
    remarks = record(source, tmp_path, [SUCCESSES["getTopicPrefix"]])
    assert remarks == ["getTopicPrefix-ok: PermissionDeniedError instead of success"]
    assert "# getTopicPrefix: PermissionDeniedError." in texts(tmp_path)["getTopicPrefix-ok.yaml"]


# --- what the recorder rejects -------------------------------------------------------------------


def test_an_unsigned_request_is_neither_sent_nor_recorded() -> None:
    emulator = Emulator()

    def ask() -> str:
        with httpx.Client(transport=emulator.transport()) as client:
            return client.get(f"{SERVERS['management']}/api/v1/topic-prefix").text

    with pytest.raises(NotSignedError, match="has no x-ncp-apigw-timestamp"):
        listen(Scrubber(Place()), ask)
    assert emulator.calls == []


@pytest.mark.parametrize("missing", SIGNED)
def test_an_incomplete_signature_is_rejected(missing: str) -> None:
    headers = {name: value for name, value in SIGNED.items() if name != missing}
    with pytest.raises(NotSignedError, match=missing):
        Scrubber(Place()).request(Request("GET", "https://x/", b"", headers))


def test_a_cassette_with_a_secret_is_not_written(tmp_path: Path) -> None:
    source = emulated()
    good, bad = SUCCESSES["getTopicPrefix"], SUCCESSES["listTopics"]
    transport: httpx.MockTransport = source.options["transport"]

    def handle(request: httpx.Request) -> httpx.Response:
        if "searchText" in request.url.query.decode() and "sortBy" in request.url.query.decode():
            return httpx.Response(400, json={"detail": "you are ncp_iam_BPASKR1abc"})
        return transport.handle_request(request)

    leaking = replace(source, options={**source.options, "transport": httpx.MockTransport(handle)})
    with pytest.raises(LeakError, match="listTopics-ok: "):
        record(leaking, tmp_path, [good, bad])
    assert texts(tmp_path) == {}


def test_the_topic_is_deleted_even_when_recording_fails(tmp_path: Path) -> None:
    source = emulated()
    story = SUCCESSES["getTopic"]
    with pytest.raises(AttributeError):
        record(source, tmp_path, [story, replace(story, call=lambda _: call("no_such_method"))])
    assert texts(tmp_path) == {}
    with source.client() as ds:
        assert len(ds.list_topics()) == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x-ncp-iam-access-key: k", "a header of the signature"),
        ("X-NCP-APIGW-TIMESTAMP", "a header of the signature"),
        ("the Signature is wrong", "a header of the signature"),
        ("a 'ThxJJVpdhFHYe2E3Xw119ykalvilafpjFwJFRvSwWks=' b", "the Base64 text of 32 bytes"),
        ("LTJli9+OKT2KvUXxiKslMfu5FIOmDN83avehOvgUFp0=", "the Base64 text of 32 bytes"),
        ("key: AbCdEfGhIj0123456789", "an access key"),
        ("ncp_iam_BPASKR", "an access key"),
        ("nrn:PUB:IAM::7654321:Role/x", "a resource name"),
        ("it is hunter2", "a key of the account"),
    ],
)
def test_leaks_are_found(text: str, what: str) -> None:
    assert what in leaks(text, ["hunter2"])


# --- what is stored ------------------------------------------------------------------------------


def scrubbed(body: object, **headers: str) -> object:
    """Return a response body as stored in a cassette."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    place = replace(Place(), topic_id="t0pic1d", topic_name="k7k7k-orders", prefix="k7k7k-")
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": {name: [value] for name, value in headers.items()},
        "body": {"string": raw},
    }
    clean = Scrubber(place).response(response)
    assert set(clean["headers"]) <= RESPONSE_HEADERS
    stored = clean["body"]["string"]
    try:
        return json.loads(stored)
    except ValueError:
        return stored


def test_only_documented_fields_are_stored() -> None:
    assert scrubbed(
        {
            "status": "CREATED",
            "partitions": 3,
            "memberNo": "7654321",
            "account": {"id": 7654321, "name": "x", "paid": True, "parent": None},
            "list": [{"topicName": "k7k7k-orders", "owner": "me"}],
        }
    ) == {
        "status": "CREATED",
        "partitions": 3,
        "memberNo": "***",
        "account": {"id": 0, "name": "***", "paid": True, "parent": None},
        "list": [{"topicName": "abcde-orders", "owner": "***"}],
    }


def test_names_and_ids_are_replaced() -> None:
    assert scrubbed(
        {
            "topicId": "another",
            "tcpEndpoint": "cluster-7.datastream.naverncp.com:30099",
            "endpoint": "https://schema-registry-7.datastream.naverncp.com",
            "instance": "/stream/api/topics/t0pic1d-p",
            "detail": "no t0pic1d in nrn:PUB:IAM::7654321:Role/x, k7k7k-orders and k7k7k-more",
        }
    ) == {
        "topicId": "topicId001",
        "tcpEndpoint": "cluster-1.datastream.invalid:30010",
        "endpoint": "https://schema-registry-abcde.datastream.invalid",
        "instance": "***",
        "detail": f"no topicId001 in {Place().role_nrn} abcde-orders and abcde-more",
    }


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ({"detail": "the signature 123 is wrong"}, {"detail": "***"}),
        ({"detail": "the Access Key 123 is wrong"}, {"detail": "***"}),
        (b"", b""),
        (b"<html>7654321</html>", b"***"),
        (b'"7654321"', "***"),
        (b"[true, 7654321]", [True, 0]),
    ],
)
def test_texts_about_keys_and_undocumented_values_are_not_stored(
    body: object, stored: object
) -> None:
    assert scrubbed(body) == stored


def test_only_allowed_headers_are_stored() -> None:
    scrubbed({}, Date="x", Server="y", **{"X-Request-Id": "z", "Set-Cookie": "w"})
    headers = {**SIGNED, "Accept": "application/json", "User-Agent": "u", "Authorization": "a"}
    clean = Scrubber(Place()).request(Request("GET", "https://x/", b"", headers))
    assert dict(clean.headers) == {"accept": "application/json"}


def test_the_setup_of_a_story_is_not_recorded() -> None:
    source = emulated()
    with source.client() as ds:
        world = World(ds)
        world.schema()
        text, end = record_story(SUCCESSES["getSchema"], source, world.place)
    assert end == "success"
    assert len(yaml.safe_load(text)["interactions"]) == 1
