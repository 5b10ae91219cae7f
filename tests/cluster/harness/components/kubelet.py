"""kubelet: the node's agent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.component import Component, Http
from tests.cluster.harness.layout import CONTAINERD_SOCKET, KUBELET_HEALTH_PORT, LOOPBACK, NODE_ADDRESS, NODE_NAME
from tests.cluster.harness.pki import KeyPair


@dataclass(frozen=True)
class KubeletConfig:
    """``serving``: certificate for NODE_ADDRESS by ``authority``; ``cgroup``: absolute, pods are put below it."""

    program: Path
    kubeconfig: Path
    authority: Path
    serving: KeyPair
    cgroup: str
    cluster_domain: str
    directory: Path


def kubelet(config: KubeletConfig) -> Component:
    """kubelet with default timing: syncFrequency decides how long a pod sees old files of a changed Secret."""
    file = config.directory / "kubelet.json"
    content = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "address": NODE_ADDRESS,
        "healthzBindAddress": LOOPBACK,
        "healthzPort": KUBELET_HEALTH_PORT,
        "tlsCertFile": str(config.serving.certificate),
        "tlsPrivateKeyFile": str(config.serving.key),
        "authentication": {"anonymous": {"enabled": False}, "x509": {"clientCAFile": str(config.authority)}},
        "authorization": {"mode": "Webhook"},
        "clusterDomain": config.cluster_domain,
        "clusterDNS": [NODE_ADDRESS],
        # Nothing outside can be reached, so there is no resolver to hand on.
        "resolvConf": "/dev/null",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": config.cgroup,
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "failSwapOn": False,
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        # Images cannot be pulled again, and how full the machine's disk is does not matter to a node in memory.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi"},
        "makeIPTablesUtilChains": False,
        "oomScoreAdj": 0,
    }
    return Component(
        "kubelet",
        (
            str(config.program),
            f"--config={file}",
            f"--kubeconfig={config.kubeconfig}",
            f"--hostname-override={NODE_NAME}",
            f"--node-ip={NODE_ADDRESS}",
        ),
        Http((LOOPBACK, KUBELET_HEALTH_PORT), "/healthz"),
        {file: json.dumps(content, indent=2)},
    )
