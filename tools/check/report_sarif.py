"""The report as SARIF 2.1.0, for code scanning: findings appear on the line of the values file that they come from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from tools.check.findings import Finding, Verdict

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"problem": "error", "warning": "warning"}


def write(verdicts: Sequence[Verdict]) -> str:
    """The whole report: one run with the results of all verdicts."""
    results = [_result(finding, verdict) for verdict in verdicts for finding in verdict.findings]
    rules = dict.fromkeys(result["ruleId"] for result in results)
    driver = {
        "name": "keda-values-check",
        "rules": [{"id": rule, "shortDescription": {"text": _title(rule)}} for rule in rules],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _title(rule: str) -> str:
    return rule.rpartition(".")[2].replace("_", " ").replace("-", " ")


def _result(finding: Finding, verdict: Verdict) -> dict[str, Any]:
    path = f"{finding.path}: " if finding.path else ""
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.level],
        "message": {"text": path + finding.sentence()},
        "partialFingerprints": {"valuesPath/v1": _fingerprint(finding)},
    }
    location = _location(finding, verdict)
    if location:
        result["locations"] = [location]
    return result


def _location(finding: Finding, verdict: Verdict) -> dict[str, Any]:
    """The line of the value; the last values file for a finding that has none, because code scanning wants a file."""
    place = finding.place
    in_file = place is not None and place.source in verdict.files
    source = place.source if place and in_file else verdict.files[-1] if verdict.files else ""
    if not source:
        return {}
    region = (
        {"startLine": place.line, "startColumn": place.column} if place and in_file and place.line else {"startLine": 1}
    )
    return {"physicalLocation": {"artifactLocation": {"uri": quote(source)}, "region": region}}


def _fingerprint(finding: Finding) -> str:
    """The same for one finding wherever its line moves to."""
    text = "\0".join((finding.rule, finding.path, finding.where, finding.what))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
