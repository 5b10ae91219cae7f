"""What the values schema has against the files: keys that go, and values that are written another way.

The official chart has no schema; Go's templates take any value. A string is true to them, ``"false"`` included, null is
false, and what is printed into a field is read by Kubernetes as if it stood there without quotes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from tools.check import schema
from tools.check.findings import Finding
from tools.check.layers import Steps, Values, dotted
from tools.migrate import official
from tools.migrate.workspace import GONE, Workspace
from tools.values_schema import Key, load

# Printed by templates as they are, not asked by an "if": the text is the value.
_PRINTED = re.compile(
    r"automountServiceAccountToken$|^enableServiceLinks$|hostUsers$|useHostNetwork$|disableCompression$|"
    r"^(securityContext|podSecurityContext)\."
)
_TRUE, _FALSE = ("true", "yes", "on", "y"), ("false", "no", "off", "n")


@functools.cache
def _keys() -> dict[str, Key]:
    return {key.path: key for key in load().all_keys()}


def apply(workspace: Workspace) -> bool:
    """Whether anything was changed. What cannot be changed here stays for the proof to tell."""
    places = {dotted(steps): steps for steps in _walk(workspace.values, ())}
    changed = False
    for finding in schema.problems(workspace.judged, workspace.values):
        steps = places.get(finding.path)
        if steps is None:
            steps = _nearest(finding.path, places)
        if steps is not None and _there(workspace, steps):
            _fix(workspace, finding, steps)
            changed = True
            if any(isinstance(step, int) for step in steps):
                # The numbers of the other items have changed.
                break
    return changed


def _fix(workspace: Workspace, finding: Finding, steps: Steps) -> None:
    path, value = dotted(steps), _value(workspace, steps)
    if finding.what in ("is no key of this chart", "no such key"):
        if path.startswith("podDisruptionBudget."):
            workspace.remove(steps, f"it is no switch; {finding.fix}")
        elif finding.path == path and not official.reads(path):
            workspace.remove(steps, f"the official chart ignores it; {finding.fix}")
        else:
            workspace.remove(steps, f"Kubernetes does not know it there; {finding.fix}")
        return
    key = _keys().get(re.sub(r"\[\d+\]", "[]", path))
    new, reason = _rewritten(path, value, key)
    if new is not GONE:
        workspace.put(steps, new, reason)
        return
    gone = _item(steps)
    told = f"{finding.path.removeprefix(path).lstrip('.')} " if finding.path != path else ""
    if value in (None, "", [], {}):
        workspace.remove(gone, "empty, and the default is the same to the official chart")
    else:
        workspace.remove(gone, f"neither Kubernetes nor KEDA takes it: {told}{finding.what}; {finding.fix}")


def _rewritten(path: str, value: Any, key: Key | None) -> tuple[Any, str]:
    """(new value, reason); GONE when there is no other way to write it."""
    if key is None:
        return GONE, ""
    types = key.types
    if "boolean" in types and not isinstance(value, (bool, dict, list)):
        if isinstance(value, str) and _PRINTED.search(path) and value.lower() in (*_TRUE, *_FALSE):
            return value.lower() in _TRUE, "a boolean without quotes, as Kubernetes reads it"
        told = "null" if value is None else f"the text {value!r}" if isinstance(value, str) else str(value)
        return bool(value), f"to the official chart {told} is {str(bool(value)).lower()}"
    if "integer" in types and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value.strip()):
        return int(value), "a number without quotes"
    if "integer" in types and isinstance(value, float) and value.is_integer():
        return int(value), "a whole number"
    if "string" in types and isinstance(value, bool):
        return str(value).lower(), "text, so in quotes"
    if "string" in types and isinstance(value, (int, float)):
        return _as_go_prints(value), "text, so in quotes; this is what Helm makes of the number"
    if isinstance(value, str):
        for word in key.schema.get("enum", []):
            if isinstance(word, str) and word.lower() == value.lower():
                return word, "Kubernetes knows it only in this spelling"
    if value is None and "string" in types and "pattern" not in key.schema and "enum" not in key.schema:
        return "", "null is an empty text to the official chart"
    return GONE, ""


def _as_go_prints(number: float) -> str:
    if isinstance(number, int):
        return str(number)
    return repr(int(number)) if number.is_integer() and abs(number) < 1e6 else repr(number)


def _item(steps: Steps) -> Steps:
    """The whole item of a list for something that is wrong in it: without that part it would mean something else."""
    for depth in range(len(steps), 0, -1):
        if isinstance(steps[depth - 1], int):
            return steps[:depth]
    return steps


def _nearest(path: str, places: dict[str, Steps]) -> Steps | None:
    """The key around a path that the files do not have, such as a name that is missing in an item."""
    while path:
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
        if path in places:
            return places[path]
    return None


def _there(workspace: Workspace, steps: Steps) -> bool:
    return any(document.has(steps) for document in workspace.documents)


def _value(workspace: Workspace, steps: Steps) -> Any:
    found: Any = workspace.values
    for step in steps:
        found = found[step]
    return found


def _walk(values: Values | list[Any], steps: Steps) -> Iterator[Steps]:
    pairs = values.items() if isinstance(values, dict) else enumerate(values)
    for name, child in pairs:
        yield (*steps, name)
        if isinstance(child, (dict, list)):
            yield from _walk(child, (*steps, name))
