"""A command of tools/ as its users run it, inside this process: arguments in, exit code and what it printed out."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """What a run left: exit code, standard output, standard error."""

    code: int
    out: str
    log: str


def run(main: Callable[[Sequence[str]], int], *arguments: str | Path) -> Ended:
    """One run of a command's ``main``. Bad usage, which argparse ends with SystemExit, is an exit code here, too."""
    out, log = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(log):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), log.getvalue())
