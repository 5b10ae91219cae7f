"""kube-apiserver, with the aggregation layer that metrics API servers need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.component import Component, Http
from tests.cluster.harness.layout import API_PORT, ETCD_PORT, LOOPBACK, NODE_ADDRESS, SERVICE_SUBNET
from tests.cluster.harness.pki import KeyPair, SigningKey


@dataclass(frozen=True)
class ApiServerConfig:
    """Certificates: ``serving`` and ``admin`` by ``authority``, ``front_proxy_client`` by ``front_proxy_authority``.

    ``audit``: a policy and the log that it fills; None: requests are not logged.
    """

    program: Path
    authority: Path
    serving: KeyPair
    admin: KeyPair
    kubelet_client: KeyPair
    front_proxy_authority: Path
    front_proxy_client: KeyPair
    service_accounts: SigningKey
    cluster_domain: str
    audit: tuple[Path, Path] | None = None


def kube_apiserver(config: ApiServerConfig) -> Component:
    """One API server on the node's address."""
    return Component(
        "kube-apiserver",
        (
            str(config.program),
            f"--etcd-servers=http://{LOOPBACK}:{ETCD_PORT}",
            f"--advertise-address={NODE_ADDRESS}",
            f"--secure-port={API_PORT}",
            f"--service-cluster-ip-range={SERVICE_SUBNET}",
            f"--tls-cert-file={config.serving.certificate}",
            f"--tls-private-key-file={config.serving.key}",
            f"--client-ca-file={config.authority}",
            f"--kubelet-certificate-authority={config.authority}",
            f"--kubelet-client-certificate={config.kubelet_client.certificate}",
            f"--kubelet-client-key={config.kubelet_client.key}",
            # By its name the node could only be found by a resolver outside.
            "--kubelet-preferred-address-types=InternalIP",
            f"--service-account-issuer=https://kubernetes.default.svc.{config.cluster_domain}",
            f"--service-account-key-file={config.service_accounts.public}",
            f"--service-account-signing-key-file={config.service_accounts.private}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged",
            f"--requestheader-client-ca-file={config.front_proxy_authority}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--proxy-client-cert-file={config.front_proxy_client.certificate}",
            f"--proxy-client-key-file={config.front_proxy_client.key}",
            *_audit_flags(config),
        ),
        Http((NODE_ADDRESS, API_PORT), "/readyz", config.authority, config.admin),
    )


def _audit_flags(config: ApiServerConfig) -> tuple[str, ...]:
    if config.audit is None:
        return ()
    policy, log = config.audit
    return f"--audit-policy-file={policy}", f"--audit-log-path={log}"
