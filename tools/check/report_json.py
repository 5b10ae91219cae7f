"""The report as JSON: one object with a list of verdicts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tools.check.findings import Finding, Verdict

VERSION = 1


def write(verdicts: Sequence[Verdict]) -> str:
    """The whole report. ``version`` grows when a key changes its meaning or goes away."""
    return json.dumps({"version": VERSION, "checks": [_verdict(verdict) for verdict in verdicts]}, indent=2) + "\n"


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "files": list(verdict.files),
        "release": verdict.release,
        "namespace": verdict.namespace,
        "kubernetes": list(verdict.kubernetes),
        "ok": not verdict.problems,
        "certificateMode": verdict.mode or None,
        "objects": [
            {"kind": entry.kind, "namespace": entry.namespace or None, "name": entry.name} for entry in verdict.objects
        ],
        "provide": verdict.provide,
        "notJudged": verdict.unjudged,
        "problems": [_finding(finding) for finding in verdict.problems],
        "warnings": [_finding(finding) for finding in verdict.warnings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "rule": finding.rule,
        "path": finding.path or None,
        "object": finding.where or None,
        "what": finding.what,
        "fix": finding.fix or None,
        "file": place.source if place else None,
        "line": place.line or None if place else None,
        "column": place.column or None if place else None,
    }
