"""The keys of a server role, from a metadata service on loopback."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from ncloud_datastream import ConfigurationError, Credentials
from ncloud_datastream.credentials import server_role
from unit.secrecy import frames, shown

SECRET = "s3cr3t+/=Value"
ROOT = "/latest/meta-data/iam/security-credentials/"
ANSWER = {
    "Code": "Success",
    "AccessKeyId": "AK",
    "SecretAccessKey": SECRET,
    "Expiration": "2030-01-02T03:04:05Z",
}
EXPIRY = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)

Answer = bytes | Callable[[socket.socket], None]


def reply(body: str | bytes, status: str = "200 OK", *, headers: str = "") -> bytes:
    content = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
    return head.encode() + content


class Metadata:
    """Sends one response to each connection."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[str] = []
        self.over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        # Ends when the listening socket is shut down; a client may disconnect at any time.
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection, suppress(OSError):
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(65536)
        self.requests.append(request.decode())
        answer = self.answers.pop(0)
        if callable(answer):
            answer(connection)
        else:
            connection.sendall(answer)

    @property
    def targets(self) -> list[str]:
        return [request.split()[1] for request in self.requests]

    def close(self) -> None:
        self.over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    service = Metadata()
    yield service
    service.close()


@pytest.fixture
def short(monkeypatch):
    """A short timeout."""
    monkeypatch.setattr(server_role, "TIMEOUT", 0.2)


class TestFound:
    def test_two_requests_return_the_pair(self, metadata, monkeypatch):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "")
        metadata.answers = [reply("my-role\n"), reply(json.dumps(ANSWER))]
        pair, reason = server_role.find(Credentials, metadata.address)
        assert pair == Credentials("AK", SECRET, EXPIRY)
        assert pair.source == "the server role my-role"
        assert reason == "found"
        assert metadata.targets == [ROOT, ROOT + "my-role"]
        for request in metadata.requests:
            assert request.startswith("GET ")
            assert f"\r\nHost: {metadata.address}\r\n" in request
            assert "\r\nConnection: close\r\n" in request

    @pytest.mark.parametrize("role", ["nrn:PUB:IAM::1:Role@x=1,+", "r.o-l_e~1", "x" * 256])
    def test_the_first_role_is_used(self, metadata, role):
        metadata.answers = [reply(f"\n {role}\nother\n"), reply(json.dumps(ANSWER))]
        server_role.find(Credentials, metadata.address)
        assert metadata.targets[1] == ROOT + role

    @pytest.mark.parametrize(
        ("text", "offset"),
        [
            ("2030-01-02T03:04:05Z", 0),
            ("2030-01-02T12:04:05.000+0900", 9),
        ],
    )
    def test_the_expiry_has_its_time_zone(self, metadata, text, offset):
        metadata.answers = [reply("role"), reply(json.dumps(ANSWER | {"Expiration": text}))]
        pair, _ = server_role.find(Credentials, metadata.address)
        assert pair.expires_at == EXPIRY
        assert pair.expires_at.utcoffset() == timedelta(hours=offset)

    @pytest.mark.parametrize("expiry", [{}, {"Expiration": None}])
    def test_a_pair_may_have_no_expiry(self, metadata, expiry):
        answer = {name: ANSWER[name] for name in ("AccessKeyId", "SecretAccessKey")} | expiry
        metadata.answers = [reply("role"), reply(json.dumps(answer))]
        assert server_role.find(Credentials, metadata.address)[0] == Credentials("AK", SECRET)

    def test_a_response_may_be_chunked_or_end_with_the_connection(self, metadata):
        body = json.dumps(ANSWER).encode()
        metadata.answers = [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nro\r\n2\r\nle\r\n0\r\n\r\n",
            b"HTTP/1.0 200 OK\r\n\r\n" + body,
        ]
        assert server_role.find(Credentials, metadata.address)[0] == Credentials(
            "AK", SECRET, EXPIRY
        )


class TestNoRole:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (reply("", "404 Not Found"), "HTTP 404"),
            (reply(""), "no role is set on this server"),
            (reply("<html><body>Sign in</body></html>"), "no role is set on this server"),
            (reply("../../user-data"), "no role is set on this server"),
            (reply(".."), "no role is set on this server"),
            (reply("a%2Fb"), "no role is set on this server"),
            (reply(b"\xff\xfe"), "no role is set on this server"),
            (reply("x" * 257), "no role is set on this server"),
            (b"", "no response: RemoteDisconnected"),
            (b"SSH-2.0-OpenSSH_9.6\r\n", "no response: BadStatusLine"),
            (reply("role")[:-1], "the response is cut short"),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nro",
                "no response: Incomp",
            ),
            (reply(b"x" * 65536), "no role is set on this server"),
            (reply(b"x" * 65537), "the response is too long"),
            (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000, "the response is too long"),
        ],
    )
    def test_the_reason_is_reported_if_there_is_no_role(self, metadata, answer, reason):
        metadata.answers = [answer]
        pair, why = server_role.find(Credentials, metadata.address)
        assert pair is None
        assert why.startswith(reason)
        assert metadata.targets == [ROOT]

    def test_redirects_are_not_followed(self, metadata):
        headers = f"Location: http://{metadata.address}{ROOT}role\r\n"
        metadata.answers = [reply("role", "302 Found", headers=headers)]
        assert server_role.find(Credentials, metadata.address) == (None, "HTTP 302")
        assert metadata.targets == [ROOT]

    def test_a_role_that_disappears_is_reported(self, metadata):
        metadata.answers = [reply("role"), reply("", "404 Not Found")]
        assert server_role.find(Credentials, metadata.address) == (None, "HTTP 404")

    def test_a_refused_connection_is_reported(self):
        # Bound and not listening, so nothing else can listen there.
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{bound.getsockname()[1]}"
            pair, reason = server_role.find(Credentials, address)
        assert (pair, reason) == (None, "no response: Connection refused")

    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1:port", f"127.0.0.1:{10**20}", "a\r\nb", "x" * 300 + ".invalid"],
    )
    def test_an_invalid_address_is_reported(self, address):
        pair, reason = server_role.find(Credentials, address)
        assert pair is None
        assert reason.startswith("no response: ")


class TestSlow:
    """Services that would return a pair long after the timeout."""

    @staticmethod
    def trickling(metadata: Metadata, answer: bytes, quick: int) -> Answer:
        """Send the first bytes at once and the rest one by one, over 5 s."""

        def send(connection: socket.socket) -> None:
            connection.sendall(answer[:quick])
            rest = answer[quick:]
            for byte in rest:
                if metadata.over.wait(5 / len(rest)):
                    return
                connection.sendall(bytes([byte]))

        return send

    @pytest.mark.parametrize("part", ["head", "body"])
    def test_a_response_sent_byte_by_byte_times_out(self, metadata, short, part):
        answer = reply(json.dumps(ANSWER))
        quick = 0 if part == "head" else answer.index(b"{")
        metadata.answers = [reply("role"), self.trickling(metadata, answer, quick)]
        assert server_role.find(Credentials, metadata.address) == (None, "no response within 0.2 s")

    def test_a_silent_service_times_out(self, metadata, short):
        metadata.answers = [lambda connection: metadata.over.wait(5) and None]
        assert server_role.find(Credentials, metadata.address) == (None, "no response within 0.2 s")

    def test_both_requests_together_have_two_seconds(self, metadata, monkeypatch):
        metadata.answers = [reply("role"), reply(json.dumps(ANSWER))]
        now = [0.0]

        class Connection(http.client.HTTPConnection):
            def close(self):
                super().close()
                now[0] += 2.5

        class Time:
            @staticmethod
            def monotonic() -> float:
                return now[0]

        monkeypatch.setattr(http.client, "HTTPConnection", Connection)
        monkeypatch.setattr(server_role, "time", Time)
        assert server_role.find(Credentials, metadata.address) == (None, "no response within 2 s")
        assert metadata.targets == [ROOT]


class TestInvalid:
    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (f"<html>{SECRET}</html>", "JSONDecodeError"),
            (json.dumps(ANSWER)[:-1], "JSONDecodeError"),
            ("[" * 60_000, "(Recursion|JSONDecode)Error"),
            (json.dumps([ANSWER]), "AttributeError"),
            (json.dumps({"Code": "Failed", "Message": SECRET}), "KeyError"),
            (json.dumps({**ANSWER, "AccessKeyId": None, "Expiration": SECRET}), "ValueError"),
            (json.dumps(ANSWER | {"Expiration": 1893553445}), "TypeError"),
        ],
    )
    def test_a_response_without_a_pair_is_an_error_that_does_not_quote_it(
        self, metadata, body, kind
    ):
        metadata.answers = [reply("my-role"), reply(body)]
        with pytest.raises(
            ConfigurationError,
            match=f"metadata service returned no key pair for the server role my-role: {kind}",
        ) as caught:
            server_role.find(Credentials, metadata.address)
        assert frames(caught.value) == ["find", "_read"]
        assert caught.value.__context__ is None
        assert SECRET not in shown(caught.value)

    @pytest.mark.parametrize(
        "change",
        [
            {"AccessKeyId": ""},
            {"SecretAccessKey": f"{SECRET} "},
            {"SecretAccessKey": [SECRET]},
            {"Expiration": "2030-01-02T03:04:05"},
        ],
    )
    def test_an_invalid_pair_is_rejected_with_its_source(self, metadata, change):
        metadata.answers = [reply("my-role"), reply(json.dumps(ANSWER | change))]
        with pytest.raises(ConfigurationError, match="from the server role my-role: ") as caught:
            server_role.find(Credentials, metadata.address)
        assert frames(caught.value) == ["find", "_read", "__init__"]
        assert SECRET not in shown(caught.value)
