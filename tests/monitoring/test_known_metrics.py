"""Alerts and dashboard read only what is really exposed: each metric, each label, in the words of schemas/keda/metrics.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.monitoring import dashboard
from tests.monitoring.installation import every_installation
from tests.support import metrics, prometheus
from tests.support.prometheus import Query, Selector

# What the Prometheus operator puts on every series of a target; a label that the pod itself puts there yields to it.
_TARGET = {"namespace", "pod", "container", "service", "job", "endpoint", "instance"}
# Made by Prometheus for each target.
_OF_PROMETHEUS = {"up"}
_BY_CONTAINER = {
    "operator": "keda-operator",
    "metrics-apiserver": "keda-operator-metrics-apiserver",
    "admission-webhooks": "keda-admission-webhooks",
}
_FULL = [it for it in every_installation() if it.metrics_server and it.webhooks and it.scraped and not it.names]


def _labels(source: str, series: str) -> set[str]:
    """The labels that Prometheus has on a series after a monitor without honorLabels."""
    own = metrics.known(source)[series].labels
    return {f"exported_{name}" if name in _TARGET else name for name in own} | _TARGET


def _alert_expressions() -> Iterator[tuple[str, str]]:
    for installation in _FULL:
        for group in installation.groups():
            for rule in group["rules"]:
                yield f"{installation}: {rule['alert']}", rule["expr"]


def _all() -> list[tuple[str, Query]]:
    named = [*_alert_expressions(), *dashboard.expressions()]
    return list(zip((name for name, _ in named), prometheus.queries([text for _, text in named]), strict=True))


@pytest.fixture(scope="module")
def queries() -> list[tuple[str, Query]]:
    """(where it stands, what it reads) of every expression of alerts and dashboard."""
    found = _all()
    assert len(found) > 90, "alerts of each mode and panels"
    assert any(name.startswith("panel") for name, _ in found)
    return found


def _selectors(queries: list[tuple[str, Query]]) -> list[tuple[str, Selector]]:
    found = [(name, selector) for name, query in queries for selector in query.selectors]
    assert len(found) > len(queries) // 2
    return found


def test_no_expression_reads_a_metric_that_nothing_exposes(queries: list[tuple[str, Query]]) -> None:
    wrong = [
        f"{name}: {selector.metric}"
        for name, selector in _selectors(queries)
        if selector.metric not in _OF_PROMETHEUS and not metrics.exposing(selector.metric)
    ]
    assert wrong == []


def test_no_expression_looks_for_a_label_that_the_metric_does_not_have(queries: list[tuple[str, Query]]) -> None:
    wrong = []
    for name, selector in _selectors(queries):
        if selector.metric in _OF_PROMETHEUS:
            missing = selector.labels.keys() - _TARGET
        else:
            sources = metrics.exposing(selector.metric)
            missing = selector.labels.keys() - set().union(*(_labels(source, selector.metric) for source in sources))
        if missing:
            wrong.append(f"{name}: {selector.metric} has no {sorted(missing)}")
    assert wrong == []


def test_no_expression_looks_for_a_metric_at_a_component_that_does_not_expose_it(
    queries: list[tuple[str, Query]],
) -> None:
    wrong, seen = [], 0
    for name, selector in _selectors(queries):
        wanted = selector.labels.get("container")
        if wanted is None or selector.metric in _OF_PROMETHEUS:
            continue
        for source, container in _BY_CONTAINER.items():
            if re.fullmatch(wanted, container):
                seen += 1
                if selector.metric not in metrics.known(source):
                    wrong.append(f"{name}: {container} exposes no {selector.metric}")
    assert seen > len(_FULL) * 10
    assert wrong == []


def test_no_expression_groups_by_a_label_that_nothing_has(queries: list[tuple[str, Query]]) -> None:
    wrong = []
    for name, query in queries:
        known = set(_TARGET) | {"le"}
        for selector in query.selectors:
            for source in metrics.exposing(selector.metric):
                known |= _labels(source, selector.metric)
        if query.grouping - known:
            wrong.append(f"{name}: {sorted(query.grouping - known)}")
    assert wrong == []


def test_the_healthy_series_of_the_unit_tests_are_as_they_are_exposed() -> None:
    installations = [*_FULL, *every_installation()]
    names = [name for it in installations for name in it.healthy()]
    assert len(names) > 500
    wrong = set()
    for selector in (query.selectors[0] for query in prometheus.queries(sorted(set(names)))):
        sources = metrics.exposing(selector.metric)
        if selector.metric in _OF_PROMETHEUS:
            continue
        if not any(selector.labels.keys() <= _labels(source, selector.metric) for source in sources):
            wrong.add(f"{selector.metric} {sorted(selector.labels)}")
    assert wrong == set()


def test_no_metric_that_nothing_exposes_passes() -> None:
    (query,) = prometheus.queries(["sum(rate(keda_metrics_adapter_scaler_errors_total[5m])) by (metric) > 0"])
    assert [metrics.exposing(selector.metric) for selector in query.selectors] == [[]]
    assert metrics.exposing("keda_scaler_active") == ["operator"]
    assert metrics.exposing("keda_internal_metricsservice_grpc_client_handling_seconds_bucket") == ["metrics-apiserver"]


def test_no_broken_query_passes() -> None:
    with pytest.raises(AssertionError, match="parse error"):
        prometheus.queries(["sum(up"])


@pytest.mark.parametrize(
    "text",
    ["no sample\n", 'a{b="c"} 1\n', "# TYPE a counter\na_bucket 1\n"],
    ids=["prose", "a sample without its type", "a bucket of a counter"],
)
def test_no_exposition_that_is_none_is_read_as_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"sample|TYPE"):
        metrics.parse(text)


def test_the_labels_of_a_metric_are_those_of_all_its_series() -> None:
    text = """# HELP a Help with "quotes" and {braces}.
# TYPE a histogram
a_bucket{le="1",x="\\"}{"} 1
a_bucket{le="+Inf",y=""} 1
a_sum 1e+06
a_count 2
# TYPE b gauge
b NaN
"""
    found = metrics.parse(text)
    assert found == {
        "a": metrics.Metric("histogram", frozenset({"x", "y"})),
        "b": metrics.Metric("gauge", frozenset()),
    }
