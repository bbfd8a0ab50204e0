"""Per-key ordering: at most one message of each key is in flight."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

from .job import Job


class KeyOrder:
    """The keys in flight, and the messages that wait for each of them."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[Job]] = {}

    def is_first(self, job: Job) -> bool:
        """Return whether a message can be sent now; if not, queue it behind its predecessor."""
        message = job.message
        try:
            job.key = (message.topic, message.key)
            waiting = self._waiting.get(job.key)
        except (AttributeError, TypeError):  # not a valid message: it has no order to keep
            job.key = job
            waiting = None
        if waiting is None:
            self._waiting[job.key] = deque()
            return True
        waiting.append(job)
        return False

    def after(self, job: Job) -> Job | None:
        """Return the next message with the key of `job`, which is done, or None."""
        waiting = self._waiting[job.key]
        if waiting:
            return waiting.popleft()
        del self._waiting[job.key]
        return None
