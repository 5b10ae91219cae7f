"""What happens to KEDA and its cluster by accident: processes that are killed, parts that are away, cert-manager restarted."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from tests.cluster.addons import cert_manager
from tests.cluster.probes import COMPONENTS, OPERATOR, Component, Pod, lease_holder, pod_of, pods
from tests.cluster.releases import NAMESPACE
from tests.cluster.targets import EmbeddedTarget, Target
from tests.cluster.waiting import NotYet, until

Fault = Callable[[EmbeddedTarget], None]
_SECONDS_AWAY = 5
_SECONDS_TO_FIND = 30


def busiest(target: Target, component: Component) -> Pod:
    """A pod of the component; of the operator's the one that leads. Raises Waited when none does."""
    return until(lambda: _busiest(target, component), _SECONDS_TO_FIND, f"{component.name} is there, and leads")


def _busiest(target: Target, component: Component) -> Pod:
    found = [pod for pod in pods(target, NAMESPACE) if pod.component is component]
    if component is OPERATOR:
        leader = pod_of(lease_holder(target, NAMESPACE))
        found = [pod for pod in found if pod.name == leader]
    if not found:
        raise NotYet(f"no {component.name} is there, or leads")
    return found[0]


def kill(target: EmbeddedTarget, component: Component) -> None:
    """SIGKILL for the process of a component, of the operators for that of the one that leads; kubelet starts it again."""

    def strike() -> None:
        victim = _busiest(target, component)
        binaries = [pid for pid in target.node.processes(victim.uid) if _is_kedas(pid)]
        # One program runs in the pod, beside the pause program; none while kubelet starts it again.
        if not binaries:
            raise NotYet(f"nothing runs in {victim.name}")
        (pid,) = binaries
        os.kill(pid, signal.SIGKILL)

    until(strike, _SECONDS_TO_FIND, f"a process of {component.name} is there to be killed")


def _is_kedas(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"/keda")


def take_away(target: EmbeddedTarget, name: str) -> None:
    """SIGKILL for a part of the cluster, which starts again some seconds later; returns when it is ready."""
    target.cluster.restart(name, _SECONDS_AWAY)


def restart_cert_manager(target: Target) -> None:
    """New pods for controller, webhook and cainjector; returns before they are ready."""
    target.kubectl("delete", "pods", "--all", f"--namespace={cert_manager.NAMESPACE}", "--wait=false")


def killed(component: Component) -> str:
    """The name of the fault that a component's process is killed."""
    return f"{component.name} killed"


def away(name: str) -> str:
    """The name of the fault that a part of the cluster is away."""
    return f"{name} away for {_SECONDS_AWAY} s"


CERT_MANAGER_RESTARTED = "cert-manager restarted"
# What is struck in the middle of changes.
FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        **{killed(component): functools.partial(kill, component=component) for component in COMPONENTS},
        **{away(name): functools.partial(take_away, name=name) for name in ("kube-apiserver", "etcd", "kubelet")},
        CERT_MANAGER_RESTARTED: restart_cert_manager,
    }
)
