"""`doctor` finds what is wrong, says what to mend, and touches nothing."""

import ssl
import time

import pytest
from cli.conftest import Shell
from ncloud_datastream_cli import doctor
from ncloud_datastream_emulator import Emulator


def test_healthy(shell: Shell, emulator: Emulator) -> None:
    ran = shell("doctor")
    assert ran.code == 0
    assert "!!" not in ran.out
    assert emulator.credentials.secret_key not in ran.out
    assert "from the environment" in ran.out
    assert "keys accepted, as we read it" in ran.out


def test_it_sends_to_no_topic_that_could_exist(shell: Shell, emulator: Emulator) -> None:
    shell("doctor")
    (call,) = [call for call in emulator.calls if call.operation == "sendMessage"]
    assert b"h4j6l-" not in call.body
    assert {call.method for call in emulator.calls if call.operation != "sendMessage"} == {"GET"}


def test_prefix_that_begins_like_the_probe(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.answer_next("getTopicPrefix", 200, {"prefix": "a-"})
    assert shell("doctor").code == 0
    (call,) = [call for call in emulator.calls if call.operation == "sendMessage"]
    assert b'"b-doctor-' in call.body


def test_no_prefix_no_probe(shell: Shell, emulator: Emulator) -> None:
    emulator.answer_next("getTopicPrefix", 200, {"prefix": ""})
    ran = shell("doctor")
    assert (ran.code, "not asked" in ran.out) == (0, True)


def test_no_credentials(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NCLOUD_SECRET_ACCESS_KEY")
    ran = shell("doctor")
    assert (ran.code, ran.out[:2]) == (4, "!!")


def test_wrong_secret(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "wrong")
    ran = shell("doctor")
    assert ran.code == 4
    assert "Compare both keys" in ran.out


def test_main_account(shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", emulator.main_credentials.access_key)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", emulator.main_credentials.secret_key)
    ran = shell("doctor")
    assert ran.code in (1, 4)
    assert "sub account" in ran.out


def test_permission_denied(shell: Shell, emulator: Emulator) -> None:
    emulator.answer_next("listTopics", 403, {"error": {"errorCode": "230"}})
    ran = shell("doctor")
    assert (ran.code, "PermissionDeniedError" in ran.out) == (1, True)


def test_message_host_down(shell: Shell) -> None:
    ran = shell("doctor", "--message-url", "http://127.0.0.1:9")
    assert ran.code == 3


def test_clock_is_off(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr(doctor.time, "time", lambda: now() - 3600)
    ran = shell("doctor")
    assert "3600 s behind" in ran.out or "3599 s behind" in ran.out


def test_answer_without_a_date(shell: Shell, emulator: Emulator) -> None:
    emulator.answer_next("getTopicPrefix", 200, {"prefix": "h4j6l-"}, headers={"Date": "never"})
    ran = shell("doctor", "--debug")
    assert (ran.code, "clock" in ran.out) == (0, False)


@pytest.mark.parametrize("form", ["%a %b %e %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S -0000"])
def test_a_date_without_a_zone_is_one_of_greenwich(
    form: str, shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where requests are signed: there is one reading of it."""
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    date = time.strftime(form, time.gmtime())
    emulator.answer_next("getTopicPrefix", 200, {"prefix": "h4j6l-"}, headers={"Date": date})
    ran = shell("doctor")
    monkeypatch.undo()
    time.tzset()
    assert (ran.code, "within a minute of the service's" in ran.out) == (0, True)


@pytest.mark.parametrize("date", ["Sun, 06 Nov 99999 08:49:37 GMT", "x" * 200, "Sun, 99"])
def test_a_date_that_is_none(date: str, shell: Shell, emulator: Emulator) -> None:
    emulator.answer_next("getTopicPrefix", 200, {"prefix": "h4j6l-"}, headers={"Date": date})
    ran = shell("doctor")
    assert (ran.code, "clock" in ran.out) == (0, False)


def test_through_a_proxy(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    ran = shell("doctor", "--message-url", "https://api.example.invalid")
    assert "through a proxy" in ran.out


def test_name_that_does_not_resolve(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise doctor.socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(doctor.socket, "getaddrinfo", refuse)
    ran = shell("doctor", "--management-url", "https://nowhere.invalid")
    assert (ran.code, "DNS: nowhere.invalid" in ran.out) == (3, True)


class Plain:
    """Stands for a connected socket."""

    def __enter__(self) -> "Plain":
        return self

    def __exit__(self, *details: object) -> None:
        return None

    def version(self) -> str:
        return "TLSv1.3"


class Context(ssl.SSLContext):
    """Stands for a TLS context: it accepts, or raises."""

    def __new__(cls, error: OSError | None) -> "Context":
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, error: OSError | None) -> None:
        self.error = error

    def wrap_socket(self, plain: Plain, server_hostname: str) -> Plain:  # type: ignore[override]
        if self.error is not None:
            raise self.error
        return plain


@pytest.mark.parametrize(
    ("error", "says", "code"),
    [
        (ssl.SSLCertVerificationError(1, "expired"), "TLS: host.invalid", 3),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused", 3),
        (None, "203.0.113.9, TLSv1.3", 0),
    ],
)
def test_tls(
    error: OSError | None, says: str, code: int, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = [(2, 1, 6, "", ("203.0.113.9", 443))]
    monkeypatch.setattr(doctor.socket, "getaddrinfo", lambda *a, **k: address)
    monkeypatch.setattr(doctor.socket, "create_connection", lambda *a, **k: Plain())
    monkeypatch.setattr(doctor.httpx, "create_ssl_context", lambda **k: Context(error))
    # Whatever TLS said, the service itself cannot be reached in a test.
    monkeypatch.setattr(
        doctor, "_service", lambda *a, **k: iter([doctor.Finding("service", "none here")])
    )
    ran = shell("doctor", "--management-url", "https://host.invalid")
    assert (ran.code, says in ran.out) == (code, True)
