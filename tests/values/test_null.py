"""null takes a default of the chart away: refused where templates rely on it, harmless everywhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.chart import refusal, render
from tests.values.documents import Values, evenly, fragment, has_default, keys, merged, pointer, problems
from tools.values_schema import Key

NEEDED = keys(required=True)
DISPENSABLE = [key for key in keys(required=False) if has_default(key)]


@pytest.mark.parametrize("key", NEEDED, ids=lambda key: key.path)
def test_null_for_a_default_that_templates_rely_on_is_refused(key: Key) -> None:
    found = problems(fragment(key.path, None))
    assert f'"{key.name}" is a required property' in found.get(pointer(key.parent), "")


@pytest.mark.parametrize("key", evenly(NEEDED, 25), ids=lambda key: key.path)
def test_helm_names_the_missing_key_and_its_block(key: Key) -> None:
    message = refusal(fragment(key.path, None))
    assert f"at '{pointer(key.parent)}': missing property '{key.name}'" in message
    assert "nil pointer" not in message


@pytest.mark.parametrize("key", DISPENSABLE, ids=lambda key: key.path)
def test_null_for_a_default_that_nothing_relies_on_is_accepted(key: Key) -> None:
    assert problems(fragment(key.path, None)) == {}


EVERYTHING_ON: Values = {
    "highAvailability": {"enabled": True},
    "networkPolicy": {"enabled": True},
    "opentelemetry": {"operator": {"enabled": True}},
    "podIdentity": {"azureWorkload": {"enabled": True}},
    "prometheus": {
        "metricServer": {"enabled": True, "serviceMonitor": {"enabled": True}},
        "operator": {"enabled": True, "podMonitor": {"enabled": True}, "prometheusRules": {"enabled": True}},
        "webhooks": {"enabled": True, "serviceMonitor": {"enabled": True}, "prometheusRules": {"enabled": True}},
    },
}


@pytest.mark.parametrize(
    "switches",
    [
        {},
        EVERYTHING_ON,
        {**EVERYTHING_ON, "networkPolicy": {"enabled": True, "flavor": "cilium"}},
        {"certificates": {"certManager": {"enabled": True}}},
    ],
    ids=["defaults", "everything on", "everything on with cilium", "cert-manager"],
)
def test_no_template_needs_a_key_that_may_be_null(switches: dict[str, Any]) -> None:
    values: Values = {}
    for key in DISPENSABLE:
        if "[]" not in key.path:
            values = nested(values, fragment(key.path, None))
    assert values
    assert render(nested(values, switches)).objects


def nested(first: Values, second: Values) -> Values:
    """Both documents in one; unlike ``merged`` a null stays, and the second wins."""
    result = dict(first)
    for name, value in second.items():
        old = result.get(name)
        result[name] = nested(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def test_these_tests_take_defaults_away_as_helm_does() -> None:
    assert "operator" not in merged({"certificates": {"operator": None}})["certificates"]
    assert merged({"resources": {"operator": None}})["resources"] == {"operator": None}
