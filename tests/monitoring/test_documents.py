"""docs/monitoring.md and the values schema name every alert that the chart has, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.monitoring.installation import every_installation
from tools import values_schema

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "monitoring.md"
_ROW = re.compile(r"^\| `(?P<alert>Keda\w+)` \| (?P<severity>[^|]+) \|", re.MULTILINE)


def _rendered() -> dict[str, dict[str, set[str]]]:
    """Rule group's component -> alert -> its severities."""
    found: dict[str, dict[str, set[str]]] = {"operator": {}, "webhooks": {}}
    for installation in every_installation():
        for group in installation.groups():
            component = "operator" if group["name"] == installation.operator else "webhooks"
            for rule in group["rules"]:
                found[component].setdefault(rule["alert"], set()).add(rule["labels"]["severity"])
    return found


def _overrides(component: str) -> set[str]:
    schema: dict[str, Any] = values_schema.emit(*_contract())
    rules = schema["properties"]["prometheus"]["properties"][component]["properties"]["prometheusRules"]
    return set(rules["properties"]["overrides"]["properties"])


def _contract() -> tuple[Any, Any]:
    contract = values_schema.load()
    return contract.root, contract.values


def test_every_alert_can_be_overridden_and_no_other() -> None:
    for component, alerts in _rendered().items():
        assert len(alerts) > 3
        assert _overrides(component) == alerts.keys(), component


def test_every_alert_is_explained_with_its_severity() -> None:
    rows = {
        row["alert"]: set(re.findall(r"warning|critical", row["severity"]))
        for row in _ROW.finditer(_DOCUMENT.read_text())
    }
    assert rows == {alert: severities for alerts in _rendered().values() for alert, severities in alerts.items()}
