"""The report for people: one line for each problem, with file and line in front so that editors and terminals find it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tools.check.findings import Finding, Verdict


def write(verdicts: Sequence[Verdict]) -> str:
    """The whole report, ending in a line end."""
    return "\n\n".join("\n".join(_lines(verdict)) for verdict in verdicts) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"{' + '.join(verdict.files) or 'defaults of the chart'}: {_outcome(verdict)}"
    yield f"release {verdict.release} in namespace {verdict.namespace}, Kubernetes {', '.join(verdict.kubernetes)}"
    if verdict.mode:
        yield f"certificate mode: {verdict.mode} ({verdict.mode_summary})"
        yield ""
        yield f"objects ({len(verdict.objects)}):"
        by_kind: dict[str, list[str]] = {}
        for entry in verdict.objects:
            elsewhere = entry.namespace not in ("", verdict.namespace)
            by_kind.setdefault(entry.kind, []).append(f"{entry.namespace}/{entry.name}" if elsewhere else entry.name)
        width = max(map(len, by_kind), default=0)
        for kind, names in sorted(by_kind.items()):
            yield f"  {kind:{width}}  {', '.join(sorted(names))}"
        yield ""
        yield "you provide:" if verdict.provide else "you provide: nothing"
        yield from (f"  - {sentence}" for sentence in verdict.provide)
    for name in verdict.unjudged:
        yield f"not judged, there is no schema for it: {name}"
    for title, findings in (("warnings", verdict.warnings), ("problems", verdict.problems)):
        if findings:
            yield ""
            yield f"{title} ({len(findings)}):"
            yield from (f"  {line(finding)}" for finding in findings)


def line(finding: Finding) -> str:
    """One finding: place, path, what and fix."""
    parts = [str(finding.place) if finding.place else "", finding.path, finding.sentence()]
    return ": ".join(part for part in parts if part)


def _outcome(verdict: Verdict) -> str:
    counts = [(len(verdict.problems), "problem"), (len(verdict.warnings), "warning")]
    said = ", ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count)
    if verdict.problems:
        return said
    return f"ok, {said}" if said else "ok"
