"""The restricted profile of the Pod Security Standards, control by control.

https://kubernetes.io/docs/concepts/security/pod-security-standards/, as of Kubernetes 1.36; baseline controls included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.manifests import Manifest

_VOLUME_TYPES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_SAFE_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
}
_SELINUX_TYPES = {None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
_APPARMOR_TYPES = {None, "RuntimeDefault", "Localhost"}
_SECCOMP_TYPES = {"RuntimeDefault", "Localhost"}
_ADDABLE_CAPABILITIES = {"NET_BIND_SERVICE"}


def violations(pod_spec: Mapping[str, Any]) -> list[str]:
    """What of a pod spec the restricted profile forbids, one sentence each; empty when the pod may run."""
    return [*_pod(pod_spec), *(found for entry in _containers(pod_spec) for found in _container(pod_spec, entry))]


def _containers(pod_spec: Mapping[str, Any]) -> list[Manifest]:
    return [
        *pod_spec.get("initContainers", []),
        *pod_spec.get("containers", []),
        *pod_spec.get("ephemeralContainers", []),
    ]


def _pod(pod_spec: Mapping[str, Any]) -> Iterator[str]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod_spec.get(key):
            yield f"{key} is true"
    for volume in pod_spec.get("volumes", []):
        kinds = set(volume) - {"name"}
        if not kinds <= _VOLUME_TYPES:
            yield f"volume {volume['name']} is a {', '.join(sorted(kinds - _VOLUME_TYPES))}"
    context = pod_spec.get("securityContext") or {}
    for sysctl in context.get("sysctls", []):
        if sysctl["name"] not in _SAFE_SYSCTLS:
            yield f"sysctl {sysctl['name']} is not a safe one"
    yield from _shared("the pod", context)


def _container(pod_spec: Mapping[str, Any], entry: Manifest) -> Iterator[str]:
    who = f"container {entry['name']}"
    own: dict[str, Any] = entry.get("securityContext") or {}
    pod: dict[str, Any] = pod_spec.get("securityContext") or {}
    for port in entry.get("ports", []):
        if port.get("hostPort"):
            yield f"{who} takes the node's port {port['hostPort']}"
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        for handler in ("httpGet", "tcpSocket"):
            if (entry.get(probe) or {}).get(handler, {}).get("host"):
                yield f"{who} has a {probe} with a host"
    if own.get("privileged"):
        yield f"{who} is privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{who} does not set allowPrivilegeEscalation to false"
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield f"{who} may run as root"
    seccomp = own.get("seccompProfile") or pod.get("seccompProfile") or {}
    if seccomp.get("type") not in _SECCOMP_TYPES:
        yield f"{who} has no seccomp profile"
    capabilities = own.get("capabilities") or {}
    if "ALL" not in capabilities.get("drop", []):
        yield f"{who} does not drop all capabilities"
    if not set(capabilities.get("add", [])) <= _ADDABLE_CAPABILITIES:
        yield f"{who} adds capabilities"
    if own.get("procMount") not in (None, "Default"):
        yield f"{who} has an unmasked /proc"
    yield from _shared(who, own)


def _shared(who: str, context: dict[str, Any]) -> Iterator[str]:
    """Controls that hold for the security context of a pod and of a container alike."""
    if context.get("runAsUser") == 0:
        yield f"{who} runs as user 0"
    if context.get("runAsNonRoot") is False:
        yield f"{who} sets runAsNonRoot to false"
    selinux = context.get("seLinuxOptions") or {}
    if selinux.get("type") not in _SELINUX_TYPES or selinux.get("user") or selinux.get("role"):
        yield f"{who} sets SELinux options"
    if (context.get("appArmorProfile") or {}).get("type") not in _APPARMOR_TYPES:
        yield f"{who} has no AppArmor profile"
    seccomp = context.get("seccompProfile")
    if seccomp and seccomp.get("type") not in _SECCOMP_TYPES:
        yield f"{who} has an unconfined seccomp profile"
    if (context.get("windowsOptions") or {}).get("hostProcess"):
        yield f"{who} is a Windows host process"
