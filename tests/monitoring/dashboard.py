"""The Grafana dashboard of the chart, as its ConfigMap holds it."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.support import chart
from tests.support.manifests import one

# What Grafana puts in before Prometheus sees a query; the data source's variables stand inside of strings.
_RATE_INTERVAL = "$__rate_interval"
_LABEL_VALUES = re.compile(r"^label_values\((?P<selector>.+), (?P<label>\w+)\)$")


@functools.cache
def model() -> dict[str, Any]:
    """The dashboard's JSON model out of a render."""
    objects = chart.render({"prometheus": {"dashboard": {"enabled": True}}, "crds": {"install": False}}).objects
    found: dict[str, Any] = json.loads(one(objects, "ConfigMap", "keda-dashboard")["data"]["keda.json"])
    return found


def panels() -> list[dict[str, Any]]:
    """The panels that show something; rows are left out."""
    found = [panel for panel in model()["panels"] if panel["type"] != "row"]
    assert found
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """(where it stands, PromQL) of every query, those of the variables included."""
    for panel in panels():
        for target in panel["targets"]:
            yield f"panel {panel['title']}", target["expr"].replace(_RATE_INTERVAL, "5m")
    for variable in model()["templating"]["list"]:
        if variable["type"] == "query":
            found = _LABEL_VALUES.match(variable["definition"])
            assert found, f"variable {variable['name']}: {variable['definition']}"
            # The label is one that the series must have, too.
            yield f"variable {variable['name']}", f"count by ({found['label']}) ({found['selector']})"
