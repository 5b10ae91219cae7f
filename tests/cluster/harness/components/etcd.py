"""etcd: the store behind kube-apiserver."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.component import Component, Http
from tests.cluster.harness.layout import ETCD_PORT, LOOPBACK


@dataclass(frozen=True)
class EtcdConfig:
    """``program``: the etcd command."""

    program: Path


def etcd(config: EtcdConfig) -> Component:
    """One member, reachable on the node's loopback only."""
    url = f"http://{LOOPBACK}:{ETCD_PORT}"
    return Component(
        "etcd",
        (
            str(config.program),
            "--data-dir=/var/lib/etcd/data",
            f"--listen-client-urls={url}",
            f"--advertise-client-urls={url}",
            f"--listen-peer-urls=http://{LOOPBACK}:0",
            "--log-level=warn",
            # The store lives in memory and dies with the cluster.
            "--unsafe-no-fsync",
        ),
        Http((LOOPBACK, ETCD_PORT), "/readyz"),
    )
