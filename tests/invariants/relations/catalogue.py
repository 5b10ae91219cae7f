"""Every relation there is: the RELATIONS of each module beside this file, in the order of the modules' names."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tests.invariants.relations.relation import Relation

_WITHOUT = {"relation", "catalogue"}


@functools.cache
def modules() -> tuple[str, ...]:
    """Names of the modules that hold relations."""
    return tuple(sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem not in _WITHOUT))


@functools.cache
def every() -> Mapping[str, Relation]:
    """Relation by "module.statement"; LookupError when a module has none, ValueError when one stands there twice."""
    found: dict[str, Relation] = {}
    for name in modules():
        module = importlib.import_module(f"{__package__}.{name}")
        relations: tuple[Relation, ...] = getattr(module, "RELATIONS", ())
        if not relations:
            raise LookupError(f"tests/invariants/relations/{name}.py has no RELATIONS")
        for relation in relations:
            key = f"{name}.{relation.__name__}"
            if key in found:
                raise ValueError(f"{key} is listed twice")
            found[key] = relation
    return MappingProxyType(found)
