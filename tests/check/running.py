"""The check as its users run it, inside this process: arguments in, exit code and report out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support import chart, in_process
from tests.support.in_process import Ended
from tools.check.command import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "values-examples"


class Outcome(Ended):
    """What a run of the check left, and what its report says."""

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
    ended = in_process.run(main, *arguments)
    return Outcome(ended.code, ended.out, ended.log)


def judged(*arguments: str | Path) -> Outcome:
    """The same, as JSON and for one Kubernetes version."""
    return check(*arguments, "--output", "json", "--kubernetes", "1.36")


def written(folder: Path, values: Mapping[str, Any], name: str = "values.yaml") -> Path:
    """A values file that holds ``values``."""
    file = folder / name
    file.write_text(chart.values_text(values), encoding="utf-8")
    return file
