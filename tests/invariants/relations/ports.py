"""Ports agree: what a Service, a probe, a policy or a flag names is a port on which the container listens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import manifests
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT

# Component -> flags that make the binary listen; "0" and an empty value mean that it does not (keda-runtime, ports).
_LISTENING_FLAGS = {
    "operator": (
        "health-probe-bind-address",
        "metrics-bind-address",
        "metrics-service-bind-address",
        "profiling-bind-address",
    ),
    "metrics-apiserver": ("secure-port", "port", "profiling-bind-address"),
    "admission-webhooks": ("port", "health-probe-bind-address", "metrics-bind-address", "profiling-bind-address"),
}
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def listening(rendered: Rendered, component: str) -> list[int]:
    """The ports that the flags of KEDA's container open."""
    flags = rendered.flags(component)
    values = [value for name in _LISTENING_FLAGS[component] for value in flags.get(name, [])]
    return [int(value.rpartition(":")[2]) for value in values if value not in ("", "0")]


def _opens(deployment: Manifest, wanted: str | int) -> bool:
    ports = manifests.container(deployment).get("ports") or []
    return len([entry for entry in ports if wanted in (entry["name"], entry["containerPort"])]) == 1


@of_each_component
def every_declared_port_is_one_that_a_flag_opens_and_no_other(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """Monitors and policies go by the declared ports: one that is missing or idle is a scrape that fails."""
    declared = [entry["containerPort"] for entry in manifests.container(deployment).get("ports") or []]
    opened = listening(rendered, component)
    if sorted(declared) != sorted(opened):
        yield Problem(place(deployment), f"declares ports {sorted(declared)}, its flags open {sorted(opened)}")
    if len(set(declared)) != len(declared):
        yield Problem(place(deployment), f"declares a port twice: {sorted(declared)}")


def a_service_sends_traffic_to_a_port_that_listens(rendered: Rendered) -> Iterator[Problem]:
    """Connections would be refused although every pod is ready."""
    services = manifests.all_of(rendered.own_objects, "Service")
    named = {deployment["metadata"]["name"]: deployment for deployment in rendered.deployments.values()}
    # Of several operators each has its address in a headless Service beside.
    headless = [service for service in services if service["spec"].get("clusterIP") == "None"]
    addressed = [service for service in services if service["spec"].get("clusterIP") != "None"]
    if {service["metadata"]["name"] for service in addressed} != set(named):
        raise LookupError(f"Services of {sorted(named)} are wanted, there are {manifests.inventory(services)}")
    for service in headless:
        named[service["metadata"]["name"]] = rendered.operator
        if not manifests.matches({"matchLabels": service["spec"]["selector"]}, manifests.pod_labels(rendered.operator)):
            yield Problem(place(service), "does not select the operator's pods")
    for service in services:
        if not service["spec"].get("ports"):
            yield Problem(place(service), "has no port")
        for port in service["spec"].get("ports") or []:
            if not _opens(named[service["metadata"]["name"]], port["targetPort"]):
                yield Problem(place(service), f"port {port['name']} leads to {port['targetPort']}, which nobody opens")


def _doubles(entries: Iterable[object]) -> list[str]:
    return [str(entry) for entry, count in Counter(entries).items() if count > 1]


def no_port_is_named_or_numbered_twice_where_the_api_server_refuses_it(rendered: Rendered) -> Iterator[Problem]:
    """A Service with two ports of one name, or of one number, is refused."""
    for service in manifests.all_of(rendered.own_objects, "Service"):
        ports = service["spec"].get("ports") or []
        for double in _doubles(port["name"] for port in ports):
            yield Problem(place(service), f"has two ports named {double}")
        for double in _doubles(f"{port['port']}/{port.get('protocol', 'TCP')}" for port in ports):
            yield Problem(place(service), f"has port {double} twice")
    for deployment in rendered.deployments.values():
        ports = manifests.container(deployment).get("ports") or []
        for double in _doubles(port["name"] for port in ports):
            yield Problem(place(deployment), f"has two ports named {double}")


@of_each_component
def no_probe_or_strategy_has_a_field_that_the_api_server_refuses_there(
    _: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """Schemas accept these fields one by one; the API server does not."""
    paths = OF_COMPONENT[component]
    own = manifests.container(deployment)
    for probe in ("startupProbe", "livenessProbe"):
        if own.get(probe, {}).get("successThreshold", 1) != 1:
            yield Problem(
                place(deployment),
                f"successThreshold of its {probe} is not 1",
                f"{paths.block}.{probe}.successThreshold",
                "remove it",
            )
    if "terminationGracePeriodSeconds" in (own.get("readinessProbe") or {}):
        yield Problem(
            place(deployment),
            "its readinessProbe has a terminationGracePeriodSeconds",
            f"{paths.block}.readinessProbe.terminationGracePeriodSeconds",
            "remove it",
        )
    for probe in _PROBES:
        handlers = {"httpGet", "tcpSocket", "exec", "grpc"} & set(own.get(probe) or {})
        if probe in own and len(handlers) != 1:
            yield Problem(
                place(deployment),
                f"its {probe} has {len(handlers)} handlers",
                f"{paths.block}.{probe}",
                "keep one of httpGet, tcpSocket, exec and grpc",
            )
    strategy = deployment["spec"].get("strategy") or {}
    if strategy.get("type") == "Recreate" and "rollingUpdate" in strategy:
        yield Problem(
            place(deployment),
            "has a rollingUpdate with strategy Recreate",
            f"{paths.strategy}.rollingUpdate",
            "remove it",
        )


@of_each_component
def probes_ask_a_port_that_listens(_: Rendered, component: str, deployment: Manifest) -> Iterator[Problem]:
    """Otherwise the kubelet restarts a healthy pod for ever."""
    own = manifests.container(deployment)
    for name in ("livenessProbe", "readinessProbe"):
        if name not in own:
            yield Problem(place(deployment), f"has no {name}")
    for name in _PROBES:
        handler = (own.get(name) or {}).get("httpGet") or (own.get(name) or {}).get("tcpSocket")
        if handler and not _opens(deployment, handler["port"]):
            yield Problem(
                place(deployment),
                f"its {name} asks port {handler['port']}, which nobody opens",
                f"{OF_COMPONENT[component].block}.{name}",
                "use the name of a port of the container",
            )


def the_api_server_calls_a_port_that_the_service_has(rendered: Rendered) -> Iterator[Problem]:
    """FailedDiscoveryCheck for the metrics, "failed calling webhook" for every change of a KEDA object."""
    references = [(entry, entry["spec"]["service"]) for entry in manifests.all_of(rendered.own_objects, "APIService")]
    for configuration in manifests.all_of(rendered.own_objects, "ValidatingWebhookConfiguration"):
        references += [(configuration, hook["clientConfig"]["service"]) for hook in configuration["webhooks"]]
    if bool(references) != bool({"metrics-apiserver", "admission-webhooks"} & set(rendered.deployments)):
        raise LookupError(f"{len(references)} references for the components {sorted(rendered.deployments)}")
    services = {
        (service["metadata"]["namespace"], service["metadata"]["name"]): service
        for service in manifests.all_of(rendered.own_objects, "Service")
    }
    for manifest, reference in references:
        service = services.get((reference["namespace"], reference["name"]))
        ports = {port["port"]: port["name"] for port in service["spec"]["ports"]} if service else {}
        if ports.get(reference["port"]) != "https":
            wanted = f"{reference['namespace']}/{reference['name']}:{reference['port']}"
            yield Problem(place(manifest), f"calls {wanted}, which is no https port of a rendered Service")


def pods_on_one_nodes_network_never_fight_for_a_port(rendered: Rendered) -> Iterator[Problem]:
    """The second pod on the node would end with "address already in use"."""
    taken: dict[int, str] = {}
    for component, deployment in rendered.deployments.items():
        if manifests.pod_spec(deployment).get("hostNetwork"):
            for port in listening(rendered, component):
                if port in taken:
                    yield Problem(
                        place(deployment),
                        f"listens on port {port} of the node, as {taken[port]} does",
                        f"{OF_COMPONENT[component].block}.useHostNetwork",
                        "give each its own port, or set it to false",
                    )
                taken[port] = place(deployment)


def _policy_ports(rules: Sequence[Manifest]) -> Iterator[int]:
    for rule in rules:
        for port in rule.get("ports", []):
            yield int(port["port"])
        for group in rule.get("toPorts", []):
            for port in group["ports"]:
                yield int(port["port"])


def a_network_policy_opens_the_ports_that_listen_except_profiling(rendered: Rendered) -> Iterator[Problem]:
    """A port that is missing cuts the API server or Prometheus off; one too many is open to everybody."""
    flavors = {"NetworkPolicy": "kubernetes", "CiliumNetworkPolicy": "cilium"}
    policies = [manifest for kind in flavors for manifest in manifests.all_of(rendered.own_objects, kind)]
    deployments = {
        deployment["metadata"]["name"]: (key, deployment) for key, deployment in rendered.deployments.items()
    }
    wanted = sorted(deployments) if rendered.setting("networkPolicy.enabled") else []
    if sorted(policy["metadata"]["name"] for policy in policies) != wanted:
        raise LookupError(f"policies of {wanted} are wanted, there are {sorted(manifests.inventory(policies))}")
    for policy in policies:
        component, deployment = deployments[policy["metadata"]["name"]]
        flavor = flavors[policy["kind"]]
        ports = {entry["name"]: entry["containerPort"] for entry in manifests.container(deployment)["ports"]}
        ports.pop("profiling", None)
        if flavor == "kubernetes":
            # Kubernetes lets the node's own probes pass; Cilium wants them named.
            ports.pop("health", None)
        if component == "operator" and "metrics-apiserver" not in rendered.deployments:
            ports.pop("metricsservice", None)
        if component == "metrics-apiserver" and not rendered.setting("prometheus.metricServer.enabled"):
            # The binary listens there all the same.
            ports.pop(rendered.setting("prometheus.metricServer.portName"), None)
        path = f"networkPolicy.{flavor}.{OF_COMPONENT[component].policy_rules}.extraIngressRules"
        extra = rendered.setting(path) or []
        opened = set(_policy_ports([rule for rule in policy["spec"].get("ingress") or [] if rule not in extra]))
        if opened != set(ports.values()):
            yield Problem(place(policy), f"opens {sorted(opened)}, the pod listens on {sorted(ports.values())}")


RELATIONS: tuple[Relation, ...] = (
    every_declared_port_is_one_that_a_flag_opens_and_no_other,
    a_service_sends_traffic_to_a_port_that_listens,
    no_port_is_named_or_numbered_twice_where_the_api_server_refuses_it,
    no_probe_or_strategy_has_a_field_that_the_api_server_refuses_there,
    probes_ask_a_port_that_listens,
    the_api_server_calls_a_port_that_the_service_has,
    pods_on_one_nodes_network_never_fight_for_a_port,
    a_network_policy_opens_the_ports_that_listen_except_profiling,
)
