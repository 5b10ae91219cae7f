"""Pods and parts of the cluster that die under load: everything comes back without help, and the table says when."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.cluster import releases, scaling
from tests.cluster.continuity.change import under_load
from tests.cluster.continuity.results import FAULT, Change
from tests.cluster.continuity.situations import AVAILABILITY, situation
from tests.cluster.harness import Cluster
from tests.cluster.probes import COMPONENTS, OPERATOR, Component, Pod, pods
from tests.cluster.releases import NAMESPACE
from tests.cluster.stage import Stage
from tests.cluster.targets import EmbeddedTarget
from tests.support.modes import OPERATOR_GENERATED

pytestmark = pytest.mark.continuity

_SECONDS_AWAY = 5
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


def busiest(target: EmbeddedTarget, component: Component) -> Pod:
    """A pod of the component; of the operator's the one that leads."""
    found = [pod for pod in pods(target, NAMESPACE) if pod.component is component]
    if component is OPERATOR:
        lease = target.get(f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/operator.keda.sh")
        found = [pod for pod in found if lease["spec"]["holderIdentity"].startswith(f"{pod.name}_")]
    assert found, f"no {component.name} is there, or leads"
    return found[0]


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_a_killed_process_comes_back(running: EmbeddedTarget, availability: str, component: Component) -> None:
    victim = busiest(running, component)
    binaries = [pid for pid in running.node.processes(victim.uid) if _is_kedas(pid)]
    assert len(binaries) == 1, "one program runs in the pod, beside the pause program"
    under_load(
        running,
        Change(FAULT, f"{victim.component.name} killed", availability),
        lambda: os.kill(binaries[0], signal.SIGKILL),
        _HAPPENS,
    )


def _is_kedas(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"/keda")


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_a_deleted_pod_is_replaced(running: EmbeddedTarget, availability: str, component: Component) -> None:
    victim = busiest(running, component)
    under_load(
        running,
        Change(FAULT, f"pod of {victim.component.name} deleted", availability),
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
    cluster: Cluster = running.cluster
    under_load(
        running,
        Change(FAULT, f"{name} away for {_SECONDS_AWAY} s", availability),
        lambda: cluster.restart(name, _SECONDS_AWAY),
        _HAPPENS,
    )
