"""What docs/security.md says about ports and rights is what is rendered."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.docs.documents import ROOT
from tests.support.chart import render
from tests.support.manifests import Manifest, all_of
from tests.support.modes import MODES, Mode
from tests.values.documents import contract

TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
DEFAULTS = {key.path: key.default for key in contract().all_keys()}
_DERIVED = {"webhooks.port": "9443"}


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its two head lines."""
    part = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    assert len(rows) > 3
    return rows[2:]


PORTS = [
    (port, value) for _, cell, *_ in _rows("Ports") for port, value in re.findall(r"(\d+) \(`(\w+\.[\w.]+)`\)", cell)
]


@pytest.mark.parametrize(("port", "value"), PORTS)
def test_no_port_is_another_one_than_the_table_says(port: str, value: str) -> None:
    assert str(DEFAULTS[value] or _DERIVED.get(value)) == port


def test_no_port_of_a_pod_is_missing_in_the_table() -> None:
    values = {
        "prometheus": {name: {"enabled": True} for name in ("operator", "metricServer", "webhooks")},
        "profiling": {name: {"enabled": True} for name in ("operator", "metricsServer", "webhooks")},
    }
    deployments = all_of(render(values).objects, "Deployment")
    assert len(deployments) == 3
    told = set(re.findall(r"\b\d{4}\b", " ".join(cell for _, cell, *_ in _rows("Ports"))))
    opened = {
        str(port["containerPort"])
        for deployment in deployments
        for port in deployment["spec"]["template"]["spec"]["containers"][0]["ports"]
    }
    assert opened == told


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.name)
def test_rights_of_a_mode_are_those_of_its_row(mode: Mode) -> None:
    rules = _rules(render(mode.values).objects)
    writes_secrets = any("secrets" in rule["resources"] and {"create", "update"} & set(rule["verbs"]) for rule in rules)
    patching = [rule for rule in rules if {"apiservices", "validatingwebhookconfigurations"} & set(rule["resources"])]
    names = {name for rule in patching if "update" in rule["verbs"] for name in rule.get("resourceNames", ["any"])}
    assert writes_secrets == (mode.name == "operator-generated")
    expected = {"v1beta1.external.metrics.k8s.io", "keda-admission"} if mode.name == "operator-generated" else set()
    assert names == expected


def _rules(objects: list[Manifest]) -> list[dict[str, Any]]:
    roles = [manifest for kind in ("Role", "ClusterRole") for manifest in all_of(objects, kind)]
    rules = [rule for role in roles for rule in role["rules"] or []]
    assert len(rules) > 10
    return rules
