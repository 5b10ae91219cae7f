"""Network policies let through every connection that KEDA's pods and their callers open, and no other.

What scalers talk to is not known here: it is for networkPolicy.<flavor>.operator.extraEgressRules. Rules of the values count for
what must get through, and are left out of the question whether anything else does.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.invariants.relations.relation import Problem, Relation
from tests.support import manifests
from tests.support.manifests import Manifest
from tests.support.network_policies import (
    Endpoint,
    Policies,
    Port,
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


def _policy(manifest: Manifest) -> Manifest:
    """What has a say of a policy."""
    metadata = {key: manifest["metadata"][key] for key in ("name", "namespace")}
    return {"kind": manifest["kind"], "metadata": metadata, "spec": dict(manifest["spec"])}


def _pod(component: str, deployment: Manifest, namespace: str) -> Endpoint:
    on_node = bool(manifests.pod_spec(deployment).get("hostNetwork"))
    ports = {entry["name"]: entry["containerPort"] for entry in manifests.container(deployment)["ports"]}
    labels = manifests.pod_labels(deployment)
    return pod(f"the pod of {component}", namespace, labels, on_node=on_node, ports=ports)


def _probed(deployment: Manifest, ports: Mapping[str, int]) -> set[int]:
    own = manifests.container(deployment)
    probes = [own.get(name) or {} for name in _PROBES]
    wanted = [(probe.get("httpGet") or probe.get("tcpSocket") or {}).get("port") for probe in probes]
    return {ports.get(str(port), port) for port in wanted if port is not None}


def _grpc_port(rendered: Rendered) -> int | None:
    """The operator's port that the metrics API server dials; None when nobody does."""
    if "metrics-apiserver" not in rendered.deployments:
        return None
    (address,) = rendered.flag("metrics-apiserver", "metrics-service-address")
    return int(address.rpartition(":")[2])


def _collector_port(rendered: Rendered) -> int | None:
    """The port of the OpenTelemetry collector of the values; None when there is none, or it is in the operator's own pod."""
    uri = rendered.setting("opentelemetry.collector.uri")
    if not (rendered.setting("opentelemetry.operator.enabled") and uri):
        return None
    parts = urlsplit(uri if "://" in uri else f"//{uri}")
    if parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return None
    return parts.port or (443 if parts.scheme == "https" else 80)


class Dialled(NamedTuple):
    """Connections that must get through, from one end to some ports of the other."""

    source: Endpoint
    target: Endpoint
    ports: tuple[Port, ...]


class Network:
    """Who is on the network of one render: its pods, and those with whom they talk. It keeps nothing but plain values."""

    def __init__(self, rendered: Rendered) -> None:
        self.flavor: str = rendered.setting("networkPolicy.flavor")
        self.dns_ports: list[int] = rendered.setting("networkPolicy.dns.ports")
        self.dns_peers: list[dict[str, Any]] = rendered.setting("networkPolicy.dns.peers") or []
        self.scrape_peers: list[dict[str, Any]] = rendered.setting("networkPolicy.scrapeFrom") or []
        self.api_ports: list[int] = rendered.setting("networkPolicy.apiServer.ports")
        cidrs: list[str] = rendered.setting("networkPolicy.apiServer.cidrs") or []
        self.api_peers: list[dict[str, Any]] = [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]
        self.namespace: str = rendered.operator["metadata"]["namespace"]
        # Component -> its pod.
        self.pods = {
            component: _pod(component, deployment, self.namespace)
            for component, deployment in rendered.deployments.items()
        }
        # Component -> ports that the kubelet asks.
        self.probed = {
            component: _probed(deployment, self.pods[component].ports)
            for component, deployment in rendered.deployments.items()
        }
        # Component -> the port that Prometheus reads, for those whose metrics are on.
        self.scraped = {
            component: int(rendered.setting(f"{OF_COMPONENT[component].prometheus}.port"))
            for component in rendered.deployments
            if rendered.setting(f"{OF_COMPONENT[component].prometheus}.enabled")
        }
        self.grpc_port = _grpc_port(rendered)
        self.collector_port = _collector_port(rendered)
        objects = [_policy(manifest) for manifest in manifests.all_of(rendered.own_objects, _KINDS[self.flavor])]
        if len(objects) != len(rendered.deployments):
            raise LookupError(f"{len(objects)} policies for the components {sorted(rendered.deployments)}")
        self.policies = Policies(objects)
        components = {entry["metadata"]["name"]: component for component, entry in rendered.deployments.items()}
        self._names = {component: name for name, component in components.items()}
        self.own_policies = Policies(
            [self._without_extra_rules(entry, components[entry["metadata"]["name"]], rendered) for entry in objects]
        )

    def _without_extra_rules(self, policy: Manifest, component: str, rendered: Rendered) -> Manifest:
        path = f"networkPolicy.{self.flavor}.{OF_COMPONENT[component].policy_rules}"
        spec = dict(policy["spec"])
        for direction in ("ingress", "egress"):
            extra = rendered.setting(f"{path}.extra{direction.capitalize()}Rules") or []
            spec[direction] = [rule for rule in spec.get(direction) or [] if rule not in extra]
        return {**policy, "spec": spec}

    def where(self, component: str = "") -> str:
        """How a Problem names the policy of a component, or all of them."""
        kind = _KINDS[self.flavor]
        return f"{kind} {self.namespace}/{self._names[component]}" if component else f"the {kind} objects"

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
    return [rendered.fact(Network)] if rendered.setting("networkPolicy.enabled") else []


# --- What must get through ---------------------------------------------------------------------------------------------


def dialled(network: Network) -> Iterator[Dialled]:
    """Every connection that the binaries, the API server, Prometheus and the kubelet open."""
    pods = network.pods
    if network.grpc_port is not None:
        yield Dialled(pods["metrics-apiserver"], pods["operator"], _tcp(network.grpc_port))
    for component in {"metrics-apiserver", "admission-webhooks"} & set(pods):
        for server in network.api_servers:
            yield Dialled(server, pods[component], _tcp(pods[component].ports["https"]))
    kubelet = node("the kubelet", local=True)
    for component, own in pods.items():
        yield from _dialled_by_all(network, own)
        yield Dialled(kubelet, own, _tcp(*sorted(network.probed[component])))
        if component in network.scraped:
            for scraper in network.scrapers:
                yield Dialled(scraper, own, _tcp(network.scraped[component]))
    if network.collector_port is not None:
        port = _tcp(network.collector_port)
        yield Dialled(pods["operator"], outside("the OpenTelemetry collector", "198.51.100.9"), port)
        yield Dialled(pods["operator"], pod("the OpenTelemetry collector", "telemetry", {"app": "collector"}), port)


def _tcp(*ports: int) -> tuple[Port, ...]:
    return tuple((port, "TCP") for port in ports)


def _dialled_by_all(network: Network, own: Endpoint) -> Iterator[Dialled]:
    for server in network.api_servers:
        # Cilium knows an API server that is seen as a node only when it calls, not when it is called.
        if network.flavor == "kubernetes" or "kube-apiserver" in server.entities:
            yield Dialled(own, server, _tcp(*network.api_ports))
    for server in network.dns_servers:
        yield Dialled(own, server, tuple((port, protocol) for port in network.dns_ports for protocol in ("UDP", "TCP")))


def every_dialled_path_is_open(rendered: Rendered) -> Iterator[Problem]:
    """Metrics, admission, probes or name resolution end in a timeout that nobody logs."""
    for network in _networks(rendered):
        connections = list(dialled(network))
        if sum(len(it.ports) for it in connections) < 2 * len(network.pods):
            raise LookupError(f"only {len(connections)} connections are known")
        for source, target, ports in connections:
            open_ports = network.policies.ports_let_in(
                source, target, network.policies.ports_let_out(source, target, ports)
            )
            for port, protocol in ports:
                if (port, protocol) not in open_ports:
                    yield Problem(
                        network.where(), f"{source.name} cannot reach {target.name} on port {port}/{protocol}"
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
            panel = tuple((port, "TCP") for port in sorted({*own.ports.values(), _FOREIGN_PORT}))
            for peer in network.others if own.is_pod else ():
                if peer is own:
                    continue
                for port, _ in network.own_policies.ports_let_in(peer, own, panel):
                    if not _may_enter(network, component, peer, port):
                        yield Problem(network.where(component), f"lets {peer.name} in on port {port}")


def no_pod_reaches_anybody_else(rendered: Rendered) -> Iterator[Problem]:
    """Whoever takes over a pod of KEDA, which knows every credential, could carry them away."""
    for network in _networks(rendered):
        panel = (
            *((port, "TCP") for port in _panel_of_ports(network)),
            *((port, "UDP") for port in (*network.dns_ports, _FOREIGN_PORT)),
        )
        for component, own in network.pods.items():
            for peer in network.others if own.is_pod else ():
                if peer is own:
                    continue
                for port, protocol in network.own_policies.ports_let_out(own, peer, panel):
                    if not _may_leave_for(network, component, peer, port, protocol):
                        yield Problem(
                            network.where(component), f"lets the pod out to {peer.name} on port {port}/{protocol}"
                        )


def _panel_of_ports(network: Network) -> list[int]:
    dialled_ports = [port for port in (network.grpc_port, network.collector_port) if port is not None]
    listening = [port for own in network.pods.values() for port in own.ports.values()]
    return sorted({*network.dns_ports, *network.api_ports, *dialled_ports, *listening, _FOREIGN_PORT})


RELATIONS: tuple[Relation, ...] = (
    every_dialled_path_is_open,
    nobody_else_reaches_a_pod,
    no_pod_reaches_anybody_else,
)
