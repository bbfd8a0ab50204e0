"""Termination signals while messages are sent: handled promptly, but never while counting.

A `KeyboardInterrupt` raised at an arbitrary point can lose a delivery between being received and
being counted. So the signals are only recorded, except where `Stop.may_interrupt` is set.
"""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Self

# By name: not every system has all of them. Windows has SIGBREAK, and no SIGHUP.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Stop:
    """A context manager that handles the signals that terminate a program."""

    def __init__(self) -> None:
        self.signal: int | None = None
        """The first signal received, or None."""
        self.may_interrupt = False
        """Whether a signal may raise `KeyboardInterrupt` now. Set it only where any step can be
        interrupted, and clear it, without a call in between, before a step that cannot."""
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for name in _NAMES:
            number = getattr(signal, name, None)
            # An ignored signal stays ignored: nohup, a background job of a script.
            if number is None or signal.getsignal(number) in (signal.SIG_IGN, None):
                continue
            try:
                self._before[number] = signal.signal(number, self._received)
            except ValueError:  # outside the main thread, where signals are not delivered
                return self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @property
    def exit_code(self) -> int:
        """The exit code that shells report for the signal: 130 for Ctrl-C."""
        return 128 + (self.signal or signal.SIGINT)

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self.signal is None:
            self.signal = number
        if self.may_interrupt:
            self.may_interrupt = False  # only once: the cleanup must not be interrupted
            raise KeyboardInterrupt
