"""kube-controller-manager, the horizontal pod autoscaler among its controllers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.component import Component, Http
from tests.cluster.harness.layout import CONTROLLER_MANAGER_PORT, LOOPBACK
from tests.cluster.harness.pki import KeyPair, SigningKey


@dataclass(frozen=True)
class ControllerManagerConfig:
    """``serving``: certificate of its health port, issued by ``authority``."""

    program: Path
    kubeconfig: Path
    authority: Path
    serving: KeyPair
    service_accounts: SigningKey


def kube_controller_manager(config: ControllerManagerConfig) -> Component:
    """All default controllers, each with the rights of its own service account."""
    return Component(
        "kube-controller-manager",
        (
            str(config.program),
            f"--kubeconfig={config.kubeconfig}",
            f"--authentication-kubeconfig={config.kubeconfig}",
            f"--authorization-kubeconfig={config.kubeconfig}",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={CONTROLLER_MANAGER_PORT}",
            f"--tls-cert-file={config.serving.certificate}",
            f"--tls-private-key-file={config.serving.key}",
            f"--root-ca-file={config.authority}",
            f"--service-account-private-key-file={config.service_accounts.private}",
            "--use-service-account-credentials",
            "--leader-elect=false",
            # Held back by the default of 20 a second, its many controllers take seconds to come up.
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
            # It makes this folder when it is not there; the default lies on the host.
            "--flex-volume-plugin-dir=/var/lib/kubelet/volume-plugins",
        ),
        Http((LOOPBACK, CONTROLLER_MANAGER_PORT), "/healthz", config.authority),
    )
