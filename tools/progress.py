"""A line that tells how far a long command is, and when it will be done: rewritten on a terminal, else one now and then."""

from __future__ import annotations

import sys
import time

_WIDTH = 30
_SECONDS_BETWEEN_LINES = 20.0


def bar(done: int, total: int) -> str:
    """``[######....]``: how much of ``total`` is done."""
    filled = min(_WIDTH, _WIDTH * done // max(total, 1))
    return f"[{'#' * filled}{'.' * (_WIDTH - filled)}]"


class ProgressBar:
    """Shows ``done of total`` with the time left, guessed from the pace so far. Writes to standard error."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._terminal = sys.stderr.isatty()
        self._started = time.monotonic()
        self._said = 0.0
        self._stage = ""

    def show(self, done: int, total: int, what: str = "") -> None:
        """Tell the state; cheap enough to be called for every step."""
        now = time.monotonic()
        stage = what.partition(":")[0]
        if stage != self._stage:
            self._stage, self._started = stage, now
        pause = 0.2 if self._terminal else _SECONDS_BETWEEN_LINES
        if now - self._said < pause and done < total:
            return
        self._said = now
        passed = now - self._started
        left = f"{_clock(passed / done * (total - done))} left" if done else "..."
        line = f"{self._title}: {bar(done, total)} {done}/{total} {what}, {left}"
        if self._terminal:
            print(f"\r\033[K{line[:150]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the terminal on a line of its own."""
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
