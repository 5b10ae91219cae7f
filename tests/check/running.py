"""The check as its users run it, inside this process: arguments in, exit code and report out."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import chart
from tools.check.command import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "values-examples"


@dataclass(frozen=True)
class Outcome:
    """What a run left: exit code, standard output, standard error."""

    code: int
    out: str
    log: str

    @property
    def report(self) -> dict[str, Any]:
        """The one verdict of a run with --output json."""
        (verdict,) = json.loads(self.out)["checks"]
        assert isinstance(verdict, dict)
        return verdict

    @property
    def problems(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.report["problems"]
        return found

    @property
    def warnings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.report["warnings"]
        return found

    @property
    def paths(self) -> set[str]:
        """The values paths of the problems."""
        return {problem["path"] for problem in self.problems}


class NoLint:
    """In place of the check's Lint, half a second less for each file.

    tools/lint.py has Helm lint the same examples, and test_judging.py has the check do it.
    """

    def __init__(self, *_: object) -> None: ...

    def findings(self) -> tuple[()]:
        return ()

    def stop(self) -> None: ...


def check(*arguments: str | Path) -> Outcome:
    """Run `python -m tools.check` with ``arguments``."""
    out, log = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(log):
        code = main([str(argument) for argument in arguments])
    return Outcome(code, out.getvalue(), log.getvalue())


def judged(*arguments: str | Path) -> Outcome:
    """The same, as JSON and for one Kubernetes version."""
    return check(*arguments, "--output", "json", "--kubernetes", "1.36")


def written(folder: Path, values: Mapping[str, Any], name: str = "values.yaml") -> Path:
    """A values file that holds ``values``."""
    file = folder / name
    file.write_text(chart.values_text(values), encoding="utf-8")
    return file
