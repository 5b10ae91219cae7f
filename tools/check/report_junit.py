"""The report as JUnit XML: a suite for each check, a test case for each rule, which fails with its problems.

Warnings go to system-out, where CI systems show them without failing the test.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from tools.check.findings import Verdict
from tools.check.report_text import line

# Characters that XML 1.0 cannot hold at all.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(verdicts: Sequence[Verdict]) -> str:
    """The whole report."""
    suites = "\n".join(_suite(verdict) for verdict in verdicts)
    failures = sum(len(_failing(verdict)) for verdict in verdicts)
    tests = sum(len(_rules(verdict)) for verdict in verdicts)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="keda values" tests="{tests}" failures="{failures}">\n'
        f"{suites}\n</testsuites>\n"
    )


def _rules(verdict: Verdict) -> list[str]:
    return list(dict.fromkeys([*verdict.rules, *(finding.rule for finding in verdict.problems)]))


def _failing(verdict: Verdict) -> set[str]:
    return {finding.rule for finding in verdict.problems}


def _suite(verdict: Verdict) -> str:
    name = " + ".join(verdict.files) or "defaults"
    cases = []
    for rule in _rules(verdict):
        lines = [line(finding) for finding in verdict.problems if finding.rule == rule]
        head = f"    <testcase classname={_attribute(name)} name={_attribute(rule)}"
        if lines:
            text = _text("\n".join(lines))
            cases.append(f"{head}>\n      <failure message={_attribute(lines[0])}>{text}</failure>\n    </testcase>")
        else:
            cases.append(f"{head}/>")
    warnings = "\n".join(line(finding) for finding in verdict.warnings)
    said = f"\n    <system-out>{_text(warnings)}</system-out>" if warnings else ""
    counts = f'tests="{len(_rules(verdict))}" failures="{len(_failing(verdict))}" errors="0"'
    body = "\n".join(cases)
    return f"  <testsuite name={_attribute(name)} {counts}>\n{body}{said}\n  </testsuite>"


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("?", text))


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("?", text))
