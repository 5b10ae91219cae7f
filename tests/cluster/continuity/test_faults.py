"""Pods and parts of the cluster that die under load: everything comes back without help, and the table says when."""

from __future__ import annotations

import pytest

from tests.cluster import releases, scaling
from tests.cluster.continuity import faults
from tests.cluster.continuity.change import under_load
from tests.cluster.continuity.results import FAULT, Change
from tests.cluster.continuity.situations import AVAILABILITY, situation
from tests.cluster.probes import COMPONENTS, Component, pods
from tests.cluster.releases import NAMESPACE
from tests.cluster.stage import Stage
from tests.cluster.targets import EmbeddedTarget
from tests.support.modes import OPERATOR_GENERATED

pytestmark = pytest.mark.continuity

_HAPPENS = "it happens"


@pytest.fixture(params=list(AVAILABILITY), scope="module")
def availability(request: pytest.FixtureRequest) -> str:
    """Default values, and the high-availability preset; of module scope, so that the tests of one share an installation."""
    name: str = request.param
    return name


@pytest.fixture
def running(stage: Stage, embedded: EmbeddedTarget, availability: str) -> EmbeddedTarget:
    """KEDA in the default mode, and a namespace for the load."""
    stage.ready(situation(OPERATOR_GENERATED.name, availability))
    if scaling.NAMESPACE not in embedded.kubectl("get", "namespaces", "--output=name"):
        releases.make_namespace(embedded, name=scaling.NAMESPACE)
    return embedded


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_a_killed_process_comes_back(running: EmbeddedTarget, availability: str, component: Component) -> None:
    under_load(
        running,
        Change(FAULT, faults.killed(component), availability),
        lambda: faults.kill(running, component),
        _HAPPENS,
    )


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_a_deleted_pod_is_replaced(running: EmbeddedTarget, availability: str, component: Component) -> None:
    victim = faults.busiest(running, component)
    under_load(
        running,
        Change(FAULT, f"pod of {component.name} deleted", availability),
        lambda: _delete(running, victim.name),
        _HAPPENS,
    )
    assert victim.name not in {pod.name for pod in pods(running, NAMESPACE)}


def _delete(target: EmbeddedTarget, pod: str) -> None:
    target.kubectl("delete", "pod", pod, f"--namespace={NAMESPACE}", "--wait=false")


@pytest.mark.parametrize("name", ["kube-apiserver", "etcd", "kubelet", "kube-controller-manager"])
def test_a_part_of_the_cluster_that_is_away_leaves_nothing_behind(
    running: EmbeddedTarget, availability: str, name: str
) -> None:
    under_load(
        running, Change(FAULT, faults.away(name), availability), lambda: faults.take_away(running, name), _HAPPENS
    )
