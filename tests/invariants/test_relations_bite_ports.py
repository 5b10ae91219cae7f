"""The relations about ports are able to say no."""

from __future__ import annotations

from typing import Any

import pytest

from tests.invariants.bites import bite, changed, places, rendered, without
from tests.invariants.relations import ports
from tests.support import manifests

_OPERATOR = "Deployment keda/keda-operator"
_POLICIES = {"networkPolicy": {"enabled": True}}


def test_a_declared_port_that_no_flag_opens_is_named() -> None:
    before = rendered()
    idle = {"name": "idle", "containerPort": 1234}
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.container(it)["ports"].append(idle))
    assert places(bite(ports.every_declared_port_is_one_that_a_flag_opens_and_no_other, before, after)) == {_OPERATOR}


def test_a_port_that_is_opened_and_not_declared_is_named() -> None:
    before = rendered()
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.container(it)["ports"].pop())
    assert places(bite(ports.every_declared_port_is_one_that_a_flag_opens_and_no_other, before, after)) == {_OPERATOR}


def test_a_service_that_leads_nowhere_is_named() -> None:
    before = rendered()
    after = changed(before, "Service", "keda-operator", lambda it: it["spec"]["ports"][0].update(targetPort="lost"))
    problems = bite(ports.a_service_sends_traffic_to_a_port_that_listens, before, after)
    assert places(problems) == {"Service keda/keda-operator"}


def test_a_component_without_a_service_is_no_silence() -> None:
    with pytest.raises(LookupError, match="keda-operator"):
        list(ports.a_service_sends_traffic_to_a_port_that_listens(without(rendered(), "Service", "keda-operator")))


def test_a_port_twice_in_a_service_or_a_container_is_named() -> None:
    before = rendered()
    relation = ports.no_port_is_named_or_numbered_twice_where_the_api_server_refuses_it
    for kind, where in (("Service", "Service keda/keda-operator"), ("Deployment", _OPERATOR)):

        def double(it: dict[str, Any]) -> None:
            found = it["spec"]["ports"] if it["kind"] == "Service" else manifests.container(it)["ports"]
            found.append({**found[0]})

        problems = bite(relation, before, changed(before, kind, "keda-operator", double))
        assert places(problems) == {where}


@pytest.mark.parametrize(
    ("probe", "fields", "path"),
    [
        ("livenessProbe", {"successThreshold": 2}, "operator.livenessProbe.successThreshold"),
        (
            "readinessProbe",
            {"terminationGracePeriodSeconds": 5},
            "operator.readinessProbe.terminationGracePeriodSeconds",
        ),
        ("readinessProbe", {"tcpSocket": {"port": 1}}, "operator.readinessProbe"),
    ],
)
def test_a_field_that_the_api_server_refuses_in_a_probe_leads_to_its_value(
    probe: str, fields: dict[str, Any], path: str
) -> None:
    before = rendered()
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.container(it)[probe].update(fields))
    relation = ports.no_probe_or_strategy_has_a_field_that_the_api_server_refuses_there
    (problem,) = bite(relation, before, after)
    assert (problem.where, problem.path) == (_OPERATOR, path)


def test_a_rolling_update_of_pods_that_are_recreated_leads_to_its_value() -> None:
    before = rendered({"upgradeStrategy": {"operator": {"type": "Recreate"}}})
    after = changed(before, "Deployment", "keda-operator", lambda it: it["spec"]["strategy"].update(rollingUpdate={}))
    relation = ports.no_probe_or_strategy_has_a_field_that_the_api_server_refuses_there
    (problem,) = bite(relation, before, after)
    assert (problem.where, problem.path) == (_OPERATOR, "upgradeStrategy.operator.rollingUpdate")


def test_a_probe_of_a_port_that_nobody_opens_leads_to_its_value() -> None:
    values = {"operator": {"livenessProbe": {"tcpSocket": {"port": "lost"}}}}
    (problem,) = ports.probes_ask_a_port_that_listens(rendered(values))
    assert (problem.where, problem.path) == (_OPERATOR, "operator.livenessProbe")


def test_a_missing_probe_is_named() -> None:
    before = rendered()
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.container(it).pop("readinessProbe"))
    assert places(bite(ports.probes_ask_a_port_that_listens, before, after)) == {_OPERATOR}


def test_an_api_server_that_calls_a_port_which_no_service_has_is_named() -> None:
    before = rendered()
    name = "v1beta1.external.metrics.k8s.io"
    after = changed(before, "APIService", name, lambda it: it["spec"]["service"].update(port=444))
    problems = bite(ports.the_api_server_calls_a_port_that_the_service_has, before, after)
    assert places(problems) == {f"APIService {name}"}


def test_two_pods_that_want_one_port_of_the_node_are_named() -> None:
    host = {"useHostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    before = rendered(
        {
            "operator": host,
            "webhooks": {**host, "healthProbePort": 8085},
            "prometheus": {"operator": {"port": 8090}, "webhooks": {"port": 8091}},
        }
    )
    after = changed(
        before,
        "Deployment",
        "keda-admission-webhooks",
        lambda it: manifests.container(it)["args"].append("--metrics-bind-address=:8081"),
    )
    problems = bite(ports.pods_on_one_nodes_network_never_fight_for_a_port, before, after)
    (problem,) = problems
    assert "8081" in problem.what
    both = f"{problem.where} {problem.what}"
    assert all(name in both for name in ("keda-operator", "keda-admission-webhooks"))


@pytest.mark.parametrize("flavor", ["kubernetes", "cilium"])
def test_a_policy_that_opens_one_port_too_many_is_named(flavor: str) -> None:
    before = rendered({"networkPolicy": {"enabled": True, "flavor": flavor}})
    kind = "CiliumNetworkPolicy" if flavor == "cilium" else "NetworkPolicy"
    ports_of = {"toPorts": [{"ports": [{"port": "22"}]}]} if flavor == "cilium" else {"ports": [{"port": 22}]}
    after = changed(before, kind, "keda-operator", lambda it: it["spec"]["ingress"].append(ports_of))
    problems = bite(ports.a_network_policy_opens_the_ports_that_listen_except_profiling, before, after)
    assert places(problems) == {f"{kind} keda/keda-operator"}


def test_a_component_without_its_policy_is_no_silence() -> None:
    before = without(rendered(_POLICIES), "NetworkPolicy", "keda-operator")
    with pytest.raises(LookupError, match="policies of"):
        list(ports.a_network_policy_opens_the_ports_that_listen_except_profiling(before))
