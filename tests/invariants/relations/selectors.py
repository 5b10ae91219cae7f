"""Whatever selects pods selects the pods of its own component, all of them, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import manifests
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT

# Kinds that select pods by themselves -> where the selector is.
_SELECTORS = {
    "Service": ("spec", "selector"),
    "PodDisruptionBudget": ("spec", "selector"),
    "PodMonitor": ("spec", "selector"),
    "NetworkPolicy": ("spec", "podSelector"),
    "CiliumNetworkPolicy": ("spec", "endpointSelector"),
    "Deployment": ("spec", "selector"),
}


def selector_of(manifest: Manifest) -> dict[str, Any] | None:
    """The label selector with which an object selects pods; None when its kind selects none."""
    if manifest["kind"] not in _SELECTORS:
        return None
    outer, inner = _SELECTORS[manifest["kind"]]
    selector: dict[str, Any] = manifest[outer][inner]
    return {"matchLabels": selector} if manifest["kind"] == "Service" else selector


def no_selector_hits_the_pods_of_another_component_or_none(rendered: Rendered) -> Iterator[Problem]:
    """Traffic, policies and budgets of one component would land on another, or on nothing."""
    found = set()
    labels = {
        deployment["metadata"]["name"]: manifests.pod_labels(deployment) for deployment in rendered.deployments.values()
    }
    for manifest in (entry for kind in _SELECTORS for entry in manifests.all_of(rendered.own_objects, kind)):
        selector = selector_of(manifest)
        if selector is None:
            raise LookupError(f"{place(manifest)} has no selector")
        found.add(manifests.identity(manifest))
        selected = {name for name, carried in labels.items() if manifests.matches(selector, carried)}
        # The headless Service of all operators has a name beside theirs.
        headless = manifest["kind"] == "Service" and manifest["spec"].get("clusterIP") == "None"
        if selected != {(rendered.operator if headless else manifest)["metadata"]["name"]}:
            yield Problem(place(manifest), f"selects the pods of {sorted(selected) or 'nobody'}")
    for deployment in rendered.deployments.values():
        name = deployment["metadata"]["name"]
        if not {("Deployment", name), ("Service", name)} <= found:
            raise LookupError(f"{name} has no Service")


@of_each_component
def an_upgrade_is_never_refused_over_a_changed_selector(
    _: Rendered, __: str, deployment: Manifest
) -> Iterator[Problem]:
    """The selector of a Deployment cannot be changed: it may hold the component's name and nothing that values change."""
    expected = {"matchLabels": {"app": deployment["metadata"]["name"]}}
    if deployment["spec"]["selector"] != expected:
        yield Problem(place(deployment), f"has the selector {deployment['spec']['selector']}, not {expected}")


def a_service_monitor_reads_one_port_of_one_service(rendered: Rendered) -> Iterator[Problem]:
    """Prometheus shows no error for a monitor that selects nothing."""
    services = manifests.all_of(rendered.own_objects, "Service")
    for monitor in manifests.all_of(rendered.own_objects, "ServiceMonitor"):
        selected = [
            service
            for service in services
            if manifests.matches(monitor["spec"]["selector"], service["metadata"]["labels"])
        ]
        names = [service["metadata"]["name"] for service in selected]
        if names != [monitor["metadata"]["name"]]:
            yield Problem(place(monitor), f"selects the Services {names}")
            continue
        yield from _in_namespace(monitor, selected[0])
        endpoints = monitor["spec"]["endpoints"]
        if len(endpoints) != 1 or ("port" in endpoints[0]) == ("targetPort" in endpoints[0]):
            yield Problem(place(monitor), "must have one endpoint, with either port or targetPort")
        ports = [port["name"] for port in selected[0]["spec"]["ports"]]
        component = selected[0]["metadata"]["labels"]["app.kubernetes.io/component"]
        for endpoint in endpoints:
            if "port" in endpoint and endpoint["port"] not in ports:
                yield Problem(
                    place(monitor),
                    f"reads port {endpoint['port']}, the Service has {ports}",
                    f"{OF_COMPONENT[component].prometheus}.serviceMonitor.port",
                    f"use one of {', '.join(ports)}",
                )


def _in_namespace(monitor: Manifest, target: Manifest) -> Iterator[Problem]:
    namespace = target["metadata"]["namespace"]
    if monitor["spec"].get("namespaceSelector") != {"matchNames": [namespace]}:
        yield Problem(place(monitor), f"does not look in namespace {namespace}")


def a_pod_monitor_reads_a_port_that_the_pod_has(rendered: Rendered) -> Iterator[Problem]:
    """Prometheus shows no error for a port that no pod has."""
    deployments = {deployment["metadata"]["name"]: deployment for deployment in rendered.deployments.values()}
    for monitor in manifests.all_of(rendered.own_objects, "PodMonitor"):
        deployment = deployments[monitor["metadata"]["name"]]
        yield from _in_namespace(monitor, deployment)
        endpoints = monitor["spec"]["podMetricsEndpoints"]
        ports = [port["name"] for port in manifests.container(deployment)["ports"]]
        if [endpoint["port"] in ports for endpoint in endpoints] != [True]:
            yield Problem(place(monitor), f"reads {[entry['port'] for entry in endpoints]}, the pod has {ports}")


@of_each_component
def no_component_is_watched_by_two_monitors(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """Two monitors of one pod store each sample twice."""
    by_service = {name for _, name in manifests.inventory(manifests.all_of(rendered.own_objects, "ServiceMonitor"))}
    by_pod = {name for _, name in manifests.inventory(manifests.all_of(rendered.own_objects, "PodMonitor"))}
    name, path = deployment["metadata"]["name"], OF_COMPONENT[component].prometheus
    annotations = deployment["spec"]["template"]["metadata"].get("annotations") or {}
    stated = {
        **(rendered.setting("additionalAnnotations") or {}),
        **(rendered.setting(OF_COMPONENT[component].annotations) or {}),
    }
    annotated = "prometheus.io/port" in annotations and "prometheus.io/port" not in stated
    seen = [name in by_service, name in by_pod, annotated]
    if sum(seen) > 1:
        yield Problem(
            place(deployment),
            "is watched by more than one of ServiceMonitor, PodMonitor and annotations",
            path,
            "keep one of serviceMonitor.enabled, podMonitor.enabled and the annotations prometheus.io/*",
        )


@of_each_component
def the_spread_of_the_high_availability_preset_counts_its_own_pods(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """A spread that counts nobody puts all replicas on one node; one that must hold keeps a small cluster from starting."""
    preset = bool(rendered.setting("highAvailability.enabled"))
    if rendered.setting(OF_COMPONENT[component].spread):
        return
    constraints = manifests.pod_spec(deployment).get("topologySpreadConstraints") or []
    if bool(constraints) != preset:
        yield Problem(place(deployment), f"has {len(constraints)} spread constraints of the chart")
    for constraint in constraints:
        selector = constraint.get("labelSelector") or {}
        if not selector or not manifests.matches(selector, manifests.pod_labels(deployment)):
            yield Problem(place(deployment), "its spread constraint does not count its own pods")
        if constraint["whenUnsatisfiable"] != "ScheduleAnyway":
            yield Problem(place(deployment), "its spread constraint keeps a small cluster from starting the pod")


RELATIONS: tuple[Relation, ...] = (
    no_selector_hits_the_pods_of_another_component_or_none,
    an_upgrade_is_never_refused_over_a_changed_selector,
    a_service_monitor_reads_one_port_of_one_service,
    a_pod_monitor_reads_a_port_that_the_pod_has,
    no_component_is_watched_by_two_monitors,
    the_spread_of_the_high_availability_preset_counts_its_own_pods,
)
