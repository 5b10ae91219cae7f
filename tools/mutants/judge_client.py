"""The other end of tools/mutants/pytest_judge.py: one process that judges one workspace by the Python suite."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tools.line_process import LineProcess, ProcessEnded
from tools.mutants.workspace import Workspace

_SECONDS_TO_END = 5.0


class JudgeFailed(Exception):
    """The process cannot collect the tests, or ended; the message has the end of what it printed."""


@dataclass(frozen=True)
class Recorded:
    """What one test does with the chart as it is: the renderings it asks for (JSON), the files it opens, seconds, failure."""

    asked: tuple[str, ...]
    opened: tuple[str, ...]
    seconds: float
    failed: str


@dataclass(frozen=True)
class Regenerated:
    """What a changed values schema leads to: why nobody can generate from it, or the first test that failed."""

    refused: str
    failed: str
    unchanged: bool


class PytestJudge:
    """Started at once; collecting the tests takes it some seconds, until the first answer."""

    def __init__(self, workspace: Workspace) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self._process = LineProcess(
            [sys.executable, "-m", "tools.mutants.pytest_judge"],
            directory=workspace.root,
            environment={**kept, **workspace_corpus(), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
            # Ctrl-C is for the command alone, which then ends this process.
            own_session=True,
        )
        self._items: list[str] | None = None

    @property
    def items(self) -> list[str]:
        """Node ids of all collected tests."""
        if self._items is None:
            self._items = self._told(self._process.read)["items"]
        return self._items

    def record(self, part: int, parts: int) -> dict[str, Recorded]:
        """One part of the tests that are not over chunks, run on the chart as it is."""
        found = self._ask({"record": [part, parts]})["record"]
        return {
            name: Recorded(tuple(entry["asked"]), tuple(entry["opened"]), entry["seconds"], entry["failed"])
            for name, entry in found.items()
        }

    def judge(
        self,
        items: Sequence[str],
        combinations: Sequence[str],
        *,
        renew: bool = False,
        skipped: Sequence[str] = (),
        only: Sequence[str] = (),
    ) -> str:
        """The first test that fails, with its reason; "" when none does. ``renew``: no cache of what files said; ``skipped``,
        ``only``: of the tests over chunks.
        """
        request = {
            "items": list(items),
            "combinations": list(combinations),
            "renew": renew,
            "skipped": list(skipped),
            "only": list(only),
        }
        failed: str = self._ask(request)["failed"]
        return failed

    def regenerate(self, first: str) -> Regenerated:
        """Judge a changed values schema or changed defaults; tests with ``first`` in their names come first."""
        answer = self._ask({"regenerate": True, "first": first})
        return Regenerated(answer.get("refused", ""), answer.get("failed", ""), answer.get("unchanged", False))

    def close(self) -> None:
        """End the process and what it started; may be called twice."""
        self._process.close(_SECONDS_TO_END)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        _ = self.items
        return self._told(lambda: self._process.ask(json.dumps(request) + "\n"))

    def _told(self, answer_of: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            answer = answer_of()
        except ProcessEnded as ended:
            raise JudgeFailed(f"pytest judge: {ended}") from None
        if "error" in answer:
            raise JudgeFailed(f"pytest judge: {answer['error']}\n{self._process.log()}")
        return answer


def workspace_corpus() -> dict[str, str]:
    """Where tests/values/test_corpus.py finds its files, which are not part of the repository."""
    beside = Workspace.source().parent / "shared" / "values-corpus"
    return {} if "KEDA_VALUES_CORPUS" in os.environ or not beside.is_dir() else {"KEDA_VALUES_CORPUS": str(beside)}
