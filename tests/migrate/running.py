"""The migration as its users run it, inside this process: arguments in, exit code, file and report out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.support import in_process
from tools.migrate.command import main


@dataclass(frozen=True)
class Outcome:
    """What a run left: exit code, standard output, standard error."""

    code: int
    out: str
    report: str


def migration(*arguments: str | Path) -> Outcome:
    """One run of the command."""
    ended = in_process.run(main, *arguments)
    return Outcome(ended.code, ended.out, ended.log)
