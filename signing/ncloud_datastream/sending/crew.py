"""The workers of one sending: messages from the source, deliveries out, each exactly once.

One worker at a time reads the source. It gives each message to the worker that came free last;
where none is free, it sends it itself, and another one, hired if need be, goes on reading. So there
are never more connections than messages in flight.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from operator import attrgetter
from typing import TypeVar

from ncloud_datastream.attempt import Attempt
from ncloud_datastream.errors import (
    AuthenticationError,
    ConfigurationError,
    DataStreamError,
    PermissionDeniedError,
    RateLimitedError,
)
from ncloud_datastream.retry import Retry
from ncloud_datastream.telemetry import calls_are_logged, log_call, log_retry

from .flow import Flow
from .job import Job, failed
from .judge import outcome_of
from .messages import Delivery, Message, Outcome
from .order import KeyOrder
from .partitions import Partitioner
from .plan import Plan
from .way import Carrier, Way

T = TypeVar("T")

FATAL = 5
"""So many refusals in a row for want of rights (401, 403) end the sending."""

_DELIVERED = Outcome.DELIVERED


class Crew:
    """Sends what a source gives.

    Args:
        source: The messages.
        hire: Makes a new worker's way to the service.
        retry: How failed attempts are repeated.
        timeout: Seconds that one attempt may take.
        concurrency: Workers at the most.
        by_key: Is only one message of a key in flight at a time?
        partitioner: Names the partition of messages that name none.
        rate: Messages a second at the most; None for no limit.
        ahead: Messages that are taken from the source and not handed out yet, at the most.
        notify: Called when there is something new in `ready`, and when all is done.
    """

    def __init__(
        self,
        source: AsyncIterator[Message],
        hire: Callable[[], Way],
        *,
        retry: Retry,
        timeout: float,
        concurrency: int,
        by_key: bool,
        partitioner: Partitioner | None,
        rate: float | None,
        ahead: int,
        notify: Callable[[], None],
    ) -> None:
        self.ready: deque[Delivery] = deque()
        """Deliveries to be handed out, the oldest first."""
        self.taken = 0
        """Messages that were taken from the source."""
        self.done = False
        """Is all accounted for? Then nothing is added to `ready` any more."""
        self.failure: BaseException | None = None
        """What ended the sending, where it was not the end of the source."""
        self._handed = 0
        self._loop = asyncio.get_running_loop()
        self._source = source
        self._hire = hire
        self._retry = retry
        self._timeout = timeout
        self._concurrency = concurrency
        self._partitioner = partitioner
        self._flow = Flow(rate, time.monotonic())
        self._ahead = ahead
        self._notify = notify
        self._jobs: set[Job] = set()
        self._ways: set[Way] = set()
        self._workers: set[asyncio.Task[None]] = set()
        self._idle: list[asyncio.Future[Job | None]] = []
        self._reader: asyncio.Task[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._naps: set[asyncio.Future[None]] = set()
        self._order = KeyOrder() if by_key else None
        self._ended = False
        self._hurry = False
        self._refusals = 0
        self._all_done = asyncio.Event()

    @classmethod
    def of(
        cls,
        plan: Plan,
        source: AsyncIterator[Message],
        carrier: Carrier,
        notify: Callable[[], None],
        ahead: int,
    ) -> Crew:
        """Return the crew for a plan."""
        return cls(
            source,
            carrier.way,
            retry=plan.retry,
            timeout=plan.timeout,
            concurrency=plan.concurrency,
            by_key=plan.ordered == "key",
            partitioner=plan.partitioner,
            rate=plan.rate,
            ahead=ahead,
            notify=notify,
        )

    def start(self) -> None:
        """Begin."""
        self._hire_reader()

    def hand_out(self) -> Delivery:
        """Return the next delivery; there must be one."""
        delivery = self.ready.popleft()
        self._handed += 1
        if self._room is not None:
            _wake(self._room, None)
        return delivery

    def stop(self, failure: BaseException | None = None) -> None:
        """Take no more messages and repeat no more attempts; what is in flight may end.

        Args:
            failure: What the sending ends with.
        """
        self._hurry = True
        self._end(failure)
        for nap in self._naps:
            _wake(nap, None)

    def abort(self) -> None:
        """End at once, and account for what is on its way."""
        if self.done:
            return
        self.stop()
        self._finish()
        for way in self._ways:
            way.abort()
        for worker in self._workers:
            worker.cancel()

    async def dismissed(self) -> None:
        """Wait until all is accounted for and all workers are gone."""
        await self._all_done.wait()
        if self._workers:
            await asyncio.wait(self._workers)

    # --- the reading of the source

    async def _work(self) -> None:
        way = self._hire()
        self._ways.add(way)
        try:
            while (job := await self._next()) is not None:
                await self._carry(job, way)
                while self._order is not None and (job := self._order.after(job)) is not None:
                    await self._carry(job, way)
        finally:
            way.abort()
            self._ways.discard(way)

    async def _next(self) -> Job | None:
        """Return the next message that can be sent at once, or None where there are no more."""
        while not self._ended:
            if self._reader is not None:
                turn: asyncio.Future[Job | None] = self._loop.create_future()
                self._idle.append(turn)
                return await turn
            job = await self._read()
            if job is None:
                return None
            if self._order is not None and not self._order.is_first(job):
                continue
            if self._idle:
                # The one that came free last: its connection is the likeliest to be open.
                _wake(self._idle.pop(), job)
            else:
                self._hire_reader()
                return job
        return None

    async def _read(self) -> Job | None:
        """Take a message from the source, and wait until it may leave; None at the end."""
        self._reader = asyncio.current_task()
        try:
            job = await self._take()
            # In that order: no pause shall keep an end of the source from being seen.
            if job is not None and (seconds := self._flow.delay(time.monotonic())):
                await self._nap(seconds)
            return job
        finally:
            self._reader = None

    async def _take(self) -> Job | None:
        while self.taken - self._handed >= self._ahead:
            self._room = self._loop.create_future()
            await self._room
            self._room = None
        try:
            message = await anext(self._source)
        except StopAsyncIteration:
            self._end(None)
            return None
        except asyncio.CancelledError as error:
            if not self._ended:  # then it is the source's own
                self._end(error)
            return None
        except Exception as error:  # noqa: BLE001 - whatever the source raises, its user gets
            self._end(error)
            return None
        job = Job(self.taken, message)
        self.taken += 1
        self._jobs.add(job)
        return job

    def _hire_reader(self) -> None:
        if len(self._workers) < self._concurrency:
            worker = self._loop.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._leave)

    def _leave(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if worker.cancelled():
            self.stop(asyncio.CancelledError())
        elif (error := worker.exception()) is not None:
            self.stop(error)
        if self._ended and not self._workers:
            self._finish()

    def _end(self, failure: BaseException | None) -> None:
        if self._ended:
            return
        self._ended = True
        self.failure = failure
        for turn in self._idle:
            _wake(turn, None)
        self._idle.clear()
        if self._reader is not None and self._reader is not asyncio.current_task():
            self._reader.cancel()

    def _finish(self) -> None:
        """Close the account."""
        if self.done:
            return
        for job in sorted(self._jobs, key=attrgetter("index")):
            self._account(job, job.cut_off())
        self.done = True
        self._all_done.set()
        self._notify()

    # --- one message

    async def _carry(self, job: Job, way: Way) -> None:
        """Try a message until its fate is settled, and account for it."""
        flow = self._flow
        now = time.monotonic()
        if flow.paused(now) and not self._hurry:
            await self._nap(flow.delay(now))
            now = time.monotonic()
        job.began = now
        while not self._hurry:
            job.attempts += 1
            deadline = min(now + self._timeout, job.began + self._retry.max_elapsed)
            attempt = job.attempt = Attempt(deadline)
            attempt.taken_over()
            error = await self._try(job, way, attempt)
            job.attempt = None
            started, now = now, time.monotonic()
            flow.answered(now)
            if error is None:
                self._refusals = 0
                self._account(job, None)
                return
            self._note(job, error, started, now)
            job.error = error
            seconds = self._wait_before_next(job, error, now)
            if seconds is None:
                break
            await self._nap(seconds)
            now = time.monotonic()
        self._account(job, job.error or job.cut_off())

    async def _try(self, job: Job, way: Way, attempt: Attempt) -> DataStreamError | None:
        message = job.message
        if self._partitioner is not None:
            try:
                message = self._partitioner.apply(message)
            except ConfigurationError as error:  # of this message alone
                return error
        try:
            return await way.send(message, attempt)
        except ConfigurationError as error:
            # Not the message's fault: without credentials, none can be sent.
            self.stop(error)
            return error
        except Exception as cause:  # noqa: BLE001 - one message must not end the others
            failure = failed(f"it failed with {type(cause).__name__}", maybe=attempt.written)
            failure.__cause__ = cause
            return failure

    def _note(self, job: Job, error: DataStreamError, started: float, now: float) -> None:
        """Draw conclusions from a failed attempt, for the message and for the whole sending."""
        error.attempts = job.attempts
        if job.error is not None and job.error.maybe_delivered and not error.maybe_delivered:
            error.maybe_delivered = True
            error.add_note("An earlier attempt of this call may have been acted on.")
        if isinstance(error, RateLimitedError) and error.retryable:
            asked = error.retry_after
            if asked is not None:
                asked = self._retry.asked_for(asked, elapsed=now - job.began)
            self._flow.refused(now, started, asked)
        elif isinstance(error, AuthenticationError | PermissionDeniedError):
            self._refusals += 1
            if self._refusals >= FATAL:
                self.stop(error)
        elif not error.retryable:
            self._refusals = 0

    def _wait_before_next(self, job: Job, error: DataStreamError, now: float) -> float | None:
        elapsed = now - job.began
        seconds = self._retry.wait(error, method="POST", attempts=job.attempts, elapsed=elapsed)
        if seconds is None or self._hurry:
            return None
        seconds = max(seconds, self._flow.delay(now))
        if elapsed + seconds >= self._retry.max_elapsed:
            return None
        log_retry(error, seconds)
        return seconds

    def _account(self, job: Job, error: DataStreamError | None) -> None:
        if job not in self._jobs:
            return  # the account was closed before, and the worker's end was ignored
        self._jobs.discard(job)
        outcome = _DELIVERED if error is None else outcome_of(error)
        if calls_are_logged():
            seconds = time.monotonic() - job.began if job.attempts else 0.0
            log_call("sendMessage", outcome.name, error, job.attempts, seconds)
        self.ready.append(Delivery(job.message, outcome, job.index, job.attempts, error))
        self._notify()

    async def _nap(self, seconds: float) -> None:
        """Sleep, until there is a hurry."""
        nap = self._loop.create_future()
        timer = self._loop.call_later(seconds, _wake, nap, None)
        self._naps.add(nap)
        try:
            await nap
        finally:
            timer.cancel()
            self._naps.discard(nap)


def _wake(sleeper: asyncio.Future[T], result: T) -> None:
    if not sleeper.done():
        sleeper.set_result(result)
