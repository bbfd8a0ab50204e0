"""Keeping the order of messages with equal keys: one of them is on its way at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

from .job import Job


class KeyOrder:
    """Knows which keys are on their way, and who waits for them."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[Job]] = {}

    def is_first(self, job: Job) -> bool:
        """Can it go at once? Else it is kept here until the one before it is done."""
        message = job.message
        try:
            job.key = (message.topic, message.key)
            waiting = self._waiting.get(job.key)
        except (AttributeError, TypeError):  # nothing that could be sent; it stands alone
            job.key = job
            waiting = None
        if waiting is None:
            self._waiting[job.key] = deque()
            return True
        waiting.append(job)
        return False

    def after(self, job: Job) -> Job | None:
        """Return the one that may go now that `job` is done, if one waits."""
        waiting = self._waiting[job.key]
        if waiting:
            return waiting.popleft()
        del self._waiting[job.key]
        return None
