"""Settings in any number and order: what the chart accepts one by one it accepts together, and nothing breaks a template.

tests/render tries every two settings together; here it is any number of them, taken at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.invariants.relations import catalogue
from tests.properties.outcome import outcome
from tests.properties.profiles import percent
from tests.properties.strategies import picks
from tests.support import chart, combinations, helm, refusal_text, schemas
from tests.support.chart import Rendering
from tests.support.combinations import Combination
from tests.support.renderings import Rendered
from tests.values.documents import all_keys

_RELATIONS = catalogue.every()
_KEYS = {key.path for key in all_keys()}
# What Helm says when a template broke, or did what it must not do.
_BROKEN = ("nil pointer", "error calling", "wrong type", "can't evaluate", "YAML parse error", "unknown object type")


def _valid(rendering: Rendering, combination: Combination) -> None:
    schemas.validate_rendering(rendering, combination.kubernetes.rpartition(".")[0])


@percent(15)
@given(picks())
def test_no_settings_that_render_alone_break_each_other(combination: Combination) -> None:
    rendering = chart.render(combination.values, **combination.arguments)
    _valid(rendering, combination)
    assert f"Certificate mode: {combination.mode.name}\n" in rendering.notes
    rendered = Rendered(combination, rendering)
    assert _RELATIONS
    found = [f"{name}: {problem}" for name, relation in _RELATIONS.items() for problem in relation(rendered)]
    assert found == []


@percent(8)
@given(picks(most=12), picks(most=12))
def test_no_layer_of_values_breaks_another(first: Combination, second: Combination) -> None:
    """The second layer wins: what it does not set is left of the first, so that the two may contradict each other."""
    values = merged(first.values, second.values)
    _valid_or_told(outcome(values, **second.arguments), second)


@percent(8)
@given(picks(), st.data())
def test_no_part_of_a_values_file_breaks_a_template(combination: Combination, data: st.DataObject) -> None:
    """Somebody takes some lines out of a file, or sets some to null."""
    leaves = [path for path, _ in combinations.leaves(combination.values)]
    # What is inside of a block that Kubernetes checks is between it and its author.
    own = st.sampled_from([path for path in leaves if ".".join(path) in _KEYS])
    dropped = data.draw(st.lists(own, unique=True, max_size=8))
    emptied = data.draw(st.lists(own, unique=True, max_size=3))
    values = without(combination.values, dropped)
    for path in emptied:
        values = merged(values, nested(path, None))
    _valid_or_told(outcome(values, **combination.arguments), combination)


def _valid_or_told(found: Rendering | str, combination: Combination) -> None:
    if isinstance(found, str):
        event("refused")
        assert refusal_text.paths(found), found
        assert not any(words in found for words in _BROKEN), found
    else:
        event("rendered")
        _valid(found, combination)


@pytest.mark.parametrize("program", ["helm4"])
@percent(3)
@given(picks())
def test_no_byte_differs_from_what_helm_prints(program: str, combination: Combination) -> None:
    printed = helm.template(program, combination.values, **combination.arguments)
    assert printed.code == 0, printed.log
    assert chart.render(combination.values, **combination.arguments).text == printed.out


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Both documents in one; the second wins, and a null of it stays."""
    result = dict(first)
    for name, value in second.items():
        old = result.get(name)
        result[name] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A document that holds nothing but ``value`` at ``path``."""
    document = value
    for name in reversed(path):
        document = {name: document}
    assert isinstance(document, dict)
    return document


def without(values: Mapping[str, Any], paths: list[tuple[str, ...]]) -> dict[str, Any]:
    """The document without the leaves at ``paths``."""
    kept: dict[str, Any] = {}
    for path, value in combinations.leaves(values):
        if path not in paths:
            kept = merged(kept, nested(path, value))
    return kept
