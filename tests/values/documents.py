"""Values documents with one thing put into them, and the keys that the tests of this folder go through."""

from __future__ import annotations

import copy
import functools
import re
from typing import Any

import jsonschema_rs

from tools.values_schema import MISSING, Contract, Key, load

Values = dict[str, Any]


@functools.cache
def contract() -> Contract:
    return load()


@functools.cache
def validator() -> jsonschema_rs.Validator:
    """The schema of the chart. Helm judges alike: tests in this folder prove that on samples."""
    return jsonschema_rs.validator_for(contract().schema)


def steps(path: str) -> list[str]:
    """The names along a dotted path; [] is a step of its own."""
    return re.findall(r"[^.\[\]]+|\[\]", path)


def fragment(path: str, value: Any) -> Values:
    """A values document that holds nothing but ``value`` at ``path``; a list on the way has one item."""
    document: Any = value
    for step in reversed(steps(path)):
        document = [document] if step == "[]" else {step: document}
    assert isinstance(document, dict)
    return document


def pointer(path: str) -> str:
    """How Helm and the validator write the path, with the first item of a list."""
    return "".join("/0" if step == "[]" else "/" + step.replace("~", "~0").replace("/", "~1") for step in steps(path))


def merged(values: Values, defaults: Values | None = None) -> Values:
    """What the schema is applied to: the defaults of the chart with ``values`` over them; null takes a default away."""
    result: Values = copy.deepcopy(contract().values if defaults is None else defaults)
    for name, value in values.items():
        if value is None and name in result:
            del result[name]
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(value, result[name])
        else:
            result[name] = value
    return result


def problems(values: Values) -> dict[str, str]:
    """Message by pointer, of everything that the schema has against ``values`` on top of the defaults."""
    errors = validator().iter_errors(merged(values))
    return {
        "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error.instance_path): error.message
        for error in errors
    }


@functools.cache
def all_keys() -> tuple[Key, ...]:
    return tuple(contract().all_keys())


@functools.cache
def names_by_parent() -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for key in all_keys():
        names.setdefault(key.parent, []).append(key.name)
    return names


def keys(**wanted: bool) -> list[Key]:
    """Keys of the chart; with in_closed=True only those whose misspelling an object around them can notice."""
    found = [key for key in all_keys() if all(getattr(key, name) == value for name, value in wanted.items())]
    assert found, f"no key is {wanted}"
    return found


def siblings(key: Key) -> list[str]:
    """Names of the keys beside ``key``, itself included."""
    return names_by_parent()[key.parent]


def evenly(items: list[Any], number: int) -> list[Any]:
    """``number`` of the items, spread over all of them."""
    assert len(items) >= number
    return [items[index * len(items) // number] for index in range(number)]


def has_default(key: Key) -> bool:
    return key.default is not MISSING and "default" not in key.schema
