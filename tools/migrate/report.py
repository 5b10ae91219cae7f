"""The report of a migration, for people."""

from __future__ import annotations

from tools.migrate.changes import KINDS
from tools.migrate.engine import Result

_HEADINGS = {
    "removed": "removed: it had no effect, or only a broken one",
    "changed": "written differently: the effect is the same",
    "added": "added: it was silently so",
    "decide": "for you to decide: the file says what the official chart does, which may not be what you want",
    "note": "unchanged, and worth knowing",
}


def write(result: Result) -> str:
    """The text, with a line end at its end."""
    lines: list[str] = []
    for kind in KINDS:
        found = [change for change in result.changes if change.kind == kind]
        if found:
            lines += [f"{_HEADINGS[kind]} ({len(found)})", *(f"  {change.sentence()}" for change in found), ""]
    if not result.edits:
        lines += ["nothing has to change", ""]
    if result.left:
        lines += [f"LEFT: the chart does not accept this yet ({len(result.left)})"]
        for finding in result.left:
            place = f"{finding.place}: " if finding.place else ""
            path = f"{finding.path}: " if finding.path else ""
            lines.append(f"  {place}{path}{finding.sentence()}")
        return "\n".join([*lines, ""])
    verdict = result.verdict
    versions = f"Kubernetes {', '.join(verdict.kubernetes)}"
    lines += [
        f"accepted: certificate mode {verdict.mode}, {len(verdict.objects)} objects, rendered and judged for {versions}"
    ]
    if verdict.provide:
        lines += ["you provide:", *(f"  {' '.join(item.split())}" for item in verdict.provide)]
    return "\n".join([*lines, ""])
