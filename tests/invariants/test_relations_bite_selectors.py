"""The relations about selectors are able to say no."""

from __future__ import annotations

from typing import Any

import pytest

from tests.invariants.bites import bite, changed, places, rendered, without
from tests.invariants.relations import selectors
from tests.support import manifests

_OPERATOR = "Deployment keda/keda-operator"
_SCRAPED = {"prometheus": {"operator": {"enabled": True, "serviceMonitor": {"enabled": True}}}}
_BY_POD = {"prometheus": {"operator": {"enabled": True, "podMonitor": {"enabled": True}}}}
_SELECTING = {
    "networkPolicy": {"enabled": True},
    "podDisruptionBudget": {"operator": {"maxUnavailable": 1}},
    **_BY_POD,
}


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget", "PodMonitor", "NetworkPolicy"])
@pytest.mark.parametrize("hit", ["keda-admission-webhooks", "nobody"])
def test_whatever_selects_the_pods_of_another_or_of_nobody_is_named(kind: str, hit: str) -> None:
    before = rendered(_SELECTING)

    def redirect(it: dict[str, Any]) -> None:
        selector = selectors.selector_of(it)
        assert selector is not None
        selector["matchLabels"].update(app=hit)

    after = changed(before, kind, "keda-operator", redirect)
    problems = bite(selectors.no_selector_hits_the_pods_of_another_component_or_none, before, after)
    assert places(problems) == {f"{kind} keda/keda-operator"}


def test_a_component_without_a_service_is_no_silence() -> None:
    after = without(rendered(), "Service", "keda-operator")
    with pytest.raises(LookupError, match="keda-operator has no Service"):
        list(selectors.no_selector_hits_the_pods_of_another_component_or_none(after))


def test_a_selector_that_an_upgrade_would_change_is_named() -> None:
    before = rendered()
    after = changed(
        before, "Deployment", "keda-operator", lambda it: it["spec"]["selector"]["matchLabels"].update(team="a")
    )
    assert places(bite(selectors.an_upgrade_is_never_refused_over_a_changed_selector, before, after)) == {_OPERATOR}


def test_a_monitor_of_a_port_that_the_service_lacks_leads_to_its_value() -> None:
    before = rendered(_SCRAPED)
    after = changed(
        before, "ServiceMonitor", "keda-operator", lambda it: it["spec"]["endpoints"][0].update(port="lost")
    )
    (problem,) = bite(selectors.a_service_monitor_reads_one_port_of_one_service, before, after)
    assert problem.where == "ServiceMonitor keda/keda-operator"
    assert problem.path == "prometheus.operator.serviceMonitor.port"


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["spec"]["selector"]["matchLabels"].update(app="nobody"),
        lambda it: it["spec"]["namespaceSelector"].update(matchNames=["another"]),
        lambda it: it["spec"]["endpoints"][0].update(targetPort="metrics"),
    ],
    ids=["selects nothing", "looks elsewhere", "two ports"],
)
def test_a_service_monitor_that_reads_nothing_is_named(change: Any) -> None:
    before = rendered(_SCRAPED)
    after = changed(before, "ServiceMonitor", "keda-operator", change)
    problems = bite(selectors.a_service_monitor_reads_one_port_of_one_service, before, after)
    assert places(problems) == {"ServiceMonitor keda/keda-operator"}


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["spec"]["podMetricsEndpoints"][0].update(port="lost"),
        lambda it: it["spec"].pop("namespaceSelector"),
    ],
    ids=["no such port", "looks elsewhere"],
)
def test_a_pod_monitor_that_reads_nothing_is_named(change: Any) -> None:
    before = rendered(_BY_POD)
    after = changed(before, "PodMonitor", "keda-operator", change)
    problems = bite(selectors.a_pod_monitor_reads_a_port_that_the_pod_has, before, after)
    assert places(problems) == {"PodMonitor keda/keda-operator"}


def test_a_pod_that_is_monitored_and_annotated_is_named() -> None:
    before = rendered(_SCRAPED)

    def annotate(it: dict[str, Any]) -> None:
        it["spec"]["template"]["metadata"].setdefault("annotations", {})["prometheus.io/port"] = "8080"

    after = changed(before, "Deployment", "keda-operator", annotate)
    (problem,) = bite(selectors.no_component_is_watched_by_two_monitors, before, after)
    assert (problem.where, problem.path) == (_OPERATOR, "prometheus.operator")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("labelSelector", {"matchLabels": {"app": "nobody"}}),
        ("labelSelector", {}),
        ("whenUnsatisfiable", "DoNotSchedule"),
    ],
)
def test_a_spread_that_does_not_spread_is_named(field: str, value: object) -> None:
    before = rendered({"highAvailability": {"enabled": True}})
    after = changed(
        before,
        "Deployment",
        "keda-operator",
        lambda it: manifests.pod_spec(it)["topologySpreadConstraints"][0].update({field: value}),
    )
    relation = selectors.the_spread_of_the_high_availability_preset_counts_its_own_pods
    assert places(bite(relation, before, after)) == {_OPERATOR}


def test_a_missing_spread_is_named() -> None:
    before = rendered({"highAvailability": {"enabled": True}})
    after = changed(
        before, "Deployment", "keda-operator", lambda it: manifests.pod_spec(it).pop("topologySpreadConstraints")
    )
    relation = selectors.the_spread_of_the_high_availability_preset_counts_its_own_pods
    assert places(bite(relation, before, after)) == {_OPERATOR}
    assert manifests.pod_spec(before.operator)["topologySpreadConstraints"]
