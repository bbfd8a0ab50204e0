"""Credentials that change: when a new pair is asked for, by whom, and what a failure does."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from ncloud_datastream import ConfigurationError, Credentials
from ncloud_datastream.provider import PAUSE, REFRESH_BEFORE, CredentialsProvider
from unit.secrecy import frames, shown

SECRET = "s3cr3t+/=Value"
START = 1_700_000_000.0
HOUR = 3600.0
PATIENCE = 20.0
"""Seconds after which a test that would hang fails."""


class Vault:
    """A callable for credentials: the n-th pair lives for `life` seconds; the clock is its own."""

    def __init__(self, life: float | None = HOUR) -> None:
        self.life = life
        self.now = START
        self.asked = 0
        self.failure: BaseException | None = None

    def clock(self) -> float:
        return self.now

    def __call__(self) -> Credentials:
        self.asked += 1
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
            assert provider.get().access_key == "AK2"

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
            assert provider.get().access_key == "AK1"
        assert caplog.messages == [
            "going on with credentials that expire soon: The credentials callable failed with "
            "OSError."
        ]

    def test_and_asks_again_after_a_pause(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.now = START + HOUR - 900.0
        vault.failure = OSError()
        for _ in range(5):
            assert provider.get().access_key == "AK1"
        assert vault.asked == 2
        vault.now += PAUSE
        vault.failure = None
        assert provider.get().access_key == "AK3"

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
        with pytest.raises(ConfigurationError):
            provider.get()

    def test_of_our_own_kind_is_passed_on(self):
        vault = Vault()
        vault.failure = ConfigurationError("No credentials found.")
        with pytest.raises(ConfigurationError) as caught:
            vault.provider().get()
        assert caught.value is vault.failure

    def test_an_interrupt_is_no_failure_and_leaves_no_lock_behind(self):
        vault = Vault()
        provider = vault.provider()
        provider.get()
        vault.now = START + HOUR - 900.0
        vault.failure = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            provider.get()
        vault.failure = None
        vault.now = START + HOUR
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(provider.get).result(PATIENCE).access_key == "AK3"

    @pytest.mark.parametrize("wrong", [None, ("AK", SECRET), SECRET, Credentials])
    def test_a_wrong_return_type(self, wrong):
        provider = CredentialsProvider(lambda: wrong, lambda: START)
        kind = type(wrong).__name__
        with pytest.raises(
            ConfigurationError, match=f"callable returned {kind}, not Credentials"
        ) as caught:
            provider.get()
        assert frames(caught.value) == ["get", "_fetch"]
        assert SECRET not in shown(caught.value)


class TestManyCallers:
    def test_one_asks_while_the_others_go_on_with_the_old_pair(self):
        vault = Vault()
        asking, answer = threading.Event(), threading.Event()

        def ask() -> Credentials:
            if vault.asked:
                asking.set()
                assert answer.wait(PATIENCE)
            return vault()

        provider = CredentialsProvider(ask, vault.clock)
        provider.get()
        vault.now = START + HOUR - 60.0
        with ThreadPoolExecutor(1) as pool:
            refreshing = pool.submit(provider.get)
            try:
                assert asking.wait(PATIENCE)
                assert [provider.get().access_key for _ in range(3)] == ["AK1"] * 3
                assert not refreshing.done()
            finally:
                answer.set()
            assert refreshing.result(PATIENCE).access_key == "AK2"
        assert provider.get().access_key == "AK2"
        assert vault.asked == 2

    @pytest.mark.parametrize("held", [False, True], ids=["nothing held", "an expired one held"])
    def test_without_a_valid_pair_all_wait_for_the_one_who_asks(self, held):
        callers = 8
        vault = Vault()
        together = threading.Barrier(callers + 1)
        alone = threading.Lock()

        def ask() -> Credentials:
            assert alone.acquire(blocking=False), "two ask at a time"
            try:
                return vault()
            finally:
                alone.release()

        provider = CredentialsProvider(ask, vault.clock)
        if held:
            provider.get()
            vault.now = START + HOUR + 1.0
        asked_before = vault.asked

        def call() -> str:
            together.wait(PATIENCE)
            return provider.get().access_key

        with ThreadPoolExecutor(callers) as pool:
            calls = [pool.submit(call) for _ in range(callers)]
            together.wait(PATIENCE)
            keys = {c.result(PATIENCE) for c in calls}
        assert keys == {f"AK{asked_before + 1}"}
        assert vault.asked == asked_before + 1

    def test_who_waited_finds_what_the_other_one_got(self):
        vault = Vault()
        second_waits = threading.Event()

        class Lock:
            """Tells when a second caller has come to it."""

            def __init__(self) -> None:
                self.lock = threading.Lock()

            def acquire(self, *, blocking: bool) -> bool:
                if self.lock.acquire(blocking=False):
                    return True
                second_waits.set()
                return self.lock.acquire(blocking=blocking, timeout=PATIENCE)

            def release(self) -> None:
                self.lock.release()

        def ask() -> Credentials:
            assert second_waits.wait(PATIENCE)
            return vault()

        provider = CredentialsProvider(ask, vault.clock)
        provider._lock = Lock()
        with ThreadPoolExecutor(2) as pool:
            keys = [
                c.result(PATIENCE).access_key for c in [pool.submit(provider.get) for _ in "ab"]
            ]
        assert keys == ["AK1", "AK1"]
        assert vault.asked == 1
