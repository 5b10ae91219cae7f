"""The combinations reach what they claim to reach: every key, every pair of settings."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support import chart, combinations
from tests.support.axes import AXES

# Blocks without defaults in values.yaml (docs/decisions/0008); each component's entry must be set by some line.
_WITHOUT_DEFAULTS = {"resources", "securityContext", "podSecurityContext"}

# Keys that can hold nothing else and render, each with the reason.
_ONE_SETTING_ONLY = {
    ("operator", "livenessProbe", "successThreshold"): "Kubernetes takes no other number than 1 here",
    ("metricsServer", "livenessProbe", "successThreshold"): "Kubernetes takes no other number than 1 here",
    ("webhooks", "livenessProbe", "successThreshold"): "Kubernetes takes no other number than 1 here",
    ("permissions", "operator", "restrict", "namesAllowList"): "refused whenever it holds something",
}

# Keys of the schema that no combination sets, by their last names, each with the reason.
_NOT_TRIED = {
    ("exec",): "KEDA's images have no shell and no other program",
    ("grpc",): "KEDA serves no gRPC health service",
    ("readinessProbe", "terminationGracePeriodSeconds"): "the API server refuses it there",
    ("namesAllowList",): "refused whenever it holds something",
}


def _defaults() -> dict[str, Any]:
    values: dict[str, Any] = yaml.load(Path(chart.CHART, "values.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return values


def _schema_keys() -> list[tuple[str, ...]]:
    """Every key that values.schema.json accepts and does not describe further; keys that are refused as removed are left out."""
    schema = json.loads(Path(chart.CHART, "values.schema.json").read_text(encoding="utf-8"))

    def resolved(node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            definition = schema["$defs"][node["$ref"].rpartition("/")[2]]
            node = {**definition, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def walk(node: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        node = resolved(node)
        if str(node.get("const", "")).startswith("removed: "):
            return
        for key, child in node.get("properties", {}).items():
            yield from walk(child, (*path, key))
        if not node.get("properties"):
            yield path

    return list(walk(schema, ()))


@functools.cache
def _set_paths() -> dict[tuple[str, ...], list[Any]]:
    """Path -> the settings that some combination that renders gives it; a map that is set counts for what is in it, too."""
    found: dict[tuple[str, ...], list[Any]] = {}
    # Combinations of one row share most of their trees: each part is looked at once.
    seen: set[tuple[tuple[str, ...], int]] = set()

    def look(tree: Mapping[str, Any], path: tuple[str, ...]) -> None:
        for key, value in tree.items():
            below = (*path, key)
            if (below, id(value)) in seen:
                continue
            seen.add((below, id(value)))
            found.setdefault(below, []).append(value)
            if isinstance(value, Mapping):
                look(value, below)

    for combination in combinations.rendered():
        look(combination.values, ())
    return found


def test_no_values_key_stays_at_its_default_in_every_combination() -> None:
    tried = _set_paths()
    defaults = list(combinations.leaves(_defaults()))
    assert len(defaults) > 300
    untried = {path for path, default in defaults if not any(value != default for value in tried.get(path, []))}
    missing = sorted(".".join(path) for path in untried - set(_ONE_SETTING_ONLY))
    assert missing == [], "add a line to tests/support/axes.py for each of these"
    assert set(_ONE_SETTING_ONLY) <= untried, "one of the exceptions is tried after all"


def test_no_key_that_the_schema_accepts_is_never_rendered() -> None:
    tried = _set_paths()
    keys = _schema_keys()
    assert len(keys) > 500
    untried = [path for path in keys if path not in tried]
    excused = {path: [tail for tail in _NOT_TRIED if path[-len(tail) :] == tail] for path in untried}
    missing = sorted(".".join(path) for path, tails in excused.items() if not tails)
    assert missing == [], "add a line to tests/support/axes.py for each of these"
    assert {tail for tails in excused.values() for tail in tails} == set(_NOT_TRIED), "an excuse that is not needed"


def test_each_component_loses_and_changes_its_pod_settings_in_some_combination() -> None:
    tried = _set_paths()
    for block in _WITHOUT_DEFAULTS:
        for component in ("operator", "metricServer", "webhooks"):
            assert tried.get((block, component)), f"{block}.{component} is never set"


def test_every_two_settings_meet_in_some_row() -> None:
    assert combinations.uncovered_pairs(AXES, combinations.covering_rows()) == []


def test_the_check_of_pairs_finds_a_pair_that_is_missing() -> None:
    """Without its last rows the array covers less: the checker must say so."""
    assert combinations.uncovered_pairs(AXES, combinations.covering_rows()[:-5]) != []
