"""The dispatcher: takes messages from the source and produces one delivery report for each.

One worker at a time reads the source. It passes each message to the worker that became idle last;
if none is idle, it sends the message itself and another worker, started if necessary, continues
reading. So there are never more connections than messages in flight.
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from operator import attrgetter
from typing import TypeVar

from ncloud_datastream.calls import metrics
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.exchange import Outcome as AttemptOutcome
from ncloud_datastream.calls.exchange import Step, Wait, exchange
from ncloud_datastream.calls.telemetry import calls_are_logged, log_call
from ncloud_datastream.errors import (
    AuthenticationError,
    ConfigurationError,
    DataStreamError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
)
from ncloud_datastream.wire.session import FAILURES

from .job import Job, failed
from .messages import Delivery, Message, Outcome, outcome_of
from .order import KeyOrder
from .plan import Carrier, Plan, Tally
from .rate_limiter import RateLimiter

T = TypeVar("T")

FATAL = 5
"""The number of consecutive 401 or 403 responses, or 404s for the topic, that stop the run."""

_METRICS_CHECK = 1.0
"""Seconds between checks for a meter provider; one takes a tenth of the time to send a message."""


class State(enum.IntEnum):
    """The state of a dispatcher; it only moves forward."""

    TAKING = 0
    """Messages are taken from the source."""
    DRAINING = 1
    """No more messages are taken; those already taken are sent, retries included."""
    STOPPING = 2
    """No more attempts are started; those in flight may finish."""
    DONE = 3
    """Every message taken has a delivery report."""


class Dispatcher:
    """Sends the messages of a source.

    Args:
        plan: The options.
        wire: The carrier of the attempts.
        source: The messages.
        ahead: Maximum number of messages that are taken from the source and not handed out yet.
        notify: Called when a delivery is added to `ready`, and when the dispatcher is done.
        outlives_loop: Whether it keeps running while its event loop cancels all tasks at shutdown,
            until it is stopped.
    """

    def __init__(
        self,
        plan: Plan,
        wire: Carrier,
        source: AsyncIterator[Message],
        ahead: int,
        notify: Callable[[], None],
        *,
        outlives_loop: bool = False,
    ) -> None:
        self.ready: deque[Delivery] = deque()
        """Deliveries that are not handed out yet, oldest first."""
        self.taken = 0
        """The number of messages taken from the source."""
        self.state = State.TAKING
        self.failure: BaseException | None = None
        """The exception that stopped the run; None if the source was exhausted."""
        self.tally = Tally(plan.progress)
        """The outcomes so far."""
        self._handed = 0
        self._loop = asyncio.get_running_loop()
        self._plan = plan
        self._wire = wire
        self._source = source
        self._limiter = RateLimiter(plan.rate, time.monotonic())
        self._ahead = ahead
        self._notify = notify
        self._outlives_loop = outlives_loop
        self._jobs: set[Job] = set()
        self._workers: set[asyncio.Task[None]] = set()
        self._idle: list[asyncio.Future[Job | None]] = []
        self._reader: asyncio.Task[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._sleepers: set[asyncio.Future[None]] = set()
        self._order = KeyOrder() if plan.ordered == "key" else None
        self._rejections = 0
        self._recording: metrics.Instruments | None = None
        self._next_metrics_check = 0.0
        self._all_done = asyncio.Event()

    @property
    def is_done(self) -> bool:
        """Return whether every message has its delivery: nothing more is added to `ready`."""
        return self.state is State.DONE

    def start(self) -> None:
        """Start the first worker."""
        self._start_worker()

    def hand_out(self) -> Delivery:
        """Return the next delivery; `ready` must not be empty."""
        delivery = self.ready.popleft()
        self._handed += 1
        if self._room is not None:
            _wake(self._room, None)
        return delivery

    def stop(self, failure: BaseException | None = None) -> None:
        """Take no more messages and start no more attempts; attempts in flight may finish.

        Args:
            failure: The exception that stops the run.
        """
        self._end(failure)
        self._advance(State.STOPPING)
        for sleeper in self._sleepers:
            _wake(sleeper, None)

    def abort(self) -> None:
        """Stop at once and settle the messages in flight."""
        if self.is_done:
            return
        self.stop()
        self._finish()
        for worker in self._workers:
            worker.cancel()

    async def wait_closed(self) -> None:
        """Wait until every message has its delivery and all workers have ended."""
        await self._all_done.wait()
        if self._workers:
            await asyncio.wait(self._workers)

    async def _work(self) -> None:
        while (job := await self._next()) is not None:
            await self._deliver(job)
            while self._order is not None and (job := self._order.after(job)) is not None:
                await self._deliver(job)

    async def _next(self) -> Job | None:
        """Return the next message that can be sent at once, or None if there are no more."""
        while self.state is State.TAKING:
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
                # The worker that became idle last: its connection is most likely still open.
                _wake(self._idle.pop(), job)
            else:
                self._start_worker()
                return job
        return None

    async def _read(self) -> Job | None:
        """Take a message and wait for its slot of the rate; None at the end of the source."""
        self._reader = asyncio.current_task()
        try:
            job = await self._take()
            # In this order: a pause must not delay noticing the end of the source.
            if job is not None and (seconds := self._limiter.delay(time.monotonic())):
                await self._sleep(seconds)
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
            # Cancelled by `_end`, or raised by the source itself.
            self._end(error)
            return None
        except Exception as error:  # noqa: BLE001 - raised again to the caller
            self._end(error)
            return None
        job = Job(self.taken, message)
        self.taken += 1
        self._jobs.add(job)
        return job

    def _start_worker(self) -> None:
        if len(self._workers) < self._plan.concurrency:
            worker = self._loop.create_task(self._work())
            if self._outlives_loop:
                asyncio._unregister_task(worker)  # documented by asyncio for extensions
            self._workers.add(worker)
            worker.add_done_callback(self._worker_ended)

    def _worker_ended(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if worker.cancelled():
            self.stop(asyncio.CancelledError())
        elif (error := worker.exception()) is not None:
            self.stop(error)
        if self.state > State.TAKING and not self._workers:
            self._finish()

    def _end(self, failure: BaseException | None) -> None:
        """Take no more messages."""
        if self.state > State.TAKING:
            return
        self._advance(State.DRAINING)
        self.failure = failure
        for turn in self._idle:
            _wake(turn, None)
        self._idle.clear()
        if self._reader is not None and self._reader is not asyncio.current_task():
            self._reader.cancel()

    def _finish(self) -> None:
        """Settle the remaining messages."""
        if self.is_done:
            return
        for job in sorted(self._jobs, key=attrgetter("index")):
            self._settle(job, job.cut_off())
        self._advance(State.DONE)
        self._all_done.set()
        self._notify()

    def _advance(self, state: State) -> None:
        self.state = max(self.state, state)

    async def _deliver(self, job: Job) -> None:
        """Attempt a message until its outcome is known, and settle it."""
        now = time.monotonic()
        if self._limiter.is_paused(now) and self.state < State.STOPPING:
            await self._sleep(self._limiter.delay(now))
        job.began = time.monotonic()
        if self.state >= State.STOPPING:
            self._settle(job, job.cut_off())
            return
        try:
            call = self._plan.call(self._with_partition(job.message))
        except ConfigurationError as error:
            job.attempts = 1
            error.attempts = 1
            self._settle(job, error)
            return
        self._settle(job, await self._send(job, call))

    def _with_partition(self, message: Message) -> Message:
        partitioner = self._plan.partitioner
        return message if partitioner is None else partitioner.apply(message)

    async def _send(self, job: Job, call: Call) -> DataStreamError | None:
        """Make the attempts and return the error of the last one, or None if it succeeded."""
        steps = exchange(call, self._plan.options, self._plan.learn)
        step: Step = next(steps)
        started = job.began
        try:
            while not isinstance(step, Answer):
                if isinstance(step, Attempt):
                    if step is not job.attempt:
                        job.attempts += 1
                        job.attempt = step
                    outcome = await self._carry(call, step)
                    self._limiter.note_response(time.monotonic())
                    step = steps.send(outcome)
                else:
                    job.attempt, job.error = None, step.error
                    self._apply_to_all(step.error, job.began, started)
                    seconds = self._pause(job, step)
                    if seconds is not None:
                        await self._sleep(seconds)
                    if seconds is None or self.state >= State.STOPPING:
                        return step.error
                    started = time.monotonic()
                    step = next(steps)
        except DataStreamError as error:
            job.attempt = None
            error.attempts = job.attempts
            self._apply_to_all(error, job.began, started)
            return error
        job.attempt = None
        self._rejections = 0
        return None

    async def _carry(self, call: Call, attempt: Attempt) -> AttemptOutcome:
        try:
            self._plan.check_open()
            return await self._wire.send(call, attempt)
        except ConfigurationError as error:
            # Not specific to this message: without credentials none can be sent.
            self.stop(error)
            return error
        except FAILURES as error:
            return error
        except Exception as cause:  # noqa: BLE001 - must not affect other messages
            return failed(
                f"the attempt failed with {type(cause).__name__}",
                maybe=attempt.written,
                cause=cause,
            )

    def _apply_to_all(self, error: DataStreamError, began: float, started: float) -> None:
        """Apply what a failed attempt means for all messages."""
        if isinstance(error, RateLimitedError) and error.retryable:
            now, asked = time.monotonic(), error.retry_after
            if asked is not None:
                retry = self._plan.options.retry
                asked = retry.asked_for(asked, elapsed=now - began)
            self._limiter.note_rate_limited(now, started, asked)
        elif self._affects_all(error):
            self._rejections += 1
            if self._rejections >= FATAL:
                self.stop(error)
        elif not error.retryable:
            self._rejections = 0

    def _affects_all(self, error: DataStreamError) -> bool:
        """Return whether all other messages would be rejected in the same way."""
        if isinstance(error, AuthenticationError | PermissionDeniedError):
            return True
        no_topic = isinstance(error, NotFoundError) and self._plan.stops_without_topic
        return no_topic and not self.tally.delivered

    def _pause(self, job: Job, wait: Wait) -> float | None:
        """Return the seconds until the next attempt, or None if there is none."""
        if self.state >= State.STOPPING:
            return None
        now = time.monotonic()
        seconds = max(wait.seconds, self._limiter.delay(now))
        if now - job.began + seconds >= self._plan.options.retry.max_elapsed:
            return None
        return seconds

    def _settle(self, job: Job, error: DataStreamError | None) -> None:
        if job not in self._jobs:
            return  # settled by `_finish`, before its worker ended
        self._jobs.discard(job)
        outcome = Outcome.DELIVERED if error is None else outcome_of(error)
        logged, now = calls_are_logged(), time.monotonic()
        if now >= self._next_metrics_check:
            self._next_metrics_check = now + _METRICS_CHECK
            self._recording = metrics.instruments()
        recording = self._recording
        if logged or recording is not None:
            seconds = now - job.began if job.attempts else 0.0
            if logged:
                log_call("sendMessage", outcome.name, error, job.attempts, seconds)
            if recording is not None and job.attempts:
                recording.message(self._plan.server, job.message.topic, error, seconds)
        self.tally.count(outcome)
        self.ready.append(Delivery(job.message, outcome, job.index, job.attempts, error))
        self._notify()

    async def _sleep(self, seconds: float) -> None:
        """Sleep; `stop` ends it early."""
        sleeper = self._loop.create_future()
        timer = self._loop.call_later(seconds, _wake, sleeper, None)
        self._sleepers.add(sleeper)
        try:
            await sleeper
        finally:
            timer.cancel()
            self._sleepers.discard(sleeper)


def _wake(sleeper: asyncio.Future[T], result: T) -> None:
    if not sleeper.done():
        sleeper.set_result(result)
