"""Reading an error of the chart: which values it names."""

from __future__ import annotations

import re


def paths(error: str) -> frozenset[str]:
    """The dotted values paths that ``error`` complains about, whether the schema or templates/validate.yaml refused.

    A list's item is written as ``list[0]`` by the chart and as ``list.0`` here, like the schema's ``/list/0``.
    """
    if "these values cannot work:" in error:
        told = [path for line in re.findall(r"^  - ([^:]*): ", error, re.MULTILINE) for path in line.split(", ")]
        return frozenset(re.sub(r"\[(\d+)\]", r".\1", path) for path in told)
    # A line that says "validation failed" is the heading of those below it; what is missing stands below the path of its block.
    found = set()
    for pointer, missing in re.findall(r"at '(/[^']*|)': (?!validation failed)(?:missing property '([^']*)')?", error):
        steps = [*pointer.split("/")[1:], *([missing] if missing else [])]
        found.add(".".join(step.replace("~1", "/").replace("~0", "~") for step in steps))
    return frozenset(found)
