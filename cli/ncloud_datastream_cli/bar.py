"""The progress bar on stderr: rate and time left, and nothing at all away from a terminal."""

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
    """A bar for a number of messages; where the number is unknown, it counts."""

    def __init__(self, total: int | None) -> None:
        self._progress = Progress(
            MofNCompleteColumn(),
            BarColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        # Before 14.3, rich ends a line even for a bar that is disabled.
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
        """Leave the bar as it stands."""
        if self._shown:
            with contextlib.suppress(OSError):  # the terminal is gone, and the account is not
                self._progress.stop()


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        passed = task.finished_time or task.elapsed
        return Text(f"{task.completed / passed:,.0f}/s" if passed else "")
