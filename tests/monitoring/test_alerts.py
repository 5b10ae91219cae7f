"""The default alerts in Prometheus' own hands: each fires when it should, none when it should not, in every installation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.monitoring.installation import Installation, every_installation
from tests.monitoring.situations import SITUATIONS, Situation
from tests.support import prometheus

_EVERY = every_installation()
_LABEL = re.compile(r"\{\{ \$labels\.(\w+) \}\}")


@pytest.fixture(scope="module", params=_EVERY, ids=str)
def installation(request: pytest.FixtureRequest) -> Installation:
    """Each mode with each combination of components, and one with other names."""
    made: Installation = request.param
    return made


def _alerts(installation: Installation) -> dict[str, dict[str, Any]]:
    rules = [rule for group in installation.groups() for rule in group["rules"]]
    alerts = {rule["alert"]: rule for rule in rules}
    assert len(alerts) == len(rules), "every rule is an alert with a name of its own"
    return alerts


def _case(installation: Installation, situation: Situation, alerts: Mapping[str, Any]) -> dict[str, Any]:
    """The situation as a unit test of promtool that names every alert of the installation."""
    series: dict[str, str | None] = {**installation.healthy(), **situation.changes(installation)}
    fires = situation.fires(installation)
    return {
        "name": situation.name,
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items() if values is not None],
        "alert_rule_test": [
            {
                "eval_time": f"{situation.minutes}m",
                "alertname": name,
                "exp_alerts": [_firing(rule, labels) for labels in fires.get(name, [])],
            }
            for name, rule in alerts.items()
        ],
    }


def _firing(rule: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """A firing alert: a text that speaks of a label must get its value."""
    annotations = {key: _LABEL.sub(lambda found: labels[found[1]], text) for key, text in rule["annotations"].items()}
    return {"exp_labels": {**rule["labels"], **labels}, "exp_annotations": annotations}


def test_promtool_has_no_complaint(installation: Installation) -> None:
    assert prometheus.complaints(installation.groups()) == ""


def test_each_alert_fires_when_it_should_and_only_then(installation: Installation) -> None:
    alerts = _alerts(installation)
    assert len(alerts) > 4, "the operator's own alerts are there"
    cases = [_case(installation, situation, alerts) for situation in SITUATIONS]
    assert prometheus.failures(installation.groups(), cases) == ""


def test_every_alert_is_seen_to_fire_in_some_installation() -> None:
    rendered = {name for installation in _EVERY for name in _alerts(installation)}
    fired = {
        name
        for installation in _EVERY
        for situation in SITUATIONS
        for name, labels in situation.fires(installation).items()
        if labels
    }
    assert rendered == fired


def test_an_alert_says_how_bad_it_is_what_it_is_and_what_follows(installation: Installation) -> None:
    for name, rule in _alerts(installation).items():
        assert rule["labels"]["severity"] in {"warning", "critical"}, name
        assert set(rule["annotations"]) == {"summary", "description"}, name
        assert not re.search(r"\{\{", rule["annotations"]["summary"]), f"{name}: a summary groups alerts"


def test_a_unit_test_that_expects_the_wrong_alert_is_noticed() -> None:
    installation = _EVERY[0]
    (first, *_) = _alerts(installation)
    case = _case(installation, SITUATIONS[0], _alerts(installation))
    case["alert_rule_test"][0]["exp_alerts"] = [{"exp_labels": {"severity": "warning"}}]
    assert first in prometheus.failures(installation.groups(), [case])
