"""The metrics that KEDA's pods, the API server and cert-manager expose, as schemas/keda/metrics.yaml lists them.

The list is made from a real cluster by ``python -m tests.cluster.exposed_metrics``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tools import keda_module

FILE = "metrics"
COMPONENTS = ("operator", "metrics-apiserver", "admission-webhooks")
_TYPE = re.compile(r"^# TYPE (?P<name>\S+) (?P<type>\w+)$")
_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? \S+$")
_LABEL = re.compile(r'(\w+)="(?:[^"\\]|\\.)*"')
# Series that a family of this type consists of, beside or instead of the one with its name.
_SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "histogram": ("_bucket", "_sum", "_count"),
    "summary": ("", "_sum", "_count"),
}
# The labels that belong to the type and not to the metric.
_OF_THE_TYPE = {"le", "quantile"}


@dataclass(frozen=True)
class Metric:
    """A family of series: its type in Prometheus' words, and the labels that its own program gives it."""

    type: str
    labels: frozenset[str]


def parse(exposition: str) -> dict[str, Metric]:
    """Name -> metric of a text that /metrics answered; ValueError names a line that is neither comment nor sample."""
    types: dict[str, str] = {}
    labels: dict[str, set[str]] = {}
    for line in exposition.splitlines():
        if found := _TYPE.match(line):
            types[found["name"]] = found["type"]
            labels.setdefault(found["name"], set())
        elif line.strip() and not line.startswith("#"):
            sample = _SAMPLE.match(line)
            if sample is None:
                raise ValueError(f"no sample can be read from the line {line!r}")
            family = _family(sample["name"], types)
            labels[family] |= set(_LABEL.findall(sample["labels"] or "")) - _OF_THE_TYPE
    return {name: Metric(kind, frozenset(labels[name])) for name, kind in types.items()}


def _family(series: str, types: Mapping[str, str]) -> str:
    if series in types:
        return series
    for name, kind in types.items():
        if any(series == name + suffix for suffix in _SUFFIXES.get(kind, ())):
            return name
    raise ValueError(f"no # TYPE line says what {series} is")


def written(metrics: Mapping[str, Metric]) -> dict[str, Any]:
    """Metrics as the file holds them."""
    return {name: {"type": item.type, "labels": sorted(item.labels)} for name, item in sorted(metrics.items())}


@functools.cache
def known(source: str) -> Mapping[str, Metric]:
    """Series name -> metric of a source: a component, ``kube-apiserver`` or ``cert-manager``; histograms by their series."""
    found: dict[str, Metric] = {}
    for name, entry in keda_module.load(FILE)[source].items():
        metric = Metric(entry["type"], frozenset(entry["labels"]))
        for suffix in _SUFFIXES.get(metric.type, ("",)):
            found[name + suffix] = metric
    return found


def exposing(series: str) -> list[str]:
    """The sources that expose a series, by its name."""
    return [source for source in SOURCES if series in known(source)]


SOURCES: Iterable[str] = (*COMPONENTS, "kube-apiserver", "cert-manager")
