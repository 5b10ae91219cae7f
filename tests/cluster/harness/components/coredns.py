"""CoreDNS: answers for Services. It runs as a process on the node, where all pods reach it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.harness.component import Component, Http
from tests.cluster.harness.layout import COREDNS_READY_PORT, LOOPBACK, NODE_ADDRESS

USER = "system:coredns"
_ROLE = "embedded-coredns"


@dataclass(frozen=True)
class CorednsConfig:
    """``kubeconfig``: of the user USER, who needs the rights in ``rights``."""

    program: Path
    kubeconfig: Path
    cluster_domain: str
    directory: Path


def coredns(config: CorednsConfig) -> Component:
    """CoreDNS on port 53 of NODE_ADDRESS; any name outside the cluster's domain does not exist."""
    file = config.directory / "Corefile"
    content = f"""
{config.cluster_domain} in-addr.arpa ip6.arpa {{
    bind {NODE_ADDRESS}
    errors
    ready {LOOPBACK}:{COREDNS_READY_PORT}
    kubernetes {{
        kubeconfig {config.kubeconfig}
        ttl 1
    }}
}}
. {{
    bind {NODE_ADDRESS}
    errors
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
"""
    return Component(
        "coredns",
        (str(config.program), f"-conf={file}"),
        Http((LOOPBACK, COREDNS_READY_PORT), "/ready"),
        {file: content.lstrip()},
    )


def rights() -> list[tuple[str, dict[str, Any]]]:
    """Objects that let USER read what it answers for, each with the API path to create it at."""
    group = "rbac.authorization.k8s.io"
    read = ["list", "watch"]
    return [
        (
            f"/apis/{group}/v1/clusterroles",
            {
                "apiVersion": f"{group}/v1",
                "kind": "ClusterRole",
                "metadata": {"name": _ROLE},
                "rules": [
                    {"apiGroups": [""], "resources": ["services", "pods", "namespaces"], "verbs": read},
                    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": read},
                ],
            },
        ),
        (
            f"/apis/{group}/v1/clusterrolebindings",
            {
                "apiVersion": f"{group}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": _ROLE},
                "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": _ROLE},
                "subjects": [{"apiGroup": group, "kind": "User", "name": USER}],
            },
        ),
    ]
