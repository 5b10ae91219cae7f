"""What a values file may hold, as text: one line for each key with everything that the values schema asks of it.

    python -m tests.values.surface            shows what has changed since it was accepted
    python -m tests.values.surface --accept   accepts it

The values are an interface that people's files rely on. A key that accepts more or less than before is a decision, not an
accident: surface.txt is what was decided, and is not written by the generators.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools import values_schema

ACCEPTED = Path(__file__).with_name("surface.txt")
_BELOW = ("properties", "items", "patternProperties", "additionalProperties")
_LONGEST = 118


def lines(schema: Mapping[str, Any]) -> list[str]:
    """The surface of a JSON schema without references; a part that stands twice is told once."""
    told: dict[str, str] = {}
    return list(_lines(schema, "", told))


def current() -> list[str]:
    """The surface of the chart's values."""
    contract = values_schema.load()
    return lines(values_schema.emit(contract.root, contract.values))


def accepted() -> list[str]:
    """What was accepted."""
    return ACCEPTED.read_text(encoding="utf-8").splitlines()


def _lines(node: Mapping[str, Any], path: str, told: dict[str, str]) -> Iterator[str]:
    name = path or "(all values)"
    text = json.dumps(node, sort_keys=True)
    nested = any(keyword in node for keyword in ("properties", "items", "patternProperties"))
    if nested and text in told:
        yield f"{name}: as {told[text]}"
        return
    told[text] = name
    message = node.get("const")
    if isinstance(message, str) and "not" in node:
        yield f"{name}: refused, {message}"
        return
    asked = {keyword: value for keyword, value in node.items() if keyword not in _BELOW}
    others = node.get("additionalProperties")
    if isinstance(others, Mapping) and "const" in others:
        asked["others"] = "none" if "no such key; the keys here are" in others["const"] else others["const"]
    yield from _wrapped(
        f"{name}: {' '.join(f'{word}={_compact(value)}' for word, value in sorted(asked.items()))}".strip()
    )
    for key, child in node.get("properties", {}).items():
        yield from _lines(child, f"{path}.{key}" if path else key, told)
    for pattern, child in node.get("patternProperties", {}).items():
        yield from _lines(child, f"{path}.<{pattern}>", told)
    if "items" in node:
        yield from _lines(node["items"], f"{path}[]", told)


def _compact(value: Any) -> str:
    return (
        value
        if isinstance(value, str) and " " not in value
        else json.dumps(value, separators=(",", ":"), sort_keys=True)
    )


def _wrapped(line: str) -> Iterator[str]:
    """Long lines in several, each after the first with two blanks in front."""
    while len(line) > _LONGEST and " " in line[40:_LONGEST]:
        cut = line.rindex(" ", 40, _LONGEST)
        yield line[:cut]
        line = f"  {line[cut + 1 :]}"
    yield line


def changes() -> list[str]:
    """What differs from what was accepted, as lines of a diff; empty when nothing does."""
    before = accepted() if ACCEPTED.is_file() else []
    return list(difflib.unified_diff(before, current(), "accepted", "now", lineterm="", n=0))


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.values.surface", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accept", action="store_true", help="write surface.txt")
    options = parser.parse_args(arguments)
    found = changes()
    print("\n".join(found) or "nothing has changed")
    if options.accept:
        ACCEPTED.write_text("".join(f"{line}\n" for line in current()), encoding="utf-8")
        return 0
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
