"""Whatever selects pods selects the pods of its own component, all of them, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.support import manifests
from tests.support.findings import Findings
from tests.support.manifests import Manifest
from tests.support.renderings import Rendered

# Kinds that select pods by themselves -> where the selector is.
_SELECTORS = {
    "Service": ("spec", "selector"),
    "PodDisruptionBudget": ("spec", "selector"),
    "PodMonitor": ("spec", "selector"),
    "NetworkPolicy": ("spec", "podSelector"),
    "CiliumNetworkPolicy": ("spec", "endpointSelector"),
    "Deployment": ("spec", "selector"),
}


def _selector(manifest: Manifest) -> dict[str, Any]:
    outer, inner = _SELECTORS[manifest["kind"]]
    selector: dict[str, Any] = manifest[outer][inner]
    return {"matchLabels": selector} if manifest["kind"] == "Service" else selector


def _selecting(rendered: Rendered) -> Iterator[Manifest]:
    own = {deployment["metadata"]["name"] for deployment in rendered.deployments.values()}
    for kind in _SELECTORS:
        for manifest in manifests.all_of(rendered.objects, kind):
            assert manifest["metadata"]["name"] in own, f"{kind}/{manifest['metadata']['name']} belongs to no component"
            yield manifest


def test_no_selector_hits_the_pods_of_another_component_or_none(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            checked = 0
            for manifest in _selecting(rendered):
                selected = {
                    deployment["metadata"]["name"]
                    for deployment in rendered.deployments.values()
                    if manifests.matches(_selector(manifest), manifests.pod_labels(deployment))
                }
                assert selected == {manifest["metadata"]["name"]}, f"{manifest['kind']} selects {selected}"
                checked += 1
            assert checked >= 2 * len(rendered.deployments), "a Deployment or a Service is missing"
    findings.settle()


def test_an_upgrade_is_never_refused_over_a_changed_selector(chunk: Sequence[Rendered]) -> None:
    """The selector of a Deployment cannot be changed: it may hold the component's name and nothing that values change."""
    findings = Findings()
    for rendered in chunk:
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                assert deployment["spec"]["selector"] == {"matchLabels": {"app": deployment["metadata"]["name"]}}
    findings.settle()


def test_a_service_monitor_reads_one_port_of_one_service(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            for monitor in manifests.all_of(rendered.objects, "ServiceMonitor"):
                services = [
                    service
                    for service in manifests.all_of(rendered.objects, "Service")
                    if manifests.matches(monitor["spec"]["selector"], service["metadata"]["labels"])
                ]
                assert [service["metadata"]["name"] for service in services] == [monitor["metadata"]["name"]]
                assert monitor["spec"]["namespaceSelector"] == {"matchNames": [services[0]["metadata"]["namespace"]]}
                (endpoint,) = monitor["spec"]["endpoints"]
                assert ("port" in endpoint) != ("targetPort" in endpoint)
                if "port" in endpoint:
                    assert endpoint["port"] in [port["name"] for port in services[0]["spec"]["ports"]]
    findings.settle()


def test_a_pod_monitor_reads_a_port_that_the_pod_has(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            for monitor in manifests.all_of(rendered.objects, "PodMonitor"):
                deployment = manifests.one(rendered.objects, "Deployment", monitor["metadata"]["name"])
                assert monitor["spec"]["namespaceSelector"] == {"matchNames": [deployment["metadata"]["namespace"]]}
                (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
                assert endpoint["port"] in [port["name"] for port in manifests.container(deployment)["ports"]]
    findings.settle()


def test_no_component_is_watched_by_two_monitors(chunk: Sequence[Rendered]) -> None:
    """Two monitors of one pod store each sample twice."""
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            by_service = manifests.inventory(manifests.all_of(rendered.objects, "ServiceMonitor"))
            by_pod = manifests.inventory(manifests.all_of(rendered.objects, "PodMonitor"))
            assert not {name for _, name in by_service} & {name for _, name in by_pod}
            for deployment in rendered.deployments.values():
                annotations = deployment["spec"]["template"]["metadata"].get("annotations", {})
                annotated = "prometheus.io/port" in annotations
                monitored = deployment["metadata"]["name"] in {name for _, name in by_service | by_pod}
                assert not (annotated and monitored), f"{deployment['metadata']['name']} is annotated and monitored"
    findings.settle()


def test_spread_of_the_high_availability_preset_counts_its_own_pods(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        stated = rendered.combination.values.get("topologySpreadConstraints", {})
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                constraints = manifests.pod_spec(deployment).get("topologySpreadConstraints", [])
                if any(stated.values()):
                    continue
                preset = rendered.combination.values.get("highAvailability", {}).get("enabled", False)
                assert bool(constraints) == preset
                for constraint in constraints:
                    assert manifests.matches(constraint["labelSelector"], manifests.pod_labels(deployment))
                    assert constraint["whenUnsatisfiable"] == "ScheduleAnyway", (
                        "a small cluster must still start the pod"
                    )
    findings.settle()
