"""Network policies let through every connection that KEDA's pods and their callers open, and no other.

What scalers talk to is not known here: it is for networkPolicy.<flavor>.operator.extraEgressRules. Rules of the values count for
what must get through, and are left out of the question whether anything else does.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import manifests
from tests.support.manifests import Manifest
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
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT

_KINDS = {"kubernetes": "NetworkPolicy", "cilium": "CiliumNetworkPolicy"}
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
# No program of KEDA listens or dials there.
_FOREIGN_PORT = 5432
# How Cilium may see the API server: outside, on a control-plane node, or, behind a managed one's proxy, as a node only.
_IDENTITIES = (("kube-apiserver", "world"), ("kube-apiserver", "remote-node"), ("remote-node",))


@dataclass(frozen=True)
class Dialled:
    """A connection that must get through."""

    source: Endpoint
    target: Endpoint
    port: int
    protocol: str = "TCP"


class Network:
    """Who is on the network of one render: its pods, and those with whom they talk."""

    def __init__(self, rendered: Rendered) -> None:
        self.rendered = rendered
        self.flavor: str = rendered.setting("networkPolicy.flavor")
        self.dns_ports: list[int] = rendered.setting("networkPolicy.dns.ports")
        self.dns_peers: list[dict[str, Any]] = rendered.setting("networkPolicy.dns.peers") or []
        self.scrape_peers: list[dict[str, Any]] = rendered.setting("networkPolicy.scrapeFrom") or []
        self.api_ports: list[int] = rendered.setting("networkPolicy.apiServer.ports")
        cidrs: list[str] = rendered.setting("networkPolicy.apiServer.cidrs") or []
        self.api_peers: list[dict[str, Any]] = [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]
        self.namespace: str = rendered.operator["metadata"]["namespace"]
        objects = manifests.all_of(rendered.own_objects, _KINDS[self.flavor])
        if len(objects) != len(rendered.deployments):
            raise LookupError(f"{len(objects)} policies for the components {sorted(rendered.deployments)}")
        self.policies = Policies(objects)
        self.own_policies = Policies([self._without_extra_rules(policy) for policy in objects])

    def _without_extra_rules(self, policy: Manifest) -> Manifest:
        (component,) = [
            key
            for key, deployment in self.rendered.deployments.items()
            if deployment["metadata"]["name"] == policy["metadata"]["name"]
        ]
        path = f"networkPolicy.{self.flavor}.{OF_COMPONENT[component].policy_rules}"
        spec = dict(policy["spec"])
        for direction in ("ingress", "egress"):
            extra = self.rendered.setting(f"{path}.extra{direction.capitalize()}Rules") or []
            spec[direction] = [rule for rule in spec.get(direction) or [] if rule not in extra]
        return {**policy, "spec": spec}

    # --- The pods ------------------------------------------------------------------------------------------------------

    @functools.cached_property
    def pods(self) -> dict[str, Endpoint]:
        """Component -> its pod."""
        return {component: self._pod(component) for component in self.rendered.deployments}

    def _pod(self, component: str) -> Endpoint:
        deployment = self.rendered.deployments[component]
        on_node = bool(manifests.pod_spec(deployment).get("hostNetwork"))
        ports = {entry["name"]: entry["containerPort"] for entry in manifests.container(deployment)["ports"]}
        labels = manifests.pod_labels(deployment)
        return pod(f"the pod of {component}", self.namespace, labels, on_node=on_node, ports=ports)

    @functools.cached_property
    def probed(self) -> dict[str, set[int]]:
        """Component -> ports that the kubelet asks."""
        found = {}
        for component, deployment in self.rendered.deployments.items():
            probes = [manifests.container(deployment).get(name) or {} for name in _PROBES]
            wanted = [(probe.get("httpGet") or probe.get("tcpSocket") or {}).get("port") for probe in probes]
            ports = self.pods[component].ports
            found[component] = {ports.get(str(port), port) for port in wanted if port is not None}
        return found

    @functools.cached_property
    def scraped(self) -> dict[str, int]:
        """Component -> the port that Prometheus reads, for those whose metrics are on."""
        paths = {component: OF_COMPONENT[component].prometheus for component in self.rendered.deployments}
        return {
            component: int(self.rendered.setting(f"{path}.port"))
            for component, path in paths.items()
            if self.rendered.setting(f"{path}.enabled")
        }

    @functools.cached_property
    def grpc_port(self) -> int | None:
        """The operator's port that the metrics API server dials; None when nobody does."""
        if "metrics-apiserver" not in self.rendered.deployments:
            return None
        address = manifests.flag(self.rendered.deployments["metrics-apiserver"], "metrics-service-address")
        return int(address.rpartition(":")[2])

    @functools.cached_property
    def collector_port(self) -> int | None:
        """The port of the OpenTelemetry collector of the values; None when there is none, or it is in the operator's own pod."""
        uri = self.rendered.setting("opentelemetry.collector.uri")
        if not (self.rendered.setting("opentelemetry.operator.enabled") and uri):
            return None
        parts = urlsplit(uri if "://" in uri else f"//{uri}")
        if parts.hostname in ("localhost", "127.0.0.1", "::1"):
            return None
        return parts.port or (443 if parts.scheme == "https" else 80)

    # --- The others ----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def api_servers(self) -> list[Endpoint]:
        """The API server, in each way that the policies may see it."""
        if self.flavor == "cilium":
            return [api_server("203.0.113.10", *identity) for identity in _IDENTITIES]
        peers = self.api_peers or [{"ipBlock": {"cidr": "203.0.113.0/24"}}]
        return [api_server(str(example_of(peer, "", self.namespace).address), "kube-apiserver") for peer in peers]

    @functools.cached_property
    def dns_servers(self) -> list[Endpoint]:
        return self._examples(self.dns_peers, "a DNS server") or [
            pod("the pod of the cluster's DNS", "kube-system", {"k8s-app": "kube-dns"})
        ]

    @functools.cached_property
    def scrapers(self) -> list[Endpoint]:
        return self._examples(self.scrape_peers, "a scraper") or [
            pod("the pod of Prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"})
        ]

    def _examples(self, peers: Sequence[dict[str, Any]], name: str) -> list[Endpoint]:
        return [example_of(peer, name, self.namespace) for peer in peers]

    @functools.cached_property
    def others(self) -> list[Endpoint]:
        """Everybody who may try: the callers above, and those who have no business with KEDA."""
        impostors = [
            pod(f"a pod of another namespace with the labels of {component}", "somebody-elses", found.labels)
            for component, found in self.pods.items()
        ]
        return [
            *self.pods.values(),
            *impostors,
            pod("another pod of the namespace", self.namespace, {"app": "neighbour"}),
            pod("a pod of another namespace", "somebody-elses", {"app": "stranger"}),
            *self.dns_servers,
            *self.scrapers,
            *self.api_servers,
            node("another node", local=False),
            node("the kubelet", local=True),
            outside("a host outside of the cluster", "198.51.100.7"),
        ]


def _networks(rendered: Rendered) -> list[Network]:
    """The render's network; none when it brings no policies."""
    return [Network(rendered)] if rendered.setting("networkPolicy.enabled") else []


# --- What must get through ---------------------------------------------------------------------------------------------


def dialled(network: Network) -> Iterator[Dialled]:
    """Every connection that the binaries, the API server, Prometheus and the kubelet open."""
    pods = network.pods
    port = network.grpc_port
    if port is not None:
        yield Dialled(pods["metrics-apiserver"], pods["operator"], port)
    for component in {"metrics-apiserver", "admission-webhooks"} & set(pods):
        for server in network.api_servers:
            yield Dialled(server, pods[component], pods[component].ports["https"])
    for component, own in pods.items():
        yield from _dialled_by_all(network, own)
        for port in network.probed[component]:
            yield Dialled(node("the kubelet", local=True), own, port)
        if component in network.scraped:
            for scraper in network.scrapers:
                yield Dialled(scraper, own, network.scraped[component])
    port = network.collector_port
    if port is not None:
        yield Dialled(pods["operator"], outside("the OpenTelemetry collector", "198.51.100.9"), port)
        yield Dialled(pods["operator"], pod("the OpenTelemetry collector", "telemetry", {"app": "collector"}), port)


def _dialled_by_all(network: Network, own: Endpoint) -> Iterator[Dialled]:
    for server in network.api_servers:
        # Cilium knows an API server that is seen as a node only when it calls, not when it is called.
        if network.flavor == "kubernetes" or "kube-apiserver" in server.entities:
            for port in network.api_ports:
                yield Dialled(own, server, port)
    for server in network.dns_servers:
        for port in network.dns_ports:
            yield Dialled(own, server, port, "UDP")
            yield Dialled(own, server, port, "TCP")


def every_dialled_path_is_open(rendered: Rendered) -> Iterator[Problem]:
    """Metrics, admission, probes or name resolution end in a timeout that nobody logs."""
    for network in _networks(rendered):
        connections = list(dialled(network))
        if len(connections) < 2 * len(network.pods):
            raise LookupError(f"only {len(connections)} connections are known")
        for it in connections:
            if not network.policies.allow(it.source, it.target, it.port, it.protocol):
                yield Problem(
                    _where(network), f"{it.source.name} cannot reach {it.target.name} on port {it.port}/{it.protocol}"
                )


# --- What must not -----------------------------------------------------------------------------------------------------


def _is_node(peer: Endpoint) -> bool:
    """Whether Cilium's words for a node are among those for the peer, as they are for an API server on a node."""
    return bool({"host", "remote-node"} & peer.entities)


def _may_enter(network: Network, component: str, peer: Endpoint, port: int) -> bool:
    own, kubernetes = network.pods[component], network.flavor == "kubernetes"
    if kubernetes and peer.local:
        return True
    if port == network.scraped.get(component):
        return selects(network.scrape_peers, peer, network.namespace) if kubernetes else "cluster" in peer.entities
    if component == "operator" and port == network.grpc_port:
        caller = network.pods["metrics-apiserver"]
        # A pod on its node's network has no label to be found by; the port asks for a client certificate.
        return peer is caller or (caller.on_node and (kubernetes or _is_node(peer)))
    if not kubernetes and peer.local and port in network.probed[component]:
        return True
    if port == own.ports.get("https"):
        if kubernetes:
            return selects(network.api_peers, peer, network.namespace)
        return bool({"kube-apiserver", "remote-node"} & peer.entities)
    return False


def _may_leave_for(network: Network, component: str, peer: Endpoint, port: int, protocol: str) -> bool:
    kubernetes = network.flavor == "kubernetes"
    if kubernetes and peer.local:
        return True
    if port in network.dns_ports and (not kubernetes or selects(network.dns_peers, peer, network.namespace)):
        return True
    if not kubernetes and "kube-apiserver" in peer.entities:
        return True
    if protocol != "TCP":
        return False
    api_server_ports = network.api_ports if kubernetes else ()
    if port in api_server_ports and selects(network.api_peers, peer, network.namespace):
        return True
    if component == "metrics-apiserver" and port == network.grpc_port:
        target = network.pods["operator"]
        return peer is target or (target.on_node and (kubernetes or _is_node(peer)))
    return component == "operator" and port == network.collector_port


def nobody_else_reaches_a_pod(rendered: Rendered) -> Iterator[Problem]:
    """Any pod of the cluster could talk to the operator's gRPC port, or read plain-text metrics and profiles."""
    for network in _networks(rendered):
        for component, own in network.pods.items():
            for port in sorted({*own.ports.values(), _FOREIGN_PORT}) if own.is_pod else ():
                for peer in network.others:
                    if peer is own or _may_enter(network, component, peer, port):
                        continue
                    if network.own_policies.let_in(peer, own, port):
                        yield Problem(_where(network, component), f"lets {peer.name} in on port {port}")


def no_pod_reaches_anybody_else(rendered: Rendered) -> Iterator[Problem]:
    """Whoever takes over a pod of KEDA, which knows every credential, could carry them away."""
    for network in _networks(rendered):
        panel = [(port, "TCP") for port in _panel_of_ports(network)]
        panel += [(port, "UDP") for port in (*network.dns_ports, _FOREIGN_PORT)]
        for component, own in network.pods.items():
            for port, protocol in panel if own.is_pod else ():
                for peer in network.others:
                    if peer is own or _may_leave_for(network, component, peer, port, protocol):
                        continue
                    if network.own_policies.let_out(own, peer, port, protocol):
                        yield Problem(
                            _where(network, component), f"lets the pod out to {peer.name} on port {port}/{protocol}"
                        )


def _panel_of_ports(network: Network) -> list[int]:
    dialled_ports = [port for port in (network.grpc_port, network.collector_port) if port is not None]
    listening = [port for own in network.pods.values() for port in own.ports.values()]
    return sorted({*network.dns_ports, *network.api_ports, *dialled_ports, *listening, _FOREIGN_PORT})


def _where(network: Network, component: str = "") -> str:
    if not component:
        return f"the {_KINDS[network.flavor]} objects"
    name = network.rendered.deployments[component]["metadata"]["name"]
    return place(manifests.one(network.rendered.own_objects, _KINDS[network.flavor], name))


RELATIONS: tuple[Relation, ...] = (
    every_dialled_path_is_open,
    nobody_else_reaches_a_pod,
    no_pod_reaches_anybody_else,
)
