"""Errors of the chart and of Helm as findings: one for each line, with its values path."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.check.findings import Finding

_HEAD = "these values cannot work:"
_LINE = re.compile(r"^\s*- (?P<paths>[^:\s]+(?:, [^:\s]+)*): (?P<what>.*)$")
_SCHEMA_LINE = re.compile(r"^\s*- at '(?P<pointer>/[^']*)': (?P<what>(?!validation failed).*)$", re.MULTILINE)
_ADVICE_OF_HELM = "\n\nUse --debug flag to render out invalid YAML"


def of_chart(error: str) -> Iterator[Finding]:
    """Findings of the text with which a rendering failed."""
    text = error.replace(_ADVICE_OF_HELM, "")
    if _HEAD in text:
        for line in text.partition(_HEAD)[2].splitlines():
            found = _LINE.match(line)
            if found:
                what, _, fix = found["what"].partition("; ")
                # Several paths in one sentence contradict each other: the first stands for them all.
                paths = found["paths"].split(", ")
                what = f"(with {', '.join(paths[1:])}) {what}" if len(paths) > 1 else what
                yield Finding("problem", "chart", what, paths[0], fix)
            elif line.strip():
                yield Finding("problem", "chart", line.strip().removeprefix("- "))
        return
    schema = list(_SCHEMA_LINE.finditer(text))
    for found in schema:
        path = found["pointer"][1:].replace("/", ".").replace("~1", "/").replace("~0", "~")
        yield Finding("problem", "values-schema", found["what"], path)
    if not schema:
        cause = "extraObjects" if "extra-objects.yaml" in text else ""
        yield Finding("problem", "chart", text.strip(), cause, "correct it" if cause else "")


_NOTE_PATH = re.compile(r"^(?P<path>[a-z][A-Za-z]*(?:\.[A-Za-z]+)*)(?:: | )(?P<rest>.*)$")


def notes(text: str, keys: frozenset[str]) -> Iterator[Finding]:
    """The warnings at the end of NOTES ("Please note"); ``keys`` are the top-level keys of the values."""
    for line in text.partition("\nPlease note:\n")[2].splitlines():
        sentence = line.strip().removeprefix("- ")
        if not sentence:
            continue
        found = _NOTE_PATH.match(sentence)
        known = found and found["path"].split(".")[0] in keys
        if found and known:
            what, _, fix = found["rest"].partition(": ") if ". " not in found["rest"] else found["rest"].partition(". ")
            yield Finding("warning", "notes", what.rstrip("."), found["path"], fix.rstrip("."))
        else:
            yield Finding("warning", "notes", sentence)
