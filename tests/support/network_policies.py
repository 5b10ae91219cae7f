"""A small evaluator of rendered network policies: may this endpoint open a connection to that one.

Kubernetes' NetworkPolicy (https://kubernetes.io/docs/concepts/services-networking/network-policies/) and, as far as the chart
and its extra rules use it, CiliumNetworkPolicy (https://docs.cilium.io/en/stable/security/policy/). Ports are those of the
pods, because both judge after a Service has been resolved. A peer field that is not known here matches nobody.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
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

    @property
    def is_pod(self) -> bool:
        return self.namespace is not None and not self.on_node


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


@dataclass(frozen=True)
class Connection:
    """A connection that is to be opened; for each direction of policies one end is the pod's own and the other its peer."""

    source: Endpoint
    target: Endpoint
    port: int
    protocol: str

    def own(self, direction: Direction) -> Endpoint:
        return self.source if direction == "egress" else self.target

    def peer(self, direction: Direction) -> Endpoint:
        return self.target if direction == "egress" else self.source


class Policies:
    """The network policies of one render, of both kinds."""

    def __init__(self, objects: Iterable[Manifest]) -> None:
        listed = list(objects)
        self.kubernetes = all_of(listed, "NetworkPolicy")
        self.cilium = all_of(listed, "CiliumNetworkPolicy")
        # By direction and identity of the endpoint, which is held so that no other one gets its identity.
        self._selected: dict[tuple[Direction, int], tuple[Endpoint, tuple[list[Manifest], list[Manifest]]]] = {}

    def allow(self, source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
        """Whether ``source`` reaches ``target`` on a port: its own policies let it out, and the target's let it in."""
        return self.let_out(source, target, port, protocol) and self.let_in(source, target, port, protocol)

    def let_out(self, source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
        """Whether the policies that select ``source`` let the connection leave it."""
        return self._let("egress", Connection(source, target, port, protocol))

    def let_in(self, source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
        """Whether the policies that select ``target`` let the connection enter it."""
        return self._let("ingress", Connection(source, target, port, protocol))

    def _let(self, direction: Direction, connection: Connection) -> bool:
        if not connection.own(direction).is_pod:
            return True
        return self._kubernetes_lets(direction, connection) and self._cilium_lets(direction, connection)

    def _kubernetes_lets(self, direction: Direction, connection: Connection) -> bool:
        own, peer = connection.own(direction), connection.peer(direction)
        found = self._selecting(direction, own)[0]
        # Kubernetes never cuts a pod off from its own node.
        if not found or peer.local:
            return True
        return any(
            # The port first: it is looked up at once.
            _kubernetes_port(rule.get("ports"), connection)
            and selects(rule.get(_PEERS[direction]), peer, policy["metadata"]["namespace"])
            for policy in found
            for rule in policy["spec"].get(direction) or []
        )

    def _cilium_lets(self, direction: Direction, connection: Connection) -> bool:
        own, peer = connection.own(direction), connection.peer(direction)
        found = self._selecting(direction, own)[1]
        if not found:
            return True
        return any(
            _cilium_port(rule.get("toPorts"), connection)
            and _cilium_peer(rule, direction, peer, policy["metadata"]["namespace"])
            for policy in found
            for rule in policy["spec"][direction]
        )

    def _selecting(self, direction: Direction, own: Endpoint) -> tuple[list[Manifest], list[Manifest]]:
        """The policies of either kind that select a pod and say something about the direction."""
        key = direction, id(own)
        if key not in self._selected:
            kubernetes = [
                policy
                for policy in self.kubernetes
                if policy["metadata"]["namespace"] == own.namespace
                and matches(policy["spec"].get("podSelector") or {}, dict(own.labels))
                and direction.capitalize() in _types(policy["spec"])
            ]
            cilium = [
                policy
                for policy in self.cilium
                if _cilium_selects(policy["spec"].get("endpointSelector") or {}, own, policy["metadata"]["namespace"])
                # A direction without a rule is left as it is.
                and policy["spec"].get(direction)
            ]
            self._selected[key] = own, (kubernetes, cilium)
        return self._selected[key][1]


def _types(spec: Rule) -> Sequence[str]:
    stated: Sequence[str] = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return stated


def selects(peers: Sequence[Rule] | None, endpoint: Endpoint, own_namespace: str) -> bool:
    """Whether NetworkPolicyPeers of a policy in ``own_namespace`` mean this endpoint; no peer at all means everybody."""
    if not peers:
        return True
    for peer in peers:
        if "ipBlock" in peer:
            # Blocks are for what has no labels: whether one covers pods depends on the network plugin.
            if not endpoint.is_pod and _in_block(
                endpoint.address, peer["ipBlock"]["cidr"], peer["ipBlock"].get("except")
            ):
                return True
            continue
        if not endpoint.is_pod:
            continue
        in_namespace = (
            matches(peer["namespaceSelector"] or {}, dict(endpoint.namespace_labels))
            if "namespaceSelector" in peer
            else endpoint.namespace == own_namespace
        )
        if in_namespace and matches(peer.get("podSelector") or {}, dict(endpoint.labels)):
            return True
    return False


def _in_block(address: str | None, block: str, barred: Sequence[str] | None = None) -> bool:
    if address is None:
        return False
    found = ipaddress.ip_address(address)
    if any(found in ipaddress.ip_network(entry, strict=False) for entry in barred or []):
        return False
    return found in ipaddress.ip_network(block, strict=False)


def _kubernetes_port(ports: Sequence[Rule] | None, connection: Connection) -> bool:
    if not ports:
        return True
    return any(
        entry.get("protocol", "TCP") == connection.protocol
        and _in_range(entry.get("port"), entry.get("endPort"), connection)
        for entry in ports
    )


def _in_range(wanted: int | str | None, last: int | None, connection: Connection) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str) and not wanted.isdecimal():
        return connection.target.ports.get(wanted) == connection.port
    return int(wanted) <= connection.port <= int(last or wanted)


def _cilium_selects(selector: Rule, endpoint: Endpoint, own_namespace: str) -> bool:
    """Whether an endpoint selector of a namespaced policy selects a pod; it stays in its namespace unless it names another."""
    if not endpoint.is_pod:
        return False
    equal = {_plain(key): value for key, value in (selector.get("matchLabels") or {}).items()}
    expressions = [{**entry, "key": _plain(entry["key"])} for entry in selector.get("matchExpressions") or []]
    keys = {*equal, *(entry["key"] for entry in expressions)}
    elsewhere = any(key == _CILIUM_NAMESPACE or key.startswith(_CILIUM_NAMESPACE_LABELS) for key in keys)
    labels = {
        **endpoint.labels,
        **{_CILIUM_NAMESPACE_LABELS + key: value for key, value in endpoint.namespace_labels.items()},
        _CILIUM_NAMESPACE: endpoint.namespace or "",
    }
    return (elsewhere or endpoint.namespace == own_namespace) and matches(
        {"matchLabels": equal, "matchExpressions": expressions}, labels
    )


def _plain(key: str) -> str:
    """A label's key without Cilium's source in front."""
    return key.removeprefix("k8s:").removeprefix("any:").removeprefix("k8s.").removeprefix("any.")


def _cilium_peer(rule: Rule, direction: Direction, endpoint: Endpoint, own_namespace: str) -> bool:
    prefix = _PEERS[direction]
    peers = {
        key.removeprefix(prefix): value for key, value in rule.items() if key.startswith(prefix) and key != "toPorts"
    }
    if not peers:
        return True
    return (
        bool(endpoint.entities & set(peers.get("Entities") or []))
        or any(_cilium_selects(selector, endpoint, own_namespace) for selector in peers.get("Endpoints") or [])
        or (
            not endpoint.is_pod
            and any(
                _in_block(endpoint.address, entry["cidr"], entry.get("except"))
                for entry in [{"cidr": cidr} for cidr in peers.get("CIDR") or []] + (peers.get("CIDRSet") or [])
                if "cidr" in entry
            )
        )
    )


def _cilium_port(groups: Sequence[Rule] | None, connection: Connection) -> bool:
    entries = [entry for group in groups or [] for entry in group.get("ports") or []]
    if not entries:
        return True
    return any(
        entry.get("protocol", "ANY") in ("ANY", connection.protocol)
        and (entry["port"] == "0" or _in_range(entry["port"], entry.get("endPort"), connection))
        for entry in entries
    )
