"""`doctor` finds what is wrong, suggests fixes and changes nothing."""

import ssl
import time
from unittest.mock import MagicMock

import pytest
from cli.conftest import Shell
from ncloud_datastream_cli import doctor
from ncloud_datastream_emulator import Emulator


def test_a_healthy_setup_is_reported_without_sending_to_a_topic_that_could_exist(
    shell: Shell, emulator: Emulator
) -> None:
    ran = shell("doctor")
    assert (ran.code, "!!" in ran.out) == (0, False)
    assert emulator.credentials.secret_key not in ran.out
    assert "from the environment" in ran.out
    assert "keys accepted (our reading" in ran.out
    (call,) = [call for call in emulator.calls if call.operation == "sendMessage"]
    assert b"h4j6l-" not in call.body
    assert {call.method for call in emulator.calls if call.operation != "sendMessage"} == {"GET"}


@pytest.mark.parametrize(("prefix", "body"), [("a-", b'"b-doctor-'), ("", None)])
def test_the_message_check_uses_no_name_with_the_accounts_prefix(
    prefix: str, body: bytes | None, shell: Shell, emulator: Emulator
) -> None:
    emulator.answer_next("getTopicPrefix", 200, {"prefix": prefix})
    ran = shell("doctor")
    assert (ran.code, "any topic name could exist" in ran.out) == (0, body is None)
    calls = [call.body for call in emulator.calls if call.operation == "sendMessage"]
    assert [body in call for call in calls] == ([] if body is None else [True])


@pytest.mark.parametrize(
    ("secret", "options", "code", "text"),
    [
        ("", [], 4, "!!  credentials"),
        ("wrong", [], 4, "Compare both keys"),
        (None, ["--message-url", "http://127.0.0.1:9"], 3, "!!  messages"),
    ],
)
def test_missing_and_wrong_keys_and_an_unreachable_host_are_reported(
    secret: str | None,
    options: list[str],
    code: int,
    text: str,
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if secret is not None:
        monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", secret)
    ran = shell("doctor", *options)
    assert (ran.code, text in ran.out) == (code, True)


def test_missing_permissions_and_keys_of_a_main_account_are_reported(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.answer_next("listTopics", 403, {"error": {"errorCode": "230"}})
    ran = shell("doctor")
    assert (ran.code, "PermissionDeniedError" in ran.out) == (1, True)
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", emulator.main_credentials.access_key)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", emulator.main_credentials.secret_key)
    ran = shell("doctor")
    assert ran.code in (1, 4)
    assert "sub account" in ran.out


def test_clock_skew_is_reported(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr(doctor.time, "time", lambda: now() - 3600)
    ran = shell("doctor")
    assert "3600 s behind" in ran.out or "3599 s behind" in ran.out


def test_a_date_without_a_zone_is_utc_and_an_invalid_one_is_ignored(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the client's own correction of clock skew."""
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    forms = {"%a %b %e %H:%M:%S %Y": True, "%a, %d %b %Y %H:%M:%S -0000": True}
    forms |= {"never": False, "Sun, 06 Nov 99999 08:49:37 GMT": False}
    for form, is_date in forms.items():
        headers = {"Date": time.strftime(form, time.gmtime())}
        emulator.answer_next("getTopicPrefix", 200, {"prefix": "h4j6l-"}, headers=headers)
        ran = shell("doctor", "--debug")
        assert (ran.code, "within a minute of the service's" in ran.out) == (0, is_date)
        assert ("clock" in ran.out) == is_date
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("no_proxy", "is_proxied"),
    [(None, True), ("example.invalid", False), ("example.invalid:80", True)],
)
def test_dns_is_checked_unless_the_client_would_use_a_proxy(
    no_proxy: str | None, is_proxied: bool, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise doctor.socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(doctor.socket, "getaddrinfo", fail)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    if no_proxy is not None:
        monkeypatch.setenv("NO_PROXY", no_proxy)
    ran = shell("doctor", "--message-url", "https://api.example.invalid")
    assert ("through a proxy" in ran.out) == is_proxied
    assert ("DNS: api.example.invalid" in ran.out) != is_proxied
    assert is_proxied or ran.code == 3


@pytest.mark.parametrize(
    ("error", "text", "code"),
    [
        (ssl.SSLCertVerificationError(1, "expired"), "TLS: host.invalid", 3),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused", 3),
        (None, "203.0.113.9, TLSv1.3", 0),
    ],
)
def test_tls_failures_and_versions_are_reported(
    error: OSError | None, text: str, code: int, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = [(2, 1, 6, "", ("203.0.113.9", 443))]
    context = MagicMock(spec=ssl.SSLContext)
    context.wrap_socket.side_effect = error
    context.wrap_socket.return_value.__enter__.return_value.version.return_value = "TLSv1.3"
    monkeypatch.setattr(doctor.socket, "getaddrinfo", lambda *a, **k: address)
    monkeypatch.setattr(doctor.socket, "create_connection", MagicMock())
    monkeypatch.setattr(doctor.httpx, "create_ssl_context", lambda **k: context)
    # The service behind the socket does not exist.
    monkeypatch.setattr(
        doctor, "_service", lambda *a, **k: iter([doctor.Finding("service", "none here")])
    )
    ran = shell("doctor", "--management-url", "https://host.invalid")
    assert (ran.code, text in ran.out) == (code, True)
