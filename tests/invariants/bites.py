"""Renders of the real chart with one object changed in memory: what a relation must catch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from tests.invariants.relations.relation import Problem, Relation
from tests.support import chart, manifests, modes
from tests.support.chart import Rendering
from tests.support.combinations import Combination
from tests.support.manifests import Manifest
from tests.support.renderings import Rendered


def rendered(values: Mapping[str, Any] | None = None, **arguments: Any) -> Rendered:
    """The chart with ``values``; ``arguments`` as in chart.render."""
    given = values or {}
    combination = Combination(
        id="changed",
        values=given,
        mode=modes.mode_of(given),
        metrics_server=given.get("metricsServer", {}).get("enabled", True),
        webhooks=given.get("webhooks", {}).get("enabled", True),
        **arguments,
    )
    return Rendered(combination, chart.render(given, **combination.arguments))


def with_objects(before: Rendered, objects: list[Manifest], notes: str | None = None) -> Rendered:
    """``before`` with other objects, and other notes when they are given."""
    rendering = Rendering(before.rendering.parts, before.rendering.notes if notes is None else notes, ())
    # The cached property of Rendering: the parts still tell which objects extraObjects brought.
    vars(rendering)["objects"] = objects
    return Rendered(before.combination, rendering)


def changed(before: Rendered, kind: str, name: str, change: Callable[[Manifest], object]) -> Rendered:
    """``before`` with ``change`` done to the one object of that kind and name."""
    objects = [copy.deepcopy(entry) if entry["kind"] == kind else entry for entry in before.objects]
    found = manifests.one(objects, kind, name)
    untouched = copy.deepcopy(found)
    change(found)
    assert found != untouched, f"{kind}/{name} is as it was"
    return with_objects(before, objects)


def without(before: Rendered, kind: str, name: str) -> Rendered:
    """``before`` less one object."""
    gone = manifests.one(before.objects, kind, name)
    return with_objects(before, [entry for entry in before.objects if entry is not gone])


def along_with(before: Rendered, manifest: Manifest) -> Rendered:
    """``before`` and one object more."""
    return with_objects(before, [*before.objects, manifest])


def with_notes(before: Rendered, notes: str) -> Rendered:
    """``before`` with another text of NOTES."""
    return with_objects(before, before.objects, notes)


def bite(relation: Relation, before: Rendered, after: Rendered) -> list[Problem]:
    """The problems that ``relation`` sees after the change; AssertionError when it saw one before, or sees none."""
    assert list(relation(before)) == [], "the relation does not hold before the change"
    problems = list(relation(after))
    assert problems, f"{getattr(relation, '__name__', relation)} does not see the change"
    return problems


def places(problems: list[Problem]) -> set[str]:
    """The objects that the problems name."""
    return {problem.where for problem in problems}
