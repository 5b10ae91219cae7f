"""The other end of tools/mutants/pytest_judge.py: one process that judges one workspace by the Python suite."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tools.mutants.workspace import Workspace
from tools.suite_runner import pipes

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
        self._printed = tempfile.TemporaryFile("w+")  # noqa: SIM115 (lives as long as the process)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        corpus = workspace_corpus()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.mutants.pytest_judge"],
            cwd=workspace.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._printed,
            text=True,
            encoding="utf-8",
            env={**kept, **corpus, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
            # Ctrl-C is for the command alone, which then ends this process.
            start_new_session=True,
        )
        self._stdin, self._stdout = pipes(self._process)
        self._items: list[str] | None = None

    @property
    def items(self) -> list[str]:
        """Node ids of all collected tests."""
        if self._items is None:
            self._items = self._read()["items"]
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
        if not self._stdin.closed:
            # It ends when its input does, unless it waits for a child.
            with contextlib.suppress(BrokenPipeError):
                self._stdin.close()
        try:
            self._process.wait(timeout=_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._printed.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        _ = self.items
        self._stdin.write(json.dumps(request) + "\n")
        self._stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        line = self._stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line.endswith("\n") else {"error": "it ended"}
        if "error" in answer:
            self._printed.seek(0)
            raise JudgeFailed(f"pytest judge: {answer['error']}\n{self._printed.read()[-3000:]}")
        return answer


def workspace_corpus() -> dict[str, str]:
    """Where tests/values/test_corpus.py finds its files, which are not part of the repository."""
    beside = Workspace.source().parent / "shared" / "values-corpus"
    return {} if "KEDA_VALUES_CORPUS" in os.environ or not beside.is_dir() else {"KEDA_VALUES_CORPUS": str(beside)}
