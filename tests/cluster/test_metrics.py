"""Monitors lead to metrics, and the metrics are those that alerts and dashboard were written for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.cluster import exposed_metrics, figures
from tests.cluster.addons import prometheus_operator
from tests.cluster.probes import COMPONENTS, pods
from tests.cluster.releases import NAMESPACE, Installed
from tests.cluster.stage import Stage
from tests.cluster.targets import EmbeddedTarget, Target
from tests.support import metrics

pytestmark = pytest.mark.cluster

_MONITORS = "/apis/monitoring.coreos.com/v1/namespaces/keda"
_KINDS = {"serviceMonitor": "servicemonitors", "podMonitor": "podmonitors"}
# A metric that only this component's program has.
_OWN = {
    "keda-operator": "keda_build_info",
    "keda-operator-metrics-apiserver": "authenticated_user_requests",
    "keda-admission-webhooks": "controller_runtime_webhook_requests_in_flight",
}
assert set(_OWN) == {component.deployment for component in COMPONENTS}


@pytest.fixture(params=_KINDS)
def monitored(request: pytest.FixtureRequest, stage: Stage) -> tuple[Installed, str]:
    """An installation with monitors of each kind, and the kind."""
    prometheus_operator.define(stage.target)
    return stage.ready(exposed_metrics.scenario(request.param)), request.param


def _endpoints(target: Target, kind: str, monitor: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """(pod, port number, path) of everything that the Prometheus operator has Prometheus read for a monitor."""
    spec = monitor["spec"]
    assert spec["namespaceSelector"] == {"matchNames": [NAMESPACE]}
    assert set(spec["selector"]) == {"matchLabels"}
    selector = "%2C".join(f"{key}%3D{value}" for key, value in spec["selector"]["matchLabels"].items())
    core = f"/api/v1/namespaces/{NAMESPACE}"
    if kind == "podMonitor":
        for pod in target.get(f"{core}/pods?labelSelector={selector}")["items"]:
            for endpoint in spec["podMetricsEndpoints"]:
                for container in pod["spec"]["containers"]:
                    for port in container.get("ports", []):
                        if port.get("name") == endpoint["port"]:
                            yield pod["metadata"]["name"], port["containerPort"], endpoint["path"]
        return
    for service in target.get(f"{core}/services?labelSelector={selector}")["items"]:
        owned = f"kubernetes.io%2Fservice-name%3D{service['metadata']['name']}"
        slices = target.get(f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices?labelSelector={owned}")
        for item in slices["items"]:
            for endpoint in spec["endpoints"]:
                assert endpoint["scheme"] == "http"
                for port in item["ports"]:
                    if port["name"] == endpoint["port"]:
                        for address in item["endpoints"]:
                            yield address["targetRef"]["name"], port["port"], endpoint["path"]


def test_every_monitor_leads_to_the_metrics_of_its_component_once(monitored: tuple[Installed, str]) -> None:
    installed, kind = monitored
    target = installed.target
    by_name = {pod.name: pod.component for pod in pods(target, NAMESPACE)}
    seen = []
    for monitor in target.get(f"{_MONITORS}/{_KINDS[kind]}")["items"]:
        for pod, port, path in _endpoints(target, kind, monitor):
            text = target.kubectl("get", f"--raw=/api/v1/namespaces/{NAMESPACE}/pods/{pod}:{port}/proxy{path}")
            name = monitor["metadata"]["name"]
            assert by_name[pod].deployment == name
            assert _OWN[name] in metrics.parse(text)
            seen.append(name)
    assert sorted(seen) == sorted(_OWN)


def test_the_list_of_metrics_is_what_kedas_pods_expose(stage: Stage, embedded: EmbeddedTarget) -> None:
    prometheus_operator.define(embedded)
    installed = stage.ready(exposed_metrics.scenario())
    stage.spoiled()
    found = exposed_metrics.collect(installed)
    figures.ALL.append(f"metrics: {sum(map(len, found.values()))} found as schemas/keda/metrics.yaml lists them")
    assert list(exposed_metrics.differences(found)) == []
