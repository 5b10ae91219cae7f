"""The relations about network policies are able to say no."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.invariants.bites import bite, changed, rendered, without
from tests.invariants.relations import network_policies
from tests.support import manifests
from tests.support.manifests import Manifest
from tests.support.renderings import Rendered

_KINDS = {"kubernetes": "NetworkPolicy", "cilium": "CiliumNetworkPolicy"}
_FLAVORS = tuple(_KINDS)
_OPERATOR, _METRICS, _WEBHOOKS = "keda-operator", "keda-operator-metrics-apiserver", "keda-admission-webhooks"


def _with_policies(flavor: str, **values: Any) -> Rendered:
    return rendered({"networkPolicy": {"enabled": True, "flavor": flavor}, **values})


def _everything_on(flavor: str) -> Rendered:
    prometheus = {component: {"enabled": True} for component in ("operator", "metricServer", "webhooks")}
    telemetry = {"operator": {"enabled": True}, "collector": {"uri": "http://collector.example.com:4318"}}
    return _with_policies(flavor, prometheus=prometheus, opentelemetry=telemetry)


def _less_rule(direction: str, number: int) -> Callable[[Manifest], object]:
    return lambda policy: policy["spec"][direction].pop(number)


def _more_rule(direction: str, rule: dict[str, Any]) -> Callable[[Manifest], object]:
    return lambda policy: policy["spec"][direction].append(rule)


def _rules(found: Rendered, flavor: str) -> list[tuple[str, str, int]]:
    """(policy, direction, number) of every rule that the chart writes."""
    return [
        (policy["metadata"]["name"], direction, number)
        for policy in found.objects
        if policy["kind"] == _KINDS[flavor]
        for direction in ("ingress", "egress")
        for number in range(len(policy["spec"][direction]))
    ]


@pytest.mark.parametrize("flavor", _FLAVORS)
def test_each_single_rule_that_is_missing_cuts_something_off(flavor: str) -> None:
    before = _everything_on(flavor)
    rules = _rules(before, flavor)
    assert len(rules) >= 12
    for name, direction, number in rules:
        after = changed(before, _KINDS[flavor], name, _less_rule(direction, number))
        assert bite(network_policies.every_dialled_path_is_open, before, after), f"{name} {direction} {number}"


@pytest.mark.parametrize("flavor", _FLAVORS)
def test_each_single_peer_that_is_missing_opens_something(flavor: str) -> None:
    """A rule without its peers is for everybody; what names the cluster and the world is so already."""
    before = _everything_on(flavor)
    opened = 0
    for name, direction, number in _rules(before, flavor):
        policy = manifests.one(before.objects, _KINDS[flavor], name)
        rule = policy["spec"][direction][number]
        if {"cluster", "world"} <= set(rule.get("toEntities") or []):
            continue
        keys = [key for key in rule if key.startswith(("from", "to")) and key != "toPorts"]
        for key in keys:

            def change(it: Manifest, direction: str = direction, number: int = number, key: str = key) -> None:
                del it["spec"][direction][number][key]

            after = changed(before, _KINDS[flavor], name, change)
            problems = [
                problem
                for relation in (
                    network_policies.nobody_else_reaches_a_pod,
                    network_policies.no_pod_reaches_anybody_else,
                )
                for problem in relation(after)
            ]
            assert problems, f"{name} {direction} {number} {key}"
            opened += 1
    assert opened >= 2


@pytest.mark.parametrize("flavor", _FLAVORS)
@pytest.mark.parametrize("name", [_OPERATOR, _METRICS, _WEBHOOKS])
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_each_rule_for_everybody_is_named(flavor: str, name: str, direction: str) -> None:
    before = _with_policies(flavor)
    relation = {
        "ingress": network_policies.nobody_else_reaches_a_pod,
        "egress": network_policies.no_pod_reaches_anybody_else,
    }[direction]
    after = changed(before, _KINDS[flavor], name, _more_rule(direction, {}))
    problems = bite(relation, before, after)
    assert {problem.where for problem in problems} == {f"{_KINDS[flavor]} keda/{name}"}


def test_the_operators_port_is_for_the_metrics_api_server_of_its_own_namespace() -> None:
    """The official chart opens it to every namespace."""
    before = _with_policies("kubernetes")

    def everywhere(policy: Manifest) -> None:
        policy["spec"]["ingress"][0]["from"][0]["namespaceSelector"] = {}

    after = changed(before, "NetworkPolicy", _OPERATOR, everywhere)
    (problem,) = bite(network_policies.nobody_else_reaches_a_pod, before, after)
    assert "a pod of another namespace with the labels of metrics-apiserver" in problem.what
    assert "port 9666" in problem.what


@pytest.mark.parametrize(
    ("port", "flavor"), [(8080, "kubernetes"), (8083, "kubernetes"), (8081, "kubernetes"), (8081, "cilium")]
)
def test_a_port_that_nobody_has_business_with_is_named(port: int, flavor: str) -> None:
    """Metrics that are switched off, profiles, and health ports."""
    before = _with_policies(flavor, profiling={"metricsServer": {"enabled": True}})
    name = _METRICS if port != 8081 else _WEBHOOKS
    kubernetes = {"ports": [{"port": port, "protocol": "TCP"}]}
    cilium = {"fromEntities": ["cluster"], "toPorts": [{"ports": [{"port": str(port), "protocol": "TCP"}]}]}
    after = changed(
        before, _KINDS[flavor], name, _more_rule("ingress", kubernetes if flavor == "kubernetes" else cilium)
    )
    problems = bite(network_policies.nobody_else_reaches_a_pod, before, after)
    assert all(f"port {port}" in problem.what for problem in problems)


def test_an_api_server_that_the_values_place_is_looked_for_there() -> None:
    before = rendered({"networkPolicy": {"enabled": True, "apiServer": {"cidrs": ["192.0.2.0/24"]}}})
    after = changed(
        before,
        "NetworkPolicy",
        _WEBHOOKS,
        lambda it: it["spec"]["ingress"][0].update({"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}),
    )
    (problem,) = bite(network_policies.every_dialled_path_is_open, before, after)
    assert "the API server cannot reach the pod of admission-webhooks" in problem.what


def test_scrapers_and_dns_servers_of_the_values_are_looked_for_where_they_are() -> None:
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    values = {
        "networkPolicy": {"enabled": True, "scrapeFrom": [peer], "dns": {"peers": [peer]}},
        "prometheus": {"operator": {"enabled": True}},
    }
    before = rendered(values)

    def elsewhere(policy: Manifest) -> None:
        for rule in (policy["spec"]["ingress"][-1], policy["spec"]["egress"][0]):
            peers = rule.get("from") or rule.get("to")
            peers[0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] = "elsewhere"

    after = changed(before, "NetworkPolicy", _OPERATOR, elsewhere)
    problems = bite(network_policies.every_dialled_path_is_open, before, after)
    assert {"a scraper", "a DNS server"} == {
        name for name, problem in itertools.product(("a scraper", "a DNS server"), problems) if name in problem.what
    }
    opened = [
        *network_policies.nobody_else_reaches_a_pod(after),
        *network_policies.no_pod_reaches_anybody_else(after),
    ]
    assert opened == [], "no endpoint of the panel lives in that namespace"


@pytest.mark.parametrize("flavor", _FLAVORS)
@pytest.mark.parametrize(
    ("component", "name", "direction", "number"),
    [("metricsServer", _OPERATOR, "ingress", -1), ("operator", _METRICS, "egress", -1)],
)
def test_a_pod_on_its_nodes_network_is_not_found_by_its_labels(
    flavor: str, component: str, name: str, direction: str, number: int
) -> None:
    before = _with_policies(flavor, **{component: {"useHostNetwork": True}})
    usual = manifests.one(_with_policies(flavor).objects, _KINDS[flavor], name)["spec"][direction][number]

    def as_usual(policy: Manifest) -> None:
        policy["spec"][direction][number] = usual

    after = changed(before, _KINDS[flavor], name, as_usual)
    (problem,) = bite(network_policies.every_dialled_path_is_open, before, after)
    assert "the pod of metrics-apiserver cannot reach the pod of operator on port 9666" in problem.what


@pytest.mark.parametrize("flavor", _FLAVORS)
def test_rules_of_the_values_are_no_hole_of_the_chart(flavor: str) -> None:
    opened: dict[str, list[dict[str, Any]]] = {"extraIngressRules": [{}], "extraEgressRules": [{}]}
    found = rendered({"networkPolicy": {"enabled": True, "flavor": flavor, flavor: {"operator": opened}}})
    for relation in network_policies.RELATIONS:
        assert list(relation(found)) == []


@pytest.mark.parametrize("flavor", _FLAVORS)
def test_a_component_without_its_policy_is_no_silence(flavor: str) -> None:
    after = without(_with_policies(flavor), _KINDS[flavor], _OPERATOR)
    for relation in network_policies.RELATIONS:
        with pytest.raises(LookupError, match="policies for the components"):
            list(relation(after))


@pytest.mark.parametrize(
    ("uri", "port"),
    [
        ("http://collector:4318", 4318),
        ("https://collector/v1/metrics", 443),
        ("http://collector", 80),
        ("collector:4317", 4317),
        ("http://localhost:4318", None),
        ("http://[::1]:4318", None),
    ],
)
@pytest.mark.parametrize("flavor", _FLAVORS)
def test_the_collector_is_found_where_the_chart_finds_it(uri: str, port: int | None, flavor: str) -> None:
    found = _with_policies(flavor, opentelemetry={"operator": {"enabled": True}, "collector": {"uri": uri}})
    assert network_policies.Network(found).collector_port == port
    for relation in network_policies.RELATIONS:
        assert list(relation(found)) == []
