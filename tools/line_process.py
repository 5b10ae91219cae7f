"""A program that answers each line of its input with one line of JSON: renderer, suite runner, judge of the mutants."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_LOG_TAIL_LINES = 30


class ProcessEnded(Exception):
    """The program ended or hung; the text has its command, its exit code and the end of its log."""


class LineProcess:
    """One running program. It must end when its input does; what it writes to standard error is its log."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        directory: Path | None = None,
        environment: Mapping[str, str] | None = None,
        own_session: bool = False,
    ) -> None:
        """Start it, in this process's folder and environment unless told otherwise. ``own_session``: Ctrl-C does not reach it."""
        self._command = list(command)
        # A file, because nobody reads while the program writes: a full pipe would stop it.
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (lives as long as the process)
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            cwd=directory,
            env=environment,
            start_new_session=own_session,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise ProcessEnded(f"`{' '.join(self._command)}` has no pipes")
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def ask(self, line: str, seconds: float | None = None) -> dict[str, Any]:
        """Send one line, which ends in a line end, and return the answer; raises ProcessEnded.

        A program that gives no answer for ``seconds`` is killed; None waits for ever.
        """
        try:
            self._stdin.write(line)
            self._stdin.flush()
        except BrokenPipeError:
            raise self.ended("ended") from None
        if seconds is not None and not select.select([self._stdout], [], [], seconds)[0]:
            self.kill()
            raise self.ended(f"gave no answer for {seconds:.0f} s and was killed")
        return self.read()

    def read(self) -> dict[str, Any]:
        """The next answer; raises ProcessEnded."""
        line = self._stdout.readline()
        if not line.endswith("\n"):
            raise self.ended("ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ended(self, what: str) -> ProcessEnded:
        """The error that says what happened to a program that has ended or is about to."""
        code = self._process.wait()
        return ProcessEnded(f"`{' '.join(self._command)}` {what}; exit code {code}\n{self.log()}")

    def log(self) -> str:
        """The end of what the program has written to standard error."""
        self._log.seek(0)
        return "\n".join(self._log.read().splitlines()[-_LOG_TAIL_LINES:])

    def kill(self) -> None:
        self._process.kill()

    def close(self, seconds: float = 10) -> None:
        """Let the program end, and kill it when it takes longer than ``seconds``; may be called twice."""
        # What could not be written before is of no use to a program that has ended.
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._stdout.close()
        self._log.close()
