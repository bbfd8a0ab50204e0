"""Ctrl-C and its like while messages are sent: heard at once, and never in the midst of counting.

An exception that a signal raises anywhere can tear a delivery from whoever was about to count it.
So the signals only leave a note, except where `Stop.may_strike` says that nothing can be torn.
"""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Self

# By name: not every system has all of them. Windows has SIGBREAK, and no SIGHUP.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Stop:
    """Takes the signals that end a program; use it in a ``with`` statement."""

    def __init__(self) -> None:
        self.signal: int | None = None
        """The first signal that came, or None."""
        self.may_strike = False
        """May a signal raise a `KeyboardInterrupt` now? Set it where every step can be torn off,
        and take it back, without a call in between, where something is to be done as a whole."""
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for name in _NAMES:
            number = getattr(signal, name, None)
            # What is ignored (nohup, a job in the background of a script) stays ignored.
            if number is None or signal.getsignal(number) in (signal.SIG_IGN, None):
                continue
            try:
                self._before[number] = signal.signal(number, self._came)
            except ValueError:  # in another thread than the first, where no signal comes
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
        """The exit code that shells give a program that was ended so: 130 for Ctrl-C."""
        return 128 + (self.signal or signal.SIGINT)

    def _came(self, number: int, frame: FrameType | None) -> None:
        if self.signal is None:
            self.signal = number
        if self.may_strike:
            self.may_strike = False  # once: what follows is done as a whole
            raise KeyboardInterrupt
