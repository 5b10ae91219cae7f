"""A small evaluator of rendered network policies: may this endpoint open a connection to that one.

Kubernetes' NetworkPolicy (https://kubernetes.io/docs/concepts/services-networking/network-policies/) and, as far as the chart
and its extra rules use it, CiliumNetworkPolicy (https://docs.cilium.io/en/stable/security/policy/). Ports are those of the
pods, because both judge after a Service has been resolved. A peer field that is not known here matches nobody.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.manifests import Manifest, all_of, matches

Direction = Literal["ingress", "egress"]
Rule = Mapping[str, Any]

METADATA_NAME = "kubernetes.io/metadata.name"
_CILIUM_NAMESPACE = "io.kubernetes.pod.namespace"
_CILIUM_NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels."
_PEERS = {"ingress": "from", "egress": "to"}


@dataclass(frozen=True)
class Endpoint:
    """One end of a connection.

    ``entities`` are Cilium's words for it. A pod has a ``namespace`` and labels; ``on_node``: it is the node itself, or a pod
    on the node's network, which no policy selects and no label finds. ``local``: on the node of whatever it talks to.
    """

    name: str
    entities: frozenset[str]
    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None
    on_node: bool = False
    local: bool = False
    ports: Mapping[str, int] = field(default_factory=dict)

    @functools.cached_property
    def is_pod(self) -> bool:
        return self.namespace is not None and not self.on_node

    @functools.cached_property
    def cilium_labels(self) -> Mapping[str, str]:
        """A pod's labels and those of its namespace, as Cilium names them."""
        return {
            **self.labels,
            **{_CILIUM_NAMESPACE_LABELS + key: value for key, value in self.namespace_labels.items()},
            _CILIUM_NAMESPACE: self.namespace or "",
        }


def pod(
    name: str,
    namespace: str,
    labels: Mapping[str, str],
    *,
    namespace_labels: Mapping[str, str] | None = None,
    on_node: bool = False,
    ports: Mapping[str, int] | None = None,
) -> Endpoint:
    """A pod of the cluster; ``ports`` are its container ports by name."""
    entities = {"remote-node", "cluster", "all"} if on_node else {"cluster", "all"}
    return Endpoint(
        name,
        frozenset(entities),
        namespace,
        labels,
        {METADATA_NAME: namespace, **(namespace_labels or {})},
        "198.18.0.9" if on_node else None,
        on_node,
        ports=ports or {},
    )


def node(name: str, *, local: bool) -> Endpoint:
    """A node: ``local`` is the one on which the pod runs, and the kubelet that probes it."""
    entities = frozenset({"host" if local else "remote-node", "cluster", "all"})
    return Endpoint(name, entities, address="198.18.0.1", on_node=True, local=local)


def api_server(address: str, *entities: str) -> Endpoint:
    """The API server; ``entities``: how Cilium sees it (kube-apiserver with world or remote-node, or remote-node alone)."""
    within = {"cluster"} if "remote-node" in entities else set()
    return Endpoint("the API server", frozenset({*entities, *within, "all"}), address=address)


def outside(name: str, address: str) -> Endpoint:
    """A host that is no part of the cluster."""
    return Endpoint(name, frozenset({"world", "all"}), address=address)


def example_of(peer: Rule, name: str, own_namespace: str) -> Endpoint:
    """An endpoint that a NetworkPolicyPeer selects; ``own_namespace`` is the policy's. ValueError when it selects nobody."""
    if "ipBlock" in peer:
        block = ipaddress.ip_network(peer["ipBlock"]["cidr"], strict=False)
        barred = [ipaddress.ip_network(entry, strict=False) for entry in peer["ipBlock"].get("except") or []]
        candidates = [block.network_address + 1 if block.num_addresses > 1 else block.network_address, block[-1]]
        for address in candidates:
            if not any(address in entry for entry in barred):
                return outside(name, str(address))
        raise ValueError(f"no example of {peer}")
    namespace_labels: dict[str, str] = {}
    namespace = own_namespace
    if "namespaceSelector" in peer:
        namespace_labels = _labels_for(peer["namespaceSelector"] or {})
        namespace = namespace_labels.get(METADATA_NAME, "another-namespace")
    return pod(name, namespace, _labels_for(peer.get("podSelector") or {}), namespace_labels=namespace_labels)


def _labels_for(selector: Rule) -> dict[str, str]:
    """Labels that a selector matches; ValueError when none are found."""
    labels = dict(selector.get("matchLabels") or {})
    for expression in selector.get("matchExpressions") or []:
        if expression["operator"] == "In":
            labels.setdefault(expression["key"], expression["values"][0])
        elif expression["operator"] == "Exists":
            labels.setdefault(expression["key"], "any")
    if not matches(dict(selector), labels):
        raise ValueError(f"no labels are found for {selector}")
    return labels


# A port with its protocol.
Port = tuple[int, str]


# Rules, each with the question whether it is about an endpoint.
_Rules = list[tuple[Rule, Callable[[Endpoint], bool]]]


class Policies:
    """The network policies of one render, of both kinds."""

    def __init__(self, objects: Iterable[Manifest]) -> None:
        listed = list(objects)
        self.kubernetes = all_of(listed, "NetworkPolicy")
        self.cilium = all_of(listed, "CiliumNetworkPolicy")
        # By direction and identity of the endpoints, which are held so that no other ones get their identities.
        self._own_rules: dict[tuple[Direction, int], tuple[Endpoint, tuple[_Rules | None, _Rules | None]]] = {}
        # Ports -> identity of a rule and of a target -> those of the ports that the rule is about.
        self._opened: dict[tuple[Port, ...], dict[tuple[int, int], tuple[Endpoint, frozenset[Port]]]] = {}
        self._rules: dict[tuple[Direction, int, int], tuple[Endpoint, tuple[list[Rule] | None, list[Rule] | None]]] = {}

    def allow(self, source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
        """Whether ``source`` reaches ``target`` on a port: its own policies let it out, and the target's let it in."""
        return self.let_out(source, target, port, protocol) and self.let_in(source, target, port, protocol)

    def let_out(self, source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
        """Whether the policies that select ``source`` let the connection leave it."""
        return bool(self.ports_let_out(source, target, ((port, protocol),)))

    def let_in(self, source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
        """Whether the policies that select ``target`` let the connection enter it."""
        return bool(self.ports_let_in(source, target, ((port, protocol),)))

    def ports_let_out(self, source: Endpoint, target: Endpoint, ports: tuple[Port, ...]) -> tuple[Port, ...]:
        """Those of the target's ``ports`` to which the policies that select ``source`` let it out."""
        return self._let("egress", source, target, target, ports)

    def ports_let_in(self, source: Endpoint, target: Endpoint, ports: tuple[Port, ...]) -> tuple[Port, ...]:
        """Those of the target's ``ports`` on which the policies that select ``target`` let ``source`` in."""
        return self._let("ingress", target, source, target, ports)

    def _let(
        self, direction: Direction, own: Endpoint, peer: Endpoint, target: Endpoint, ports: tuple[Port, ...]
    ) -> tuple[Port, ...]:
        if not own.is_pod:
            return ports
        key = direction, id(own), id(peer)
        if key not in self._rules:
            self._rules[key] = peer, self._rules_for(direction, own, peer)
        opened = self._opened.setdefault(ports, {})
        for rules, opens in zip(self._rules[key][1], (_kubernetes_port, _cilium_port), strict=True):
            if rules is None:
                continue
            some: set[Port] = set()
            for rule in rules:
                # Of a target only the names of its ports have a say.
                about = id(rule), id(target) if target.ports else 0
                if about not in opened:
                    opened[about] = target, frozenset(port for port in ports if opens(rule, target, port))
                some |= opened[about][1]
            ports = tuple(port for port in ports if port in some) if some else ()
        return ports

    def _rules_for(
        self, direction: Direction, own: Endpoint, peer: Endpoint
    ) -> tuple[list[Rule] | None, list[Rule] | None]:
        """The rules of either kind that are about ``peer``; None for a kind that does not limit the direction."""
        kubernetes, cilium = self._rules_of(direction, own)
        return (
            # Kubernetes never cuts a pod off from its own node.
            None if kubernetes is None or peer.local else [rule for rule, means in kubernetes if means(peer)],
            None if cilium is None else [rule for rule, means in cilium if means(peer)],
        )

    def _rules_of(self, direction: Direction, own: Endpoint) -> tuple[_Rules | None, _Rules | None]:
        """The rules of the policies that select a pod, each with the question whether it is about a peer."""
        key = direction, id(own)
        if key not in self._own_rules:
            kubernetes, cilium = self._selecting(direction, own)
            self._own_rules[key] = (
                own,
                (
                    [
                        (rule, _kubernetes_peers(rule.get(_PEERS[direction]), policy["metadata"]["namespace"]))
                        for policy in kubernetes
                        for rule in policy["spec"].get(direction) or []
                    ]
                    if kubernetes
                    else None,
                    [
                        (rule, _cilium_peers(rule, direction, policy["metadata"]["namespace"]))
                        for policy in cilium
                        for rule in policy["spec"][direction]
                    ]
                    if cilium
                    else None,
                ),
            )
        return self._own_rules[key][1]

    def _selecting(self, direction: Direction, own: Endpoint) -> tuple[list[Manifest], list[Manifest]]:
        """The policies of either kind that select a pod and say something about the direction."""
        return (
            [
                policy
                for policy in self.kubernetes
                if policy["metadata"]["namespace"] == own.namespace
                and matches(policy["spec"].get("podSelector") or {}, own.labels)
                and direction.capitalize() in _types(policy["spec"])
            ],
            [
                policy
                for policy in self.cilium
                if _cilium_selector(policy["spec"].get("endpointSelector") or {}, policy["metadata"]["namespace"])(own)
                # A direction without a rule is left as it is.
                and policy["spec"].get(direction)
            ],
        )


def _types(spec: Rule) -> Sequence[str]:
    stated: Sequence[str] = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return stated


def selects(peers: Sequence[Rule] | None, endpoint: Endpoint, own_namespace: str) -> bool:
    """Whether NetworkPolicyPeers of a policy in ``own_namespace`` mean this endpoint; no peer at all means everybody."""
    return _kubernetes_peers(peers, own_namespace)(endpoint)


def _kubernetes_peers(peers: Sequence[Rule] | None, own_namespace: str) -> Callable[[Endpoint], bool]:
    def means(endpoint: Endpoint) -> bool:
        return not peers or any(_is_peer(peer, endpoint, own_namespace) for peer in peers)

    return means


def _is_peer(peer: Rule, endpoint: Endpoint, own_namespace: str) -> bool:
    if "ipBlock" in peer:
        # Blocks are for what has no labels: whether one covers pods depends on the network plugin.
        block = peer["ipBlock"]
        return not endpoint.is_pod and _in_block(endpoint.address, block["cidr"], block.get("except"))
    if not endpoint.is_pod:
        return False
    in_namespace = (
        matches(peer["namespaceSelector"] or {}, endpoint.namespace_labels)
        if "namespaceSelector" in peer
        else endpoint.namespace == own_namespace
    )
    return in_namespace and matches(peer.get("podSelector") or {}, endpoint.labels)


def _in_block(address: str | None, block: str, barred: Sequence[str] | None = None) -> bool:
    if address is None:
        return False
    found = ipaddress.ip_address(address)
    if any(found in ipaddress.ip_network(entry, strict=False) for entry in barred or []):
        return False
    return found in ipaddress.ip_network(block, strict=False)


def _kubernetes_port(rule: Rule, target: Endpoint, port: Port) -> bool:
    """Whether the ports of a rule mean this one of ``target``; none at all mean every one."""
    ports: Sequence[Rule] | None = rule.get("ports")
    if not ports:
        return True
    number, protocol = port
    return any(
        entry.get("protocol", "TCP") == protocol and _in_range(entry.get("port"), entry.get("endPort"), target, number)
        for entry in ports
    )


def _in_range(wanted: int | str | None, last: int | None, target: Endpoint, number: int) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str) and not wanted.isdecimal():
        return target.ports.get(wanted) == number
    return int(wanted) <= number <= int(last or wanted)


def _cilium_selector(selector: Rule, own_namespace: str) -> Callable[[Endpoint], bool]:
    """Whether an endpoint selector of a namespaced policy selects a pod; it stays in its namespace unless it names another."""
    equal = {_plain(key): value for key, value in (selector.get("matchLabels") or {}).items()}
    expressions = [{**entry, "key": _plain(entry["key"])} for entry in selector.get("matchExpressions") or []]
    keys = {*equal, *(entry["key"] for entry in expressions)}
    elsewhere = any(key == _CILIUM_NAMESPACE or key.startswith(_CILIUM_NAMESPACE_LABELS) for key in keys)
    plain = {"matchLabels": equal, "matchExpressions": expressions}

    def selected(endpoint: Endpoint) -> bool:
        return (
            endpoint.is_pod
            and (elsewhere or endpoint.namespace == own_namespace)
            and matches(plain, endpoint.cilium_labels)
        )

    return selected


def _plain(key: str) -> str:
    """A label's key without Cilium's source in front."""
    return key.removeprefix("k8s:").removeprefix("any:").removeprefix("k8s.").removeprefix("any.")


def _cilium_peers(rule: Rule, direction: Direction, own_namespace: str) -> Callable[[Endpoint], bool]:
    """Whether a rule is about an endpoint; no peer at all means everybody."""
    prefix = _PEERS[direction]
    peers = {
        key.removeprefix(prefix): value for key, value in rule.items() if key.startswith(prefix) and key != "toPorts"
    }
    entities = set(peers.get("Entities") or [])
    selectors = [_cilium_selector(selector, own_namespace) for selector in peers.get("Endpoints") or []]
    blocks = [{"cidr": cidr} for cidr in peers.get("CIDR") or []] + (peers.get("CIDRSet") or [])

    def means(endpoint: Endpoint) -> bool:
        if not peers or endpoint.entities & entities:
            return True
        if endpoint.is_pod:
            return any(selected(endpoint) for selected in selectors)
        return any(
            _in_block(endpoint.address, entry["cidr"], entry.get("except")) for entry in blocks if "cidr" in entry
        )

    return means


def _cilium_port(rule: Rule, target: Endpoint, port: Port) -> bool:
    entries = [entry for group in rule.get("toPorts") or [] for entry in group.get("ports") or []]
    if not entries:
        return True
    return any(
        entry.get("protocol", "ANY") in ("ANY", port[1])
        and (entry["port"] == "0" or _in_range(entry["port"], entry.get("endPort"), target, port[0]))
        for entry in entries
    )
