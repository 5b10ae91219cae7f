"""The evaluator of network policies judges hand-written policies as Kubernetes and Cilium do: each case has a known answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.network_policies import (
    Endpoint,
    Policies,
    api_server,
    example_of,
    node,
    outside,
    pod,
    selects,
)

_SERVER = pod("server", "keda", {"app": "server"}, ports={"grpc": 9666})
_CLIENT = pod("client", "keda", {"app": "client"})
_STRANGER = pod("stranger", "keda", {"app": "stranger"})
_NAMESAKE = pod("namesake", "other", {"app": "client"}, namespace_labels={"team": "a"})
_KUBELET = node("kubelet", local=True)
_OTHER_NODE = node("node", local=False)
_WORLD = outside("world", "198.51.100.7")
_ON_NODE = pod("client on its node", "keda", {"app": "client"}, on_node=True)
_API = api_server("192.0.2.1", "kube-apiserver", "world")
_TO_CLIENT = [{"podSelector": {"matchLabels": {"app": "client"}}}]


def _kubernetes(app: str = "server", **spec: Any) -> Policies:
    """One NetworkPolicy for the pods of ``app`` in the namespace keda."""
    selector = {"matchLabels": {"app": app}} if app else {}
    return Policies(
        [
            {
                "kind": "NetworkPolicy",
                "metadata": {"name": app, "namespace": "keda"},
                "spec": {"podSelector": selector, **spec},
            }
        ]
    )


def _cilium(app: str = "server", **spec: Any) -> Policies:
    selector = {"matchLabels": {"app": app}}
    metadata = {"name": app, "namespace": "keda"}
    return Policies(
        [{"kind": "CiliumNetworkPolicy", "metadata": metadata, "spec": {"endpointSelector": selector, **spec}}]
    )


def _callers(policies: Policies, port: int = 9666, protocol: str = "TCP") -> set[str]:
    """Names of those who reach the server."""
    everybody = (_CLIENT, _STRANGER, _NAMESAKE, _KUBELET, _OTHER_NODE, _WORLD, _ON_NODE, _API)
    return {caller.name for caller in everybody if policies.allow(caller, _SERVER, port, protocol)}


_EVERYBODY = {"client", "stranger", "namesake", "kubelet", "node", "world", "client on its node", "the API server"}


def test_without_a_policy_everybody_gets_through() -> None:
    assert _callers(Policies([])) == _EVERYBODY
    assert _callers(_kubernetes("somebody-else", ingress=[])) == _EVERYBODY


def test_a_policy_without_rules_admits_the_own_node_alone() -> None:
    assert _callers(_kubernetes(ingress=[])) == {"kubelet"}
    assert _callers(_kubernetes(policyTypes=["Ingress"])) == {"kubelet"}
    assert _callers(_kubernetes("", policyTypes=["Ingress"])) == {"kubelet"}, "an empty selector is every pod"


def test_a_rule_without_peers_admits_everybody_and_one_without_ports_every_port() -> None:
    assert _callers(_kubernetes(ingress=[{"ports": [{"port": 9666}]}])) == _EVERYBODY
    assert _callers(_kubernetes(ingress=[{"ports": [{"port": 9666}]}]), 8080) == {"kubelet"}
    assert _callers(_kubernetes(ingress=[{}]), 8080) == _EVERYBODY


def test_a_pod_selector_stays_in_the_namespace_of_its_policy() -> None:
    assert _callers(_kubernetes(ingress=[{"from": _TO_CLIENT}])) == {"client", "kubelet"}


def _in_order(value: object) -> str:
    """A test's name: the same in every process, whatever the order of a set."""
    return " ".join(sorted(value)) or "nobody" if isinstance(value, set) else str(value)


@pytest.mark.parametrize(
    ("peer", "callers"),
    [
        ({"namespaceSelector": {}}, {"client", "stranger", "namesake"}),
        ({"namespaceSelector": {"matchLabels": {"team": "a"}}}, {"namesake"}),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}, {"namesake"}),
        ({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "client"}}}, {"client", "namesake"}),
        ({"podSelector": {}}, {"client", "stranger"}),
        ({"ipBlock": {"cidr": "192.0.2.0/24"}}, {"the API server"}),
        ({"ipBlock": {"cidr": "198.51.100.0/24", "except": ["198.51.100.7/32"]}}, set()),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}}, {"world", "the API server", "node", "client on its node"}),
    ],
)
def test_a_peer_is_whom_it_selects(peer: dict[str, Any], callers: set[str]) -> None:
    assert _callers(_kubernetes(ingress=[{"from": [peer]}])) - {"kubelet"} == callers


@pytest.mark.parametrize(
    ("entry", "port", "protocol", "open_"),
    [
        ({"port": 53, "protocol": "UDP"}, 53, "UDP", True),
        ({"port": 53, "protocol": "UDP"}, 53, "TCP", False),
        ({"port": 53}, 53, "UDP", False),
        ({"protocol": "TCP"}, 12345, "TCP", True),
        ({"port": 8000, "endPort": 8010}, 8010, "TCP", True),
        ({"port": 8000, "endPort": 8010}, 8011, "TCP", False),
        ({"port": "grpc"}, 9666, "TCP", True),
        ({"port": "grpc"}, 8080, "TCP", False),
        ({"port": "unknown"}, 9666, "TCP", False),
    ],
)
def test_a_port_of_a_rule_is_number_name_or_range(entry: dict[str, Any], port: int, protocol: str, open_: bool) -> None:
    assert _kubernetes(ingress=[{"ports": [entry]}]).allow(_CLIENT, _SERVER, port, protocol) is open_


def test_policies_of_one_pod_add_up() -> None:
    objects = [
        {"kind": "NetworkPolicy", "metadata": {"name": str(port), "namespace": "keda"}, "spec": spec}
        for port in (1, 2)
        for spec in [{"podSelector": {}, "ingress": [{"ports": [{"port": port}]}]}]
    ]
    policies = Policies(objects)
    assert [policies.allow(_CLIENT, _SERVER, port) for port in (1, 2, 3)] == [True, True, False]


def test_egress_is_closed_where_the_policy_says_so_and_nowhere_else() -> None:
    open_ = _kubernetes("client", ingress=[])
    assert open_.allow(_CLIENT, _SERVER, 9666), "without an egress section only ingress is judged"
    shut = _kubernetes("client", policyTypes=["Egress"])
    assert not shut.allow(_CLIENT, _SERVER, 9666)
    assert shut.let_in(_STRANGER, _CLIENT, 80), "and ingress is not judged here"
    towards = _kubernetes("client", policyTypes=["Egress"], egress=[{"to": _TO_CLIENT}])
    assert not towards.allow(_CLIENT, _SERVER, 9666)


def test_both_ends_must_agree() -> None:
    out = _kubernetes("client", policyTypes=["Egress"], egress=[{"to": [{"podSelector": {}}]}])
    both = Policies([*out.kubernetes, *_kubernetes(ingress=[]).kubernetes])
    assert out.allow(_CLIENT, _SERVER, 9666)
    assert both.let_out(_CLIENT, _SERVER, 9666)
    assert not both.let_in(_CLIENT, _SERVER, 9666)
    assert not both.allow(_CLIENT, _SERVER, 9666)


def test_a_pod_on_its_nodes_network_is_neither_selected_nor_found() -> None:
    shut = _kubernetes("client", policyTypes=["Ingress", "Egress"])
    assert shut.allow(_ON_NODE, _SERVER, 9666)
    assert shut.allow(_STRANGER, _ON_NODE, 9666)
    assert not _kubernetes(ingress=[{"from": _TO_CLIENT}]).allow(_ON_NODE, _SERVER, 9666)


# --- Cilium ------------------------------------------------------------------------------------------------------------


def test_a_direction_without_a_rule_is_left_as_it_is() -> None:
    assert _callers(_cilium(egress=[{}])) == _EVERYBODY
    assert _callers(_cilium(ingress=[])) == _EVERYBODY


@pytest.mark.parametrize(
    ("rule", "callers"),
    [
        ({}, _EVERYBODY),
        ({"fromEntities": ["all"]}, _EVERYBODY),
        ({"fromEntities": ["host"]}, {"kubelet"}),
        ({"fromEntities": ["remote-node"]}, {"node", "client on its node"}),
        ({"fromEntities": ["kube-apiserver"]}, {"the API server"}),
        ({"fromEntities": ["world"]}, {"world", "the API server"}),
        ({"fromEntities": ["cluster"]}, _EVERYBODY - {"world", "the API server"}),
        ({"fromEndpoints": [{"matchLabels": {"app": "client"}}]}, {"client"}),
        ({"fromEndpoints": [{"matchLabels": {"k8s:app": "client"}}]}, {"client"}),
        ({"fromEndpoints": [{}]}, {"client", "stranger"}),
        (
            {"fromEndpoints": [{"matchLabels": {"app": "client", "k8s:io.kubernetes.pod.namespace": "other"}}]},
            {"namesake"},
        ),
        (
            {
                "fromEndpoints": [
                    {"matchExpressions": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"}]}
                ]
            },
            {"client", "stranger", "namesake"},
        ),
        ({"fromEndpoints": [{"matchLabels": {"io.cilium.k8s.namespace.labels.team": "a"}}]}, {"namesake"}),
        ({"fromCIDR": ["192.0.2.0/24"]}, {"the API server"}),
        ({"fromCIDRSet": [{"cidr": "198.51.100.0/24", "except": ["198.51.100.0/28"]}]}, set()),
        ({"fromGroups": [{"aws": {}}]}, set()),
    ],
    ids=_in_order,
)
def test_a_rule_of_cilium_is_for_whom_it_names(rule: dict[str, Any], callers: set[str]) -> None:
    assert _callers(_cilium(ingress=[rule])) == callers


def test_cilium_admits_not_even_the_own_node_unasked() -> None:
    assert "kubelet" not in _callers(_cilium(ingress=[{"fromEntities": ["world"]}]))


@pytest.mark.parametrize(
    ("entry", "port", "protocol", "open_"),
    [
        ({"port": "53", "protocol": "ANY"}, 53, "UDP", True),
        ({"port": "53"}, 53, "TCP", True),
        ({"port": "53", "protocol": "TCP"}, 53, "UDP", False),
        ({"port": "0", "protocol": "TCP"}, 4242, "TCP", True),
        ({"port": "8000", "endPort": 8010, "protocol": "TCP"}, 8005, "TCP", True),
        ({"port": "grpc", "protocol": "TCP"}, 9666, "TCP", True),
        ({"port": "9667", "protocol": "TCP"}, 9666, "TCP", False),
    ],
)
def test_a_port_of_cilium_is_a_word_with_a_protocol(
    entry: dict[str, Any], port: int, protocol: str, open_: bool
) -> None:
    policies = _cilium(ingress=[{"toPorts": [{"ports": [entry]}]}])
    assert policies.allow(_CLIENT, _SERVER, port, protocol) is open_


def test_cilium_lets_a_pod_out_to_whom_its_rules_name() -> None:
    policies = _cilium(
        "client", egress=[{"toEntities": ["kube-apiserver"]}, {"toEndpoints": [{"matchLabels": {"app": "server"}}]}]
    )
    reached = {to.name for to in (_SERVER, _STRANGER, _API, _WORLD, _KUBELET) if policies.allow(_CLIENT, to, 443)}
    assert reached == {"server", "the API server"}


# --- Examples of peers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "peer",
    [
        {"podSelector": {"matchLabels": {"app": "prometheus"}}},
        {"podSelector": {}},
        {"namespaceSelector": {}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},
        {
            "namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "In", "values": ["a", "b"]}]},
            "podSelector": {"matchExpressions": [{"key": "skip", "operator": "DoesNotExist"}]},
        },
        {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}},
        {"ipBlock": {"cidr": "192.0.2.0/24"}},
        {"ipBlock": {"cidr": "192.0.2.7/32"}},
        {"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.0/25"]}},
        {"ipBlock": {"cidr": "2001:db8::/32"}},
    ],
    ids=_in_order,
)
def test_an_example_of_a_peer_is_one(peer: dict[str, Any]) -> None:
    found: Endpoint = example_of(peer, "somebody", "keda")
    assert selects([peer], found, "keda")
    assert not selects([{"podSelector": {"matchLabels": {"nobody": "has-this"}}}], found, "keda")


def test_a_peer_that_selects_nobody_has_no_example() -> None:
    nobody = {"matchExpressions": [{"key": "a", "operator": "Exists"}, {"key": "a", "operator": "DoesNotExist"}]}
    for peer in ({"podSelector": nobody}, {"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.0/24"]}}):
        with pytest.raises(ValueError, match="no "):
            example_of(peer, "nobody", "keda")
