"""A number, a text or a list just outside of what the schema says is refused by its full path."""

from __future__ import annotations

from typing import Any

import pytest

from tests.values.documents import fragment, keys, pointer, problems
from tools.values_schema import Key


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
