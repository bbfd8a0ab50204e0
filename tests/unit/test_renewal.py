"""Renewal of credentials: timing, failures, waiting callers, deadlines, forks, slow callables."""

from __future__ import annotations

import importlib.util
import logging
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
from ncloud_datastream import ConfigurationError, Credentials, TransportError
from ncloud_datastream.credentials.renewal import PAUSE, CredentialsProvider, _Fetch
from unit.secrecy import frames, shown

SECRET = "s3cr3t+/=Value"
START = 1_700_000_000.0
HOUR = 3600.0
PATIENCE = 20.0
"""Seconds after which a test that would hang fails."""


def finished() -> None:
    """Wait until every renewal has ended."""
    for thread in renewals():
        thread.join(PATIENCE)
        assert not thread.is_alive()


def renewals() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "ncloud-datastream-credentials"]


def waiting(provider: CredentialsProvider, callers: int) -> None:
    """Wait until this number of callers wait for the result."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        fetch = provider._fetches.get(os.getpid())
        if fetch is not None and len(fetch._wakes) == callers:
            return
        time.sleep(0.001)
    raise AssertionError("they do not wait")


def renewed(provider: CredentialsProvider) -> str:
    """Renew the current pair if it is due; return the access key."""
    provider.get()
    finished()
    return provider.get().access_key


def _if_installed(name: str) -> Any:
    return pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is missing")


BACKENDS = [
    pytest.param({"backend": "asyncio"}, id="asyncio"),
    pytest.param(
        {"backend": "asyncio", "backend_options": {"use_uvloop": True}},
        id="uvloop",
        marks=_if_installed("uvloop"),
    ),
    pytest.param({"backend": "trio"}, id="trio", marks=_if_installed("trio")),
]


class Vault:
    """A credentials callable: each pair is valid for `life` seconds on the vault's own clock."""

    def __init__(self, life: float | None = HOUR) -> None:
        self.life = life
        self.now = START
        self.calls = 0
        self.failure: BaseException | None = None
        self.go_on = threading.Event()
        self.go_on.set()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let calls hang."""
        self.go_on.clear()
        try:
            yield
        finally:
            self.go_on.set()

    def clock(self) -> float:
        return self.now

    def __call__(self) -> Credentials:
        self.calls += 1
        assert self.go_on.wait(PATIENCE)
        if self.failure is not None:
            raise self.failure
        end = None if self.life is None else datetime.fromtimestamp(self.now + self.life, UTC)
        return Credentials(f"AK{self.calls}", SECRET, end)

    def provider(self) -> CredentialsProvider:
        return CredentialsProvider(self, self.clock)


class TestPair:
    @pytest.mark.parametrize("expiry", [None, datetime(2000, 1, 1, tzinfo=UTC)])
    def test_a_fixed_pair_is_used_forever(self, expiry):
        pair = Credentials("AK", SECRET, expiry)
        provider = CredentialsProvider(pair, lambda: START)
        assert provider.ready is pair
        assert provider.get() is pair

    @pytest.mark.parametrize("wrong", [("AK", SECRET), SECRET, None])
    def test_anything_else_is_rejected_without_being_shown(self, wrong):
        with pytest.raises(
            ConfigurationError, match=f"or a callable that returns them, not {type(wrong).__name__}"
        ) as caught:
            CredentialsProvider(wrong, lambda: START)
        assert frames(caught.value) == ["__init__"]
        assert SECRET not in shown(caught.value)


class TestRenewal:
    def test_a_pair_without_an_expiry_is_fetched_once_when_needed(self):
        vault = Vault(life=None)
        provider = vault.provider()
        assert provider.ready is None
        assert vault.calls == 0
        assert provider.get().access_key == "AK1"
        vault.now += 1e9
        assert provider.ready is provider.get()
        assert vault.calls == 1

    def test_a_pair_is_renewed_from_15_minutes_before_its_expiry(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.now = START + HOUR - 901.0
        assert provider.get().access_key == "AK1"
        vault.now = START + HOUR - 900.0
        assert provider.ready is None
        # Nobody waits while the current pair is valid, with any deadline.
        with vault.hanging():
            assert [provider.get().access_key for _ in range(3)] == ["AK1"] * 3
            assert provider.get(time.monotonic() - 1.0).access_key == "AK1"
        finished()
        assert provider.ready is provider.get()
        assert provider.get().access_key == "AK2"
        assert vault.calls == 2

    def test_a_short_lived_pair_is_renewed_every_30_seconds(self):
        vault = Vault(life=600.0)
        provider = vault.provider()
        for _ in range(5):
            assert provider.get().access_key == "AK1"
        vault.now = START + 30.0
        for _ in range(5):
            assert renewed(provider) == "AK2"

    def test_an_expired_pair_is_renewed_at_once(self):
        vault = Vault(life=10.0)
        provider = vault.provider()
        provider.get()
        vault.now = START + 9.0
        assert provider.get().access_key == "AK1"
        vault.now = START + 10.0
        assert provider.get().access_key == "AK2"

    def test_a_pair_that_is_returned_expired_is_used_anyway(self):
        # This machine's clock may be wrong; the service decides.
        provider = Vault(life=-60.0).provider()
        assert [provider.get().access_key for _ in range(3)] == ["AK1", "AK2", "AK3"]


class TestFailure:
    def test_the_valid_pair_stays_in_use_and_renewal_pauses(self, caplog):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.now = START + HOUR - 900.0
        vault.failure = OSError(f"vault sealed: {SECRET}")
        with caplog.at_level(logging.WARNING, "ncloud_datastream"):
            for _ in range(5):
                assert renewed(provider) == "AK1"
        assert caplog.messages == [
            "credentials were not renewed and expire soon: The credentials callable failed with "
            "OSError."
        ]
        assert vault.calls == 2
        vault.now += PAUSE
        vault.failure = None
        assert renewed(provider) == "AK3"

    @pytest.mark.parametrize("expired", [False, True])
    def test_without_a_valid_pair_each_call_tries_again(self, expired):
        vault = Vault()
        provider = vault.provider()
        if expired:
            provider.get()
            vault.now = START + HOUR
        vault.failure = LookupError(f"no such secret: {SECRET}")
        before = vault.calls
        for calls in (1, 2):
            with pytest.raises(ConfigurationError, match="callable failed with LookupError") as c:
                provider.get()
            assert c.value.__cause__ is vault.failure
            assert vault.calls == before + calls
        vault.failure = None
        assert provider.get().access_key == f"AK{before + 3}"

    def test_a_pair_may_expire_during_the_failing_renewal(self):
        vault = Vault()

        def fetch() -> Credentials:
            if not vault.calls:
                return vault()
            vault.now = START + HOUR
            raise OSError

        provider = CredentialsProvider(fetch, vault.clock)
        provider.get()
        vault.now = START + HOUR - 1.0
        assert provider.get().access_key == "AK1"
        finished()
        with pytest.raises(ConfigurationError):
            provider.get()

    def test_a_configuration_error_keeps_its_message_and_cause(self):
        vault = Vault()
        vault.failure = ConfigurationError("No credentials found.")
        vault.failure.__cause__ = OSError()
        with pytest.raises(ConfigurationError, match=r"^No credentials found\.$") as caught:
            vault.provider().get()
        # A new error, because waiting callers would otherwise share and change it.
        assert caught.value is not vault.failure
        assert caught.value.__cause__ is vault.failure.__cause__

    @pytest.mark.parametrize("failure", [TransportError("late"), SystemExit(3), TimeoutError()])
    def test_any_other_error_is_attributed_to_the_callable(self, failure):
        vault = Vault()
        vault.failure = failure
        kind = type(failure).__name__
        with pytest.raises(ConfigurationError, match=f"callable failed with {kind}.") as caught:
            vault.provider().get()
        assert caught.value.__cause__ is failure
        assert not caught.value.maybe_delivered

    @pytest.mark.parametrize("wrong", [None, ("AK", SECRET), SECRET])
    def test_another_return_type_is_rejected_without_being_shown(self, wrong):
        provider = CredentialsProvider(lambda: wrong, lambda: START)
        kind = type(wrong).__name__
        with pytest.raises(
            ConfigurationError, match=f"callable returned {kind}, not Credentials"
        ) as caught:
            provider.get()
        assert frames(caught.value) == ["get", "result"]
        assert SECRET not in shown(caught.value)


class TestManyCallers:
    @pytest.mark.parametrize("expired", [False, True])
    def test_all_callers_wait_for_one_call_and_share_its_pair(self, expired):
        vault = Vault()
        provider = vault.provider()
        if expired:
            provider.get()
            vault.now = START + HOUR + 1.0
        calls_before = vault.calls
        with ThreadPoolExecutor(5) as pool:
            with vault.hanging():
                calls = [pool.submit(lambda: provider.get().access_key) for _ in range(4)]
                calls.append(pool.submit(lambda: anyio.run(provider.aget).access_key))
                waiting(provider, len(calls))
            assert {call.result(PATIENCE) for call in calls} == {f"AK{calls_before + 1}"}
        assert vault.calls == calls_before + 1

    def test_all_callers_share_a_failure_in_errors_of_their_own(self):
        vault = Vault()
        vault.failure = OSError("sealed")
        provider = vault.provider()
        with ThreadPoolExecutor(5) as pool:
            with vault.hanging():
                calls = [pool.submit(provider.get) for _ in range(4)]
                calls.append(pool.submit(anyio.run, provider.aget))
                waiting(provider, len(calls))
            failures = [call.exception(PATIENCE) for call in calls]
        assert vault.calls == 1
        assert {type(each) for each in failures} == {ConfigurationError}
        assert {each.__cause__ for each in failures} == {vault.failure}
        assert len(set(map(id, failures))) == len(failures)
        vault.failure = None
        assert provider.get().access_key == "AK2"

    def test_a_caller_that_finds_a_new_pair_or_result_starts_no_call(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        provider._run(fetch := _Fetch())
        assert fetch.result().access_key == "AK1"
        assert vault.calls == 1
        fetch.settle(vault())  # the first result counts
        provider._known = lambda: fetch
        assert provider.get().access_key == "AK1"
        assert anyio.run(provider.aget).access_key == "AK1"


class TestDeadline:
    @pytest.mark.parametrize("seconds", [-1.0, 0.05])
    @pytest.mark.parametrize("backend", [pytest.param(None, id="sync"), *BACKENDS])
    def test_no_caller_waits_beyond_its_deadline(self, backend, seconds):
        vault = Vault()
        provider = vault.provider()

        async def late() -> None:
            with pytest.raises(TimeoutError, match="did not return in time"):
                await provider.aget(time.monotonic() + seconds)

        with vault.hanging():
            for _ in range(3):
                if backend is None:
                    with pytest.raises(TimeoutError, match="did not return in time"):
                        provider.get(time.monotonic() + seconds)
                else:
                    anyio.run(late, **backend)
            assert len(renewals()) == 1
            assert not provider._fetches[os.getpid()]._wakes
        finished()
        # The next caller gets the pair that arrived later.
        assert provider.get().access_key == "AK1"
        assert vault.calls == 1

    @pytest.mark.parametrize("deadline", [None, math.inf, 1e300])
    @pytest.mark.parametrize("backend", BACKENDS)
    def test_a_distant_deadline_is_no_error(self, backend, deadline):
        vault = Vault()
        provider = vault.provider()
        with ThreadPoolExecutor(2) as pool:
            with vault.hanging():
                calls = [
                    pool.submit(provider.get, deadline),
                    pool.submit(anyio.run, provider.aget, deadline, **backend),
                ]
                waiting(provider, 2)
            assert [call.result(PATIENCE).access_key for call in calls] == ["AK1"] * 2


class TestInterruption:
    def test_ctrl_c_at_the_start_lets_the_next_caller_start_again(self, monkeypatch):
        provider = Vault().provider()

        def interrupted(self: threading.Thread) -> None:
            assert os.getpid() in provider._fetches  # other threads can find it
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", interrupted)
            with pytest.raises(KeyboardInterrupt):
                provider.get()
        assert not provider._fetches
        assert provider.get().access_key == "AK1"

    def test_without_a_thread_the_callable_is_called_in_the_callers(self, monkeypatch):
        vault = Vault()

        def rejected(self: threading.Thread) -> None:
            raise RuntimeError("can't start new thread at interpreter shutdown")

        monkeypatch.setattr(threading.Thread, "start", rejected)
        assert vault.provider().get().access_key == "AK1"
        assert anyio.run(vault.provider().aget).access_key == "AK2"

    def test_a_failure_after_the_callable_leaves_nobody_waiting(self, monkeypatch):
        monkeypatch.setattr(threading, "excepthook", lambda _: None)
        vault = Vault()
        provider = vault.provider()

        def fetch() -> Credentials:
            provider._clock = lambda: 1 / 0
            return vault()

        provider._callable = fetch
        with pytest.raises(ConfigurationError, match="Calling the credentials callable failed"):
            provider.get()
        assert not provider._fetches

    @pytest.mark.parametrize("backend", BACKENDS)
    def test_an_event_loop_that_has_ended_is_not_woken(self, backend):
        provider = (vault := Vault()).provider()
        kept = []

        async def leave_behind() -> None:
            kept.append(provider.aget())
            kept[0].send(None)

        with vault.hanging():
            anyio.run(leave_behind, **backend)
            assert len(provider._fetches[os.getpid()]._wakes) == 1
        finished()
        assert provider.get().access_key == "AK1"
        with suppress(BaseException):
            kept[0].close()


FORK = """
import os, signal, sys, threading, warnings
from ncloud_datastream import Credentials, SignatureAuth

warnings.simplefilter("ignore")  # the program has threads and forks on purpose
parent, called, go_on = os.getpid(), threading.Event(), threading.Event()

def vault():
    if os.getpid() == parent:
        called.set()
        go_on.wait()
    return Credentials("AK" if os.getpid() == parent else "child", "SK")

auth = SignatureAuth(vault)
threading.Thread(target=auth.credentials, daemon=True).start()
called.wait()
child = os.fork()
if child == 0:
    signal.alarm(10)  # a child that hangs is killed by it
    os._exit(0 if auth.credentials().access_key == "child" else 1)
status = os.waitpid(child, 0)[1]
go_on.set()
sys.exit(status or auth.credentials().access_key != "AK")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_that_is_forked_during_a_renewal_starts_its_own():
    done = subprocess.run([sys.executable, "-c", FORK], timeout=60, check=False)
    assert done.returncode == 0
