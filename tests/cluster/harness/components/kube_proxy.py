"""kube-proxy: makes Services reachable, with nftables rules in the node's network namespace."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.component import Component, Http
from tests.cluster.harness.layout import KUBE_PROXY_HEALTH_PORT, LOOPBACK, NODE_NAME, POD_SUBNET


@dataclass(frozen=True)
class KubeProxyConfig:
    """``directory``: where its configuration file goes."""

    program: Path
    kubeconfig: Path
    directory: Path


def kube_proxy(config: KubeProxyConfig) -> Component:
    """kube-proxy in nftables mode."""
    file = config.directory / "kube-proxy.json"
    content = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(config.kubeconfig)},
        "hostnameOverride": NODE_NAME,
        "mode": "nftables",
        "clusterCIDR": POD_SUBNET,
        "healthzBindAddress": f"{LOOPBACK}:{KUBE_PROXY_HEALTH_PORT}",
        "metricsBindAddress": f"{LOOPBACK}:10249",
        # The size of the table is a setting of the whole machine.
        "conntrack": {"maxPerCore": 0, "min": 0},
        # A test must not make itself the last process that the kernel kills.
        "oomScoreAdj": 0,
    }
    return Component(
        "kube-proxy",
        (str(config.program), f"--config={file}"),
        Http((LOOPBACK, KUBE_PROXY_HEALTH_PORT), "/livez"),
        {file: json.dumps(content, indent=2)},
    )
