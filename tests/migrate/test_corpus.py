"""A hundred values files of the official chart become files that this chart accepts, and lose nothing that had an effect.

The measure: what INDEX.md calls dead goes, and what a person would then set right by hand (``BY_HAND``) is all that differs.
Rendered, the migrated file and the one corrected by hand are the same objects.
"""

from __future__ import annotations

import copy
import difflib
from pathlib import Path
from typing import Any

import pytest

from tests.migrate import corpus
from tests.support.chart import render
from tests.values import test_corpus as described
from tools.check.layers import parse
from tools.migrate import official
from tools.migrate.document import Document
from tools.migrate.engine import Result, migrate, rewrite
from tools.migrate.workspace import Workspace
from tools.values_schema import load

FILES = corpus.files()
GONE = object()

# What a person has to change beside taking dead keys out: (path, value), GONE takes it away. Each with its reason.
KEDA, METRICS, WEBHOOKS = "kedacore/keda", "kedacore/keda-metrics-apiserver", "kedacore/keda-admission-webhooks"
BY_HAND: dict[str, list[tuple[str, Any]]] = {
    # Dead there; here it would rename what the release has.
    "006": [("nameOverride", GONE), ("fullnameOverride", GONE)],
    # Scraped twice.
    "008": [("prometheus.operator.podMonitor.enabled", False)],
    "009": [("prometheus.operator.podMonitor.enabled", False)],
    # The official chart leaves the CA bundle to others.
    "010": [("certificates.caInjection", "external")],
    # No account has capital letters: the API server refuses the role.
    "028": [("permissions.operator.restrict.serviceAccountTokenCreationRoles", GONE)],
    # The registry stands twice, and no such image exists.
    "053": [("image.keda.repository", KEDA)],
    "061": [("image.keda.repository", KEDA), ("image.metricsApiServer.repository", METRICS)],
    "062": [("image.keda.repository", KEDA), ("image.metricsApiServer.repository", METRICS)],
    "063": [
        ("image.keda.repository", KEDA),
        ("image.metricsApiServer.repository", METRICS),
        ("image.webhooks.repository", WEBHOOKS),
    ],
}
# Honoured keys whose value may change or go, beside those of BY_HAND: each was broken with the official chart.
BROKEN = {
    "028": {"permissions.operator.restrict.serviceAccountTokenCreationRoles[0]"},
    # A container has no fsGroup; a flag that takes a number got a word.
    "090": {
        "logging.metricServer.level",
        "securityContext.operator.fsGroup",
        "securityContext.metricServer.fsGroup",
        "securityContext.webhooks.fsGroup",
    },
    # No switch: it made a budget without a limit.
    "093": {"podDisruptionBudget.operator.create"},
    "094": {f"podDisruptionBudget.{name}.enabled" for name in ("operator", "metricServer", "webhooks")},
    "095": {"podDisruptionBudget.operator.enabled"},
}


def by_hand(file: Path) -> dict[str, Any]:
    """The values as a person would correct them."""
    changes = BY_HAND.get(corpus.number(file), [])
    gone = {path for path, value in changes if value is GONE}
    # The list goes as a whole where INDEX.md names what is wrong in its item.
    dead = {path for path in described.dead_keys(file) if not any(path.startswith(f"{other}.") for other in gone)}
    values = described.without(described.read(file), dead | gone)
    for path, value in changes:
        if value is not GONE:
            _put(values, path.split("."), value)
    return values


def _put(values: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        values = values.setdefault(step, {})
    values[steps[-1]] = value


def _objects(values: dict[str, Any]) -> list[dict[str, Any]]:
    objects = render(values).objects
    assert len(objects) > 10
    return objects


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_that_ran_the_official_chart_runs_this_one(file: Path) -> None:
    # One version of Kubernetes is enough for what differs between files; the command asks all of them.
    result = migrate([file], kubernetes=("1.36",))
    assert result.left == []
    values = parse(result.texts[0], file.name).values
    assert _objects(values) == _objects(by_hand(file))
    _no_honoured_value_is_lost(file, values, result)
    _the_rest_of_the_file_is_as_it_was(file, result)
    _a_second_time_nothing_changes(result)


def _no_honoured_value_is_lost(file: Path, values: dict[str, Any], result: Result) -> None:
    """Each key that the official chart reads has its value, or is listed above with a reason; the report tells all of them."""
    number = corpus.number(file)
    allowed = BROKEN.get(number, set()) | {path for path, _ in BY_HAND.get(number, [])}
    before, after = _leaves(described.read(file)), _leaves(values)
    reported = {change.path for change in result.edits}
    for path, value in before.items():
        if after.get(path, GONE) == value:
            continue
        told = [other for other in reported if path == other or path.startswith((f"{other}.", f"{other}["))]
        assert told, f"{path}: changed without a word"
        honoured = [other for other in told if official.reads(path)]
        assert all(other in allowed for other in honoured), f"{path}: honoured, and not kept"


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Value by dotted path; what is empty is a leaf of its own."""
    if not isinstance(value, (dict, list)) or not value:
        return {path: copy.deepcopy(value)}
    found: dict[str, Any] = {}
    for name, child in value.items() if isinstance(value, dict) else enumerate(value):
        step = f"[{name}]" if isinstance(value, list) else f".{name}" if path else str(name)
        found |= _leaves(child, f"{path}{step}")
    return found


def _the_rest_of_the_file_is_as_it_was(file: Path, result: Result) -> None:
    """In the same order, with the same comments: new lines are only those that a change of the report accounts for."""
    before, after = file.read_text().splitlines(), result.texts[0].splitlines()
    new = [line for line in difflib.ndiff(before, after) if line.startswith("+ ")]
    accounted = sum(4 for change in result.edits if change.kind != "removed")
    assert len(new) <= accounted, new
    if not result.edits:
        assert result.texts[0] == file.read_text()


def _a_second_time_nothing_changes(result: Result) -> None:
    workspace = Workspace([Document(result.texts[0], "again.yaml")])
    rewrite(workspace)
    assert workspace.changes == []


def test_no_exception_outlives_its_file() -> None:
    assert BY_HAND.keys() | BROKEN.keys() <= {corpus.number(file) for file in FILES}


def test_the_list_of_removed_keys_names_every_dead_key_of_the_corpus() -> None:
    listed = {path for path, _ in load().all_removed()}
    dead = {path for file in FILES for path in described.dead_keys(file)}
    assert len(dead) > 50
    # Annotations of no component are told by the names of the components; the rest are values and no keys.
    values = {path for paths in described.ALSO_REFUSED.values() for path in paths}
    assert {path for path in dead - listed - values if not path.startswith("podAnnotations.prometheus.io/")} == set()
