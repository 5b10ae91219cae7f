"""Mutants of charts/keda/values.yaml: a default that is another one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.mutants.mutation import Mutant, mutant

FILE = "charts/keda/values.yaml"

_LINE = re.compile(r"^(?P<indent> *)(?P<name>[\w.-]+):(?:\s+(?P<value>[^#\n]*?))?\s*(?:#.*)?$")


def mutants(text: str, words: Mapping[str, Sequence[Any]]) -> Iterator[Mutant]:
    """All mutants of the defaults. ``words``: dotted path -> the values that its enum allows."""
    position = 0
    path: list[tuple[int, str]] = []
    for line in text.splitlines(keepends=True):
        start = position
        position += len(line)
        found = _LINE.match(line.rstrip("\n"))
        if found is None:
            continue
        indent = len(found["indent"])
        path = [entry for entry in path if entry[0] < indent]
        path.append((indent, found["name"]))
        value = found["value"] or ""
        if not value:
            continue
        other = _another(value, words.get(".".join(name for _, name in path), ()))
        if other is not None:
            at = start + found.start("value")
            yield mutant("change default", FILE, text, at, at + len(value), other)


def _another(value: str, words: Sequence[Any]) -> str | None:
    if words:
        others = [word for word in words if word is not None and str(word) != value.strip("\"'")]
        return f'"{others[0]}"' if others and isinstance(others[0], str) else (str(others[0]) if others else None)
    if value in {"true", "false"}:
        return "false" if value == "true" else "true"
    if re.fullmatch(r"-?\d+", value):
        return str(int(value) + 1)
    if value in {'""', "''", "[]", "{}", "null", "~"} or value[0] in "[{|>&*":
        return None
    # A duration, a version or a name: one digit more or one letter more.
    bare = value.strip("\"'")
    number = re.match(r"\d+", bare)
    changed = str(int(number[0]) + 1) + bare[number.end() :] if number else f"{bare}z"
    return f'"{changed}"'
