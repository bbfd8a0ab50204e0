"""The progress bar on stderr: rate and time left. Without a terminal it prints nothing."""

from __future__ import annotations

import contextlib
import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TimeRemainingColumn,
)
from rich.text import Text

from .terminal import is_terminal


class Bar:
    """A progress bar for a number of messages; without a total it only counts."""

    def __init__(self, total: int | None) -> None:
        self._progress = Progress(
            MofNCompleteColumn(),
            BarColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        # Before 14.3, rich prints a newline even for a disabled bar.
        self._shown = is_terminal(sys.stderr)
        self._task = self._progress.add_task("send", total=total)

    def __enter__(self) -> Self:
        if self._shown:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def advance(self) -> None:
        """Count one more."""
        self._progress.advance(self._task)

    def close(self) -> None:
        """Stop updating the bar and leave it on screen."""
        if self._shown:
            with contextlib.suppress(OSError):  # the terminal is gone; the summary still matters
                self._progress.stop()


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        passed = task.finished_time or task.elapsed
        return Text(f"{task.completed / passed:,.0f}/s" if passed else "")
