"""Credentials that change: when a new pair is asked for, by whom, and what a failure does."""

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
from ncloud_datastream.credentials.renewal import (
    PAUSE,
    REFRESH_BEFORE,
    CredentialsProvider,
    _Fetch,
)
from unit.secrecy import frames, shown

SECRET = "s3cr3t+/=Value"
START = 1_700_000_000.0
HOUR = 3600.0
PATIENCE = 20.0
"""Seconds after which a test that would hang fails."""


def answered() -> None:
    """Wait until every question that is being asked has its answer."""
    for thread in asking():
        thread.join(PATIENCE)
        assert not thread.is_alive()


def asking() -> list[threading.Thread]:
    """The threads that ask."""
    return [t for t in threading.enumerate() if t.name == "ncloud-datastream-credentials"]


def waiting(provider: CredentialsProvider, callers: int) -> None:
    """Wait until so many callers wait for the answer."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        question = provider._fetches.get(os.getpid())
        if question is not None and len(question._wakes) == callers:
            return
        time.sleep(0.001)
    raise AssertionError("they do not wait")


def renewed(provider: CredentialsProvider) -> str:
    """Have the pair in force renewed, where that is due; returns the new one's access key."""
    provider.get()
    answered()
    return provider.get().access_key


def _there(name: str) -> Any:
    return pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is missing")


BACKENDS = [
    pytest.param({"backend": "asyncio"}, id="asyncio"),
    pytest.param(
        {"backend": "asyncio", "backend_options": {"use_uvloop": True}},
        id="uvloop",
        marks=_there("uvloop"),
    ),
    pytest.param({"backend": "trio"}, id="trio", marks=_there("trio")),
]


class Vault:
    """A callable for credentials: the n-th pair lives for `life` seconds; the clock is its own."""

    def __init__(self, life: float | None = HOUR) -> None:
        self.life = life
        self.now = START
        self.asked = 0
        self.failure: BaseException | None = None
        self.go_on = threading.Event()
        self.go_on.set()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Do not answer meanwhile."""
        self.go_on.clear()
        try:
            yield
        finally:
            self.go_on.set()

    def clock(self) -> float:
        return self.now

    def __call__(self) -> Credentials:
        self.asked += 1
        assert self.go_on.wait(PATIENCE)
        if self.failure is not None:
            raise self.failure
        return self.pair(self.asked)

    def pair(self, number: int) -> Credentials:
        end = None if self.life is None else datetime.fromtimestamp(self.now + self.life, UTC)
        return Credentials(f"AK{number}", SECRET, end)

    def provider(self) -> CredentialsProvider:
        return CredentialsProvider(self, self.clock)


class TestAPair:
    @pytest.mark.parametrize("expiry", [None, datetime(2000, 1, 1, tzinfo=UTC)])
    def test_stays_for_ever(self, expiry):
        pair = Credentials("AK", SECRET, expiry)
        provider = CredentialsProvider(pair, lambda: START)
        assert provider.ready is pair
        assert provider.get() is pair

    @pytest.mark.parametrize("wrong", [("AK", SECRET), SECRET, None, {"secret_key": SECRET}])
    def test_nothing_else_will_do(self, wrong):
        with pytest.raises(
            ConfigurationError, match=f"or a callable that returns them, not {type(wrong).__name__}"
        ) as caught:
            CredentialsProvider(wrong, lambda: START)
        assert frames(caught.value) == ["__init__"]
        assert SECRET not in shown(caught.value)


class TestRefresh:
    def test_is_asked_when_first_needed(self):
        vault = Vault()
        provider = vault.provider()
        assert provider.ready is None
        assert vault.asked == 0
        assert provider.get().access_key == "AK1"
        assert provider.ready == provider.get()
        assert vault.asked == 1

    def test_without_an_expiry_never_again(self):
        vault = Vault(life=None)
        provider = vault.provider()
        provider.get()
        vault.now += 1e9
        assert provider.get().access_key == "AK1"
        assert vault.asked == 1

    def test_a_quarter_of_an_hour_before_the_expiry(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.now = START + HOUR - 901.0
        assert provider.get().access_key == "AK1"
        vault.now = START + HOUR - 900.0
        assert provider.ready is None
        # Nobody waits for the new one as long as the old one is valid.
        assert provider.get().access_key == "AK1"
        answered()
        assert provider.ready is provider.get()
        assert provider.get().access_key == "AK2"
        assert REFRESH_BEFORE == 900.0

    def test_a_pair_that_never_lives_so_long_is_not_asked_for_at_each_call(self):
        vault = Vault(life=600.0)
        provider = vault.provider()
        for _ in range(5):
            assert provider.get().access_key == "AK1"
        assert PAUSE == 30.0
        vault.now = START + PAUSE
        for _ in range(5):
            assert renewed(provider) == "AK2"

    def test_a_pair_that_has_expired_is_always_asked_for(self):
        vault = Vault(life=10.0)
        provider = vault.provider()
        provider.get()
        vault.now = START + 9.0
        assert provider.get().access_key == "AK1"
        vault.now = START + 10.0
        assert provider.get().access_key == "AK2"

    def test_a_callable_that_hands_out_an_expired_pair(self):
        # The service decides whether it is: the clock here may be wrong.
        vault = Vault(life=-60.0)
        provider = vault.provider()
        assert [provider.get().access_key for _ in range(3)] == ["AK1", "AK2", "AK3"]


class TestFailure:
    def test_goes_on_with_the_old_pair(self, caplog):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.now = START + HOUR - 900.0
        vault.failure = OSError(f"vault sealed: {SECRET}")
        with caplog.at_level(logging.WARNING, "ncloud_datastream"):
            assert renewed(provider) == "AK1"
        assert caplog.messages == [
            "credentials were not renewed and expire soon: The credentials callable failed with "
            "OSError."
        ]

    def test_and_asks_again_after_a_pause(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.now = START + HOUR - 900.0
        vault.failure = OSError()
        for _ in range(5):
            assert renewed(provider) == "AK1"
        assert vault.asked == 2
        vault.now += PAUSE
        vault.failure = None
        assert renewed(provider) == "AK3"

    def test_of_the_first_question(self):
        vault = Vault()
        vault.failure = LookupError("no such secret")
        provider = vault.provider()
        for asked in (1, 2):
            with pytest.raises(ConfigurationError, match="callable failed with LookupError") as c:
                provider.get()
            assert c.value.__cause__ is vault.failure
            assert vault.asked == asked
        vault.failure = None
        assert provider.get().access_key == "AK3"

    def test_after_the_expiry(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.failure = OSError()
        vault.now = START + HOUR
        with pytest.raises(ConfigurationError, match="callable failed with OSError") as caught:
            provider.get()
        assert SECRET not in shown(caught.value)

    def test_while_the_old_pair_expires(self):
        vault = Vault()
        first = True

        def ask() -> Credentials:
            nonlocal first
            if first:
                first = False
                return vault()
            vault.now = START + HOUR
            raise OSError

        provider = CredentialsProvider(ask, vault.clock)
        provider.get()
        vault.now = START + HOUR - 1.0
        assert provider.get().access_key == "AK1"
        answered()
        with pytest.raises(ConfigurationError):
            provider.get()

    def test_of_our_own_kind_keeps_its_words_and_its_cause(self):
        vault = Vault()
        vault.failure = ConfigurationError("No credentials found.")
        vault.failure.__cause__ = OSError()
        with pytest.raises(ConfigurationError, match=r"^No credentials found\.$") as caught:
            vault.provider().get()
        # Not the same one: others who share it would change it at the same time.
        assert caught.value is not vault.failure
        assert caught.value.__cause__ is vault.failure.__cause__

    @pytest.mark.parametrize("failure", [TransportError("late"), SystemExit(3), TimeoutError()])
    def test_of_any_other_kind_is_the_callables(self, failure):
        vault = Vault()
        vault.failure = failure
        kind = type(failure).__name__
        with pytest.raises(ConfigurationError, match=f"callable failed with {kind}.") as caught:
            vault.provider().get()
        assert caught.value.__cause__ is failure
        assert not caught.value.maybe_delivered

    @pytest.mark.parametrize("wrong", [None, ("AK", SECRET), SECRET, Credentials])
    def test_a_wrong_return_type(self, wrong):
        provider = CredentialsProvider(lambda: wrong, lambda: START)
        kind = type(wrong).__name__
        with pytest.raises(
            ConfigurationError, match=f"callable returned {kind}, not Credentials"
        ) as caught:
            provider.get()
        assert frames(caught.value) == ["get", "result"]
        assert SECRET not in shown(caught.value)


class TestManyCallers:
    def test_all_go_on_with_the_old_pair_while_it_is_asked(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.now = START + HOUR - 60.0
        with vault.hanging():
            assert [provider.get().access_key for _ in range(3)] == ["AK1"] * 3
        answered()
        assert provider.get().access_key == "AK2"
        assert vault.asked == 2

    @pytest.mark.parametrize("held", [False, True], ids=["nothing held", "an expired one held"])
    def test_without_a_valid_pair_all_wait_for_the_one_question(self, held):
        vault = Vault()
        provider = vault.provider()
        if held:
            provider.get()
            vault.now = START + HOUR + 1.0
        asked_before = vault.asked
        with ThreadPoolExecutor(9) as pool:
            with vault.hanging():
                calls = [pool.submit(lambda: provider.get().access_key) for _ in range(8)]
                calls.append(pool.submit(lambda: anyio.run(provider.aget).access_key))
                waiting(provider, len(calls))
            assert {call.result(PATIENCE) for call in calls} == {f"AK{asked_before + 1}"}
        assert vault.asked == asked_before + 1

    def test_all_who_waited_share_a_failure_and_the_next_call_asks_anew(self):
        vault = Vault()
        vault.failure = OSError("sealed")
        provider = vault.provider()
        with ThreadPoolExecutor(9) as pool:
            with vault.hanging():
                calls = [pool.submit(provider.get) for _ in range(8)]
                calls.append(pool.submit(anyio.run, provider.aget))
                waiting(provider, len(calls))
            failures = [call.exception(PATIENCE) for call in calls]
        assert vault.asked == 1
        assert {type(each) for each in failures} == {ConfigurationError}
        assert {each.__cause__ for each in failures} == {vault.failure}
        assert len(set(map(id, failures))) == len(failures)
        vault.failure = None
        assert provider.get().access_key == "AK2"

    def test_who_comes_when_the_answer_is_there_does_not_ask_again(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        provider._run(question := _Fetch())
        assert question.result().access_key == "AK1"
        assert vault.asked == 1

    def test_who_comes_late_to_a_question_finds_its_answer(self):
        vault = Vault()
        provider = vault.provider()
        question = _Fetch()
        question.settle(vault())
        provider._known = lambda: question
        assert provider.get().access_key == "AK1"
        assert anyio.run(provider.aget).access_key == "AK1"

    def test_the_first_answer_counts(self):
        vault = Vault()
        question = _Fetch()
        question.settle(vault())
        question.settle(vault())
        assert question.result().access_key == "AK1"


class TestDeadline:
    @pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.05])
    def test_that_passes(self, seconds):
        vault = Vault()
        provider = vault.provider()
        with vault.hanging():
            for _ in range(3):
                with pytest.raises(TimeoutError, match="did not return in time"):
                    provider.get(time.monotonic() + seconds)
        answered()
        # What has come meanwhile is there for the next one.
        assert provider.get().access_key == "AK1"
        assert vault.asked == 1

    @pytest.mark.parametrize("backend", BACKENDS)
    @pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.05])
    def test_that_passes_in_an_event_loop(self, backend, seconds):
        vault = Vault()
        provider = vault.provider()

        async def late() -> None:
            with pytest.raises(TimeoutError, match="did not return in time"):
                await provider.aget(time.monotonic() + seconds)

        with vault.hanging():
            for _ in range(3):
                anyio.run(late, **backend)
            assert len(asking()) == 1
            assert not provider._fetches[os.getpid()]._wakes
        answered()
        assert anyio.run(provider.aget, **backend).access_key == "AK1"
        assert vault.asked == 1

    @pytest.mark.parametrize("deadline", [None, math.inf, 1e300])
    @pytest.mark.parametrize("backend", BACKENDS)
    def test_that_is_far_away(self, backend, deadline):
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

    def test_an_old_pair_that_is_valid_needs_none(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.now = START + HOUR - 60.0
        with vault.hanging():
            assert provider.get(time.monotonic() - 1.0).access_key == "AK1"
        answered()


class TestInterruption:
    def test_of_the_start_lets_the_next_one_ask_anew(self, monkeypatch):
        vault = Vault()
        provider = vault.provider()

        def interrupted(self: threading.Thread) -> None:
            assert os.getpid() in provider._fetches  # for all to find
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", interrupted)
            with pytest.raises(KeyboardInterrupt):
                provider.get()
        assert not provider._fetches
        assert provider.get().access_key == "AK1"

    def test_without_a_thread_it_is_asked_in_this_one(self, monkeypatch):
        vault = Vault()

        def refused(self: threading.Thread) -> None:
            raise RuntimeError("can't start new thread at interpreter shutdown")

        monkeypatch.setattr(threading.Thread, "start", refused)
        assert vault.provider().get().access_key == "AK1"
        assert anyio.run(vault.provider().aget).access_key == "AK2"

    def test_a_clock_that_fails_there_leaves_nobody_waiting(self, monkeypatch):
        monkeypatch.setattr(threading, "excepthook", lambda _: None)
        vault = Vault()
        provider = vault.provider()

        def ask() -> Credentials:
            provider._clock = lambda: 1 / 0
            return vault()

        provider._callable = ask
        with pytest.raises(ConfigurationError, match="Calling the credentials callable failed"):
            provider.get()
        assert not provider._fetches

    @pytest.mark.parametrize("backend", BACKENDS)
    def test_a_loop_that_has_ended_is_not_woken(self, backend):
        """As when it was stopped, with whoever waited in it."""
        vault = Vault()
        provider = vault.provider()
        kept = []

        async def leave_behind() -> None:
            kept.append(provider.aget())
            kept[0].send(None)

        with vault.hanging():
            anyio.run(leave_behind, **backend)
            assert len(provider._fetches[os.getpid()]._wakes) == 1
        answered()
        assert provider.get().access_key == "AK1"
        with suppress(BaseException):
            kept[0].close()


FORK = """
import os, signal, sys, threading, warnings
from ncloud_datastream import Credentials, SignatureAuth

warnings.simplefilter("ignore")  # that a program with threads forks is what this is about
parent, asking, go_on = os.getpid(), threading.Event(), threading.Event()

def vault():
    if os.getpid() == parent:
        asking.set()
        go_on.wait()
    return Credentials("AK" if os.getpid() == parent else "child", "SK")

auth = SignatureAuth(vault)
threading.Thread(target=auth.credentials, daemon=True).start()
asking.wait()
child = os.fork()
if child == 0:
    signal.alarm(10)  # a child that hangs is killed by it
    os._exit(0 if auth.credentials().access_key == "child" else 1)
status = os.waitpid(child, 0)[1]
go_on.set()
sys.exit(status or auth.credentials().access_key != "AK")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_that_was_forked_while_somebody_asked_asks_anew():
    done = subprocess.run([sys.executable, "-c", FORK], timeout=60, check=False)
    assert done.returncode == 0


ENDS = """
import asyncio, threading
from ncloud_datastream import Credentials, SignatureAuth

auth = SignatureAuth(lambda: threading.Event().wait())  # it never answers

async def main():
    async with asyncio.timeout(0.1):
        await auth.async_credentials()

try:
    asyncio.run(main())
except TimeoutError:
    print("ended")
"""


def test_a_callable_that_hangs_does_not_keep_a_program_from_ending():
    done = subprocess.run(
        [sys.executable, "-c", ENDS], timeout=60, check=True, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("ended\n", "")
