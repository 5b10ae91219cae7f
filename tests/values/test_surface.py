"""What a values file may hold is what was decided."""

from __future__ import annotations

from typing import Any

import pytest

from tests.values import surface


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
