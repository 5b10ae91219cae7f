"""containerd with its CRI, and the pod network that it sets up through CNI plugins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.component import Component, UnixSocket
from tests.cluster.harness.layout import CONTAINERD_SOCKET, PAUSE_IMAGE, POD_SUBNET


@dataclass(frozen=True)
class ContainerdConfig:
    """``cni_plugins``: folder of the programs ptp, host-local, loopback. Its own shim must be on PATH."""

    program: Path
    cni_plugins: Path
    directory: Path


def containerd(config: ContainerdConfig) -> Component:
    """containerd in the node's own /run and /var/lib."""
    network_directory = config.directory / "cni"
    file = config.directory / "containerd.toml"
    # The ptp plugin gives each pod a link of its own to the node, so that all traffic between pods is routed. On a
    # bridge, an answer from the pod behind a Service reaches its client untranslated where br_netfilter is not loaded.
    network = {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [
            {
                "type": "ptp",
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": POD_SUBNET}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            }
        ],
    }
    content = f"""
version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
# Hooks into containers that nothing here uses.
disabled_plugins = ["io.containerd.nri.v1.nri"]

[grpc]
address = "{CONTAINERD_SOCKET}"

[plugins."io.containerd.cri.v1.images"]
snapshotter = "overlayfs"

[plugins."io.containerd.cri.v1.images".pinned_images]
# containerd would try to pull another one.
sandbox = "{PAUSE_IMAGE}"

[plugins."io.containerd.cri.v1.runtime"]
# A profile would be loaded into the kernel of the host.
disable_apparmor = true
# Where CAP_SYS_RESOURCE is missing, runc dies on a score below containerd's own.
restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{config.cni_plugins}"]
conf_dir = "{network_directory}"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
SystemdCgroup = false
"""
    return Component(
        "containerd",
        (str(config.program), f"--config={file}", "--log-level=warn"),
        UnixSocket(CONTAINERD_SOCKET),
        {file: content.lstrip(), network_directory / "10-pods.conflist": json.dumps(network, indent=2)},
    )
