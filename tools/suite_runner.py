"""The long-lived worker that runs helm-unittest suites and renders values for one chart in memory, and tells which probes
were reached (tools/toolchain/helm-unittest/suites/main.go).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tools import toolchain
from tools.line_process import LineProcess, ProcessEnded


class SuiteRunnerFailed(Exception):
    """The worker could not do what was asked, or ended; the message is its own."""


@dataclass(frozen=True)
class Outcome:
    """One helm-unittest test: suite file, name, whether it passed, and the ids of the probes that it reached."""

    file: str
    test: str
    passed: bool
    covered: frozenset[str]


@dataclass(frozen=True)
class Sight:
    """What one set of values gives: a digest of all that is printed, the refusal (or ""), and the probes reached.

    Line numbers in refusals are left out, so that a template with a line less is no other refusal.
    """

    digest: str
    refusal: str
    covered: frozenset[str]


class SuiteRunner:
    """One process with one chart folder. ``schema``: keep the values schema, which costs time for each test."""

    def __init__(self, chart: Path, *, schema: bool = False) -> None:
        self._process = LineProcess([str(toolchain.program("suite-runner"))], directory=chart)
        self.load(chart, schema=schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._process.close()

    def load(self, chart: Path, *, schema: bool = False) -> None:
        """Read a chart folder."""
        self._ask({"load": str(chart), "schema": schema})

    def patch(self, files: Mapping[str, str]) -> None:
        """Replace files (name below the chart -> text) of the chart as loaded; an empty mapping takes all changes back."""
        self._ask({"patch": dict(files)})

    def blocks(self, template: str) -> list[tuple[str, int, bool]]:
        """The blocks of a template by Go's own parser, sorted: keyword (a define with its name), line of the condition (0
        for a define), whether an else follows.
        """
        found = self._ask({"parse": template}).get("blocks") or []
        return sorted((entry["keyword"], entry["line"], entry["else"]) for entry in found)

    def run(self, suites: Mapping[Path, Sequence[str] | None], *, fail_fast: bool = False) -> list[Outcome]:
        """Run tests: suite file -> names, None for all of them."""
        wanted = [{"file": str(file), "tests": names} for file, names in suites.items()]
        reply = self._ask({"suites": wanted, "fail_fast": fail_fast})
        return [
            Outcome(entry["file"], entry["test"], entry["passed"], frozenset(entry["covered"] or ()))
            for entry in reply.get("outcomes") or ()
        ]

    def render(self, values: Any, *, release: str, namespace: str, kubernetes: str) -> Sight:
        """Render values (anything that JSON can hold) without validating them against the schema."""
        what = {"values": values, "release": release, "namespace": namespace, "kubernetes": kubernetes}
        reply = self._ask({"render": what})
        return Sight(reply.get("digest", ""), reply.get("refused", ""), frozenset(reply.get("covered") or ()))

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            reply = self._process.ask(json.dumps(request) + "\n")
        except ProcessEnded as ended:
            raise SuiteRunnerFailed(str(ended)) from None
        if reply["error"]:
            raise SuiteRunnerFailed(reply["error"])
        return reply
