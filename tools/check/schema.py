"""What the values schema says against values: one finding for each path. tests/check proves that Helm refuses the same paths."""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from tools.check.findings import Finding
from tools.check.layers import Steps, Values, dotted

CHART = Path(__file__).resolve().parents[2] / "charts" / "keda"
_RULE = "values-schema"
_REMOVED, _NO_SUCH_KEY = "removed: ", "no such key; the keys here are "
_LONGEST_LIST = 12
_LOOK_UP = "see docs/values.md"
# JSON Schema's word for a type -> how YAML is written.
_WRITTEN = {
    "boolean": "true or false without quotes",
    "integer": "a whole number without quotes",
    "number": "a number without quotes",
    "string": "text, in quotes where it looks like a number or a boolean",
    "array": "a list",
    "object": "a map",
    "null": "null",
}


@functools.cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads((CHART / "values.schema.json").read_bytes()))


def problems(values: Values, given: Values) -> list[Finding]:
    """Everything against ``values`` (over the defaults, as Helm judges them); ``given`` are those of the user alone."""
    found: dict[str, Finding] = {}
    for error in _validator().iter_errors(values):
        for finding in _findings(error, given):
            # A key that matches no pattern is told by its name, and once.
            found.setdefault(finding.path + finding.what, finding)
    return list(found.values())


@functools.cache
def _descriptions() -> dict[str, str]:
    # Read only when something is wrong: it takes a fifth of a second.
    from tools.values_schema import load

    return {key.path: key.schema.get("description", "") for key in load().all_keys()}


def _meaning(path: str) -> str:
    """What the key is for, in the words of the schema."""
    description = _descriptions().get(re.sub(r"\[\d+\]", "[]", path), "")
    return f"what goes there: {' '.join(description.split())}" if description else _LOOK_UP


def _findings(error: Any, given: Values) -> Iterator[Finding]:
    kind, steps = error.kind, tuple(error.instance_path)
    if kind.name in ("anyOf", "oneOf") and getattr(kind, "context", None):
        best = _likeliest(kind.context, steps)
        if best:
            for inner in best:
                yield from _findings(inner, given)
            return
    if kind.name == "required":
        yield _missing((*steps, kind.property), given)
    elif kind.name == "const" and str(kind.expected_value).startswith(_REMOVED):
        yield _removed(steps, kind.expected_value.removeprefix(_REMOVED))
    elif kind.name == "enum":
        # A JSON text or a list, depending on the version of the library.
        options = kind.options if isinstance(kind.options, list) else json.loads(kind.options)
        what = f"{json.dumps(error.instance)} is not one of its words"
        yield Finding("problem", _RULE, what, dotted(steps), _one_of([json.dumps(option) for option in options]))
    elif kind.name == "type":
        yield Finding("problem", _RULE, f"is {_shown(error.instance)}", dotted(steps), _of_type(kind.types))
    else:
        yield Finding("problem", _RULE, _short(error.message), dotted(steps), _meaning(dotted(steps)))


def _likeliest(branches: Any, steps: Steps) -> list[Any]:
    """Of the ways in which a value may be written, the one that it comes closest to; none when all are equally far."""

    def depth(errors: list[Any]) -> int:
        return max((len(error.instance_path) for error in errors), default=0)

    deepest: list[Any] = max(branches, key=depth, default=[])
    return deepest if depth(deepest) > len(steps) else []


def _missing(steps: Steps, given: Values) -> Finding:
    holder: Any = given
    for step in steps[:-1]:
        if isinstance(holder, dict) and isinstance(step, str):
            holder = holder.get(step)
        elif isinstance(holder, list) and isinstance(step, int) and step < len(holder):
            holder = holder[step]
        else:
            holder = None
    if isinstance(holder, dict) and holder.get(str(steps[-1]), ...) is None:
        return Finding("problem", _RULE, "may not be null", dotted(steps), "leave it out to get the default")
    return Finding("problem", _RULE, "is missing", dotted(steps), f"add it; {_meaning(dotted(steps))}")


def _removed(steps: Steps, sentence: str) -> Finding:
    if not sentence.startswith(_NO_SUCH_KEY):
        return Finding("problem", _RULE, "is no key of this chart", dotted(steps), sentence)
    names = sentence.removeprefix(_NO_SUCH_KEY).split(", ")
    close = difflib.get_close_matches(str(steps[-1]), names, n=1, cutoff=0.6)
    fix = f"use {close[0]}" if close else _one_of(names)
    return Finding("problem", _RULE, "no such key", dotted(steps), fix)


def _one_of(options: list[str]) -> str:
    if len(options) > _LONGEST_LIST:
        return f"use one of {len(options)}: {', '.join(options[:_LONGEST_LIST])}, ...; {_LOOK_UP}"
    return f"use {'one of ' if len(options) > 1 else ''}{', '.join(options)}"


def _of_type(types: Any) -> str:
    names = [str(name) for name in (types if isinstance(types, list) else [types])]
    return "use " + " or ".join(_WRITTEN.get(name, name) for name in names)


def _shown(value: Any) -> str:
    words = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "a map"}
    word = words.get(type(value), "null")
    return word if isinstance(value, (dict, list)) or value is None else f"{word} ({_short(json.dumps(value))})"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:297]}..."
