"""The migration as its users run it, inside this process: arguments in, exit code, file and report out."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from tools.migrate.command import main


@dataclass(frozen=True)
class Outcome:
    """What a run left: exit code, standard output, standard error."""

    code: int
    out: str
    report: str


def migration(*arguments: str | Path) -> Outcome:
    """One run of the command."""
    out, log = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(log):
        code = main([str(argument) for argument in arguments])
    return Outcome(code, out.getvalue(), log.getvalue())
