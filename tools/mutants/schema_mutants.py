"""Mutants of schemas/values.schema.yaml: a constraint lost or loosened, a key open that was closed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.mutants.mutation import Mutant, mutant

FILE = "schemas/values.schema.yaml"

_DROPPED = (
    "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
    "dependentRequired", "required", "oneOf", "x-optional",
)  # fmt: skip
_KEYWORD = re.compile(r"^(?P<indent> *)(?P<name>[\w$-]+):(?P<rest>.*)$")


def mutants(text: str) -> Iterator[Mutant]:
    """All mutants of the schema as it is written."""
    lines = text.splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    removed_at = -1
    for number, line in enumerate(lines):
        found = _KEYWORD.match(line.rstrip("\n"))
        if found is None:
            continue
        indent, name, rest = len(found["indent"]), found["name"], found["rest"].strip()
        start = offsets[number]
        end = offsets[_behind(lines, number, indent)]
        if name == "x-removed":
            removed_at = indent
        elif removed_at >= 0 and indent <= removed_at:
            removed_at = -1
        elif removed_at >= 0:
            yield mutant("drop removed key", FILE, text, start, end, "")
            continue
        value = start + line.index(found["rest"], indent + len(name) + 1)
        value += len(found["rest"]) - len(found["rest"].lstrip())
        behind = start + len(line.rstrip("\n"))
        if name in _DROPPED:
            yield mutant(f"drop {name}", FILE, text, start, end, "")
        if name in {"minimum", "minLength", "minItems"}:
            yield mutant("loosen bound", FILE, text, value, behind, str(int(rest) - 1))
        elif name in {"maximum", "maxLength", "maxItems"}:
            yield mutant("loosen bound", FILE, text, value, behind, str(int(rest) + 1))
        elif name == "type" and rest and not rest.startswith("#"):
            yield from _wider_type(text, value, behind, rest)
        elif name == "enum" and rest.startswith("["):
            yield mutant("widen enum", FILE, text, value, value + 1, "[anything-else, ")
        elif name == "properties" and not re.search(
            rf"\n {{{indent}}}additionalProperties:", _around(lines, number, indent)
        ):
            yield mutant("open object", FILE, text, start, start, f"{' ' * indent}additionalProperties: true\n")
        elif name == "additionalProperties" and rest not in {"true", "false"} and not rest:
            yield mutant("loosen values", FILE, text, start, end, f"{' ' * indent}additionalProperties: true\n")


def _wider_type(text: str, start: int, end: int, written: str) -> Iterator[Mutant]:
    names = [name.strip().strip('"') for name in written.strip("[]").split(",")]
    for other in ("string", "integer", "boolean", "array"):
        if other not in names and not (other == "integer" and "number" in names):
            quoted = ", ".join('"null"' if name == "null" else name for name in [*names, other])
            yield mutant("widen type", FILE, text, start, end, f"[{quoted}]")
            return


def _behind(lines: list[str], number: int, indent: int) -> int:
    """Number of the first line behind the key: the next one that stands as far left and is not empty."""
    following = number + 1
    while following < len(lines):
        line = lines[following]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        following += 1
    # Empty lines belong to what follows.
    while following > number + 1 and not lines[following - 1].strip():
        following -= 1
    return following


def _around(lines: list[str], number: int, indent: int) -> str:
    """The keys beside one, as text."""
    first = number
    while first > 0 and (
        not lines[first - 1].strip() or len(lines[first - 1]) - len(lines[first - 1].lstrip()) >= indent
    ):
        first -= 1
    last = number
    while last < len(lines) and (not lines[last].strip() or len(lines[last]) - len(lines[last].lstrip()) >= indent):
        last += 1
    return "\n" + "".join(lines[first:last])
