"""What a values file may hold is what was decided, and each bound is one for Helm, too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.values import surface
from tests.values.documents import fragment, keys, pointer, problems
from tools.values_schema import Key


def test_no_key_accepts_more_or_less_than_was_decided() -> None:
    changes = surface.changes()
    assert not changes, "\n".join(["`python -m tests.values.surface --accept` accepts this:", *changes])


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "port": {"type": "integer", "minimum": 1},
        "old": {"const": "removed: use new", "not": {"const": "removed: use new"}},
        "items": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
    },
    "additionalProperties": {"const": "removed: no such key; the keys here are port, items"},
}


def test_the_surface_tells_each_constraint_once() -> None:
    assert surface.lines(SCHEMA) == [
        "(all values): others=none type=object",
        "port: minimum=1 type=integer",
        "old: refused, removed: use new",
        "items: type=array",
        'items[]: enum=["a","b"] type=string',
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"additionalProperties": True},
        {"properties": {**SCHEMA["properties"], "port": {"type": "integer"}}},
        {"properties": {**SCHEMA["properties"], "port": {"type": ["integer", "string"], "minimum": 1}}},
        {"properties": {name: child for name, child in SCHEMA["properties"].items() if name != "old"}},
    ],
    ids=["an object that is open", "a bound less", "a type more", "a removed key forgotten"],
)
def test_no_loosened_schema_has_the_same_surface(change: dict[str, Any]) -> None:
    assert surface.lines({**SCHEMA, **change}) != surface.lines(SCHEMA)


def _outside(key: Key) -> list[tuple[str, Any]]:
    """(keyword, value just outside of it) for each bound of a key."""
    found: list[tuple[str, Any]] = []
    for keyword, step in (("minimum", -1), ("maximum", 1)):
        if keyword in key.schema:
            found.append((keyword, key.schema[keyword] + step))
    if "maxLength" in key.schema and "string" in key.types:
        found.append(("maxLength", "a" * (key.schema["maxLength"] + 1)))
    if key.schema.get("minLength") and "string" in key.types:
        found.append(("minLength", "a" * (key.schema["minLength"] - 1)))
    if key.schema.get("minItems") and "array" in key.types:
        found.append(("minItems", []))
    return found


BOUNDS = [pytest.param(key, value, id=f"{key.path}-{keyword}") for key in keys() for keyword, value in _outside(key)]


def test_the_bounds_of_the_schema_are_found() -> None:
    assert len(BOUNDS) > 50


@pytest.mark.parametrize(("key", "value"), BOUNDS)
def test_a_value_just_outside_of_its_bound_is_refused_by_path(key: Key, value: Any) -> None:
    assert pointer(key.path) in problems(fragment(key.path, value))
