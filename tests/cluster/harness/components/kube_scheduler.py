"""kube-scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.component import Component, Http
from tests.cluster.harness.layout import LOOPBACK, SCHEDULER_PORT
from tests.cluster.harness.pki import KeyPair


@dataclass(frozen=True)
class SchedulerConfig:
    """``serving``: certificate of its health port, issued by ``authority``."""

    program: Path
    kubeconfig: Path
    authority: Path
    serving: KeyPair


def kube_scheduler(config: SchedulerConfig) -> Component:
    """The default scheduler."""
    return Component(
        "kube-scheduler",
        (
            str(config.program),
            f"--kubeconfig={config.kubeconfig}",
            f"--authentication-kubeconfig={config.kubeconfig}",
            f"--authorization-kubeconfig={config.kubeconfig}",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={SCHEDULER_PORT}",
            f"--tls-cert-file={config.serving.certificate}",
            f"--tls-private-key-file={config.serving.key}",
            "--leader-elect=false",
        ),
        Http((LOOPBACK, SCHEDULER_PORT), "/healthz", config.authority),
    )
