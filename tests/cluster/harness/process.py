"""One program in the cluster's namespaces: started, watched, stopped, its failure explained.

A program's log goes to a file, so that its tail can be shown when it fails.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOG_TAIL_LINES = 30
_SECONDS_BETWEEN_PROBES = 0.05


class ComponentFailed(Exception):
    """A component ended or never became ready; the message carries command, exit code and log tail."""


class CommandFailed(Exception):
    """A client command failed; the message carries command, exit code and the end of what it said."""

    def __init__(self, command: Sequence[str], returncode: int | None, output: str) -> None:
        how = "ran out of time" if returncode is None else f"failed with exit code {returncode}"
        super().__init__(f"`{shlex.join(command)}` {how}\n{tail(output)}")
        self.returncode = returncode
        self.output = output


class NotReady(Exception):
    """What a readiness probe raises while its component is not ready; the message says what was seen."""


@dataclass(frozen=True)
class Finished:
    """A client command that ended: exit code and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


class Process:
    """A running program. It is the leader of a process group of its own, which is killed as a whole."""

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, enter: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        """Start ``command`` in the namespaces that the prefix ``enter`` leads into."""
        self.name = name
        self.command = list(command)
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*enter, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                # Ctrl-C is for the test run, which then stops its processes in order.
                start_new_session=True,
            )

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def explain(self, what: str) -> ComponentFailed:
        """The error that says ``what`` happened to this program, with its command and log tail."""
        command, log = shlex.join(self.command), tail(self.read_log())
        return ComponentFailed(f"{self.name} {what}\ncommand: {command}\nlog ({self.log}):\n{log}")

    def read_log(self) -> str:
        """All that the program has written."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def check(self) -> None:
        """Raise ComponentFailed when the program has ended."""
        if self.returncode is not None:
            raise self.explain(f"ended with exit code {self.returncode}")

    def wait_ready(self, probe: Callable[[], None], seconds: float) -> None:
        """Call ``probe`` until it stops raising NotReady; ComponentFailed when the program ends or time runs out."""
        try:
            until_ready(probe, self.check, seconds)
        except NotReady as seen:
            raise self.explain(f"was not ready after {seconds:.0f} s: {seen}") from None

    def wait(self, seconds: float) -> int:
        """Exit code once the program ends; ComponentFailed when that takes longer than ``seconds``."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise self.explain(f"did not end within {seconds:.0f} s") from None

    def signal(self, number: int) -> None:
        """Send a signal to the whole process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def stop(self, seconds: float = 5) -> None:
        """End the program: SIGTERM, then after ``seconds`` SIGKILL."""
        self.signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL the process group and collect its leader."""
        self.signal(signal.SIGKILL)
        self._process.wait()


def until_ready(probe: Callable[[], None], check: Callable[[], None], seconds: float) -> None:
    """Call ``check`` and ``probe`` until ``probe`` stops raising NotReady; its last NotReady when time runs out."""
    end = time.monotonic() + seconds
    while True:
        check()
        try:
            return probe()
        except NotReady:
            if time.monotonic() > end:
                raise
        time.sleep(_SECONDS_BETWEEN_PROBES)


def run(
    command: Sequence[str],
    *,
    enter: Sequence[str],
    environment: Mapping[str, str],
    stdin: str | bytes | Path | None,
    seconds: float,
    check: bool,
    directory: Path | None = None,
) -> Finished:
    """Run ``command`` to its end; ``stdin`` is text, bytes, or a file to read from.

    Raises CommandFailed when time runs out and, with ``check``, when the exit code is not 0.
    """
    with contextlib.ExitStack() as stack:
        content = stdin.encode() if isinstance(stdin, str) else stdin
        source = stack.enter_context(content.open("rb")) if isinstance(content, Path) else subprocess.PIPE
        process = subprocess.Popen(
            [*enter, *command],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
        )
        try:
            stdout, stderr = process.communicate(content if isinstance(content, bytes) else None, timeout=seconds)
        except BaseException as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise CommandFailed(
                    command, None, out.decode(errors="replace") + err.decode(errors="replace")
                ) from None
            raise
    finished = Finished(process.returncode, stdout.decode(errors="replace"), stderr.decode(errors="replace"))
    if check and finished.returncode != 0:
        raise CommandFailed(command, finished.returncode, finished.stdout + finished.stderr)
    return finished


def tail(text: str) -> str:
    """The last lines of a log."""
    return "\n".join(text.splitlines()[-_LOG_TAIL_LINES:])
