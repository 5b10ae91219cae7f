"""Every certificate, key and kubeconfig of one cluster, written to its state folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness.components import coredns
from tests.cluster.harness.layout import API_SERVICE_ADDRESS, API_URL, LOOPBACK, NODE_ADDRESS, NODE_NAME
from tests.cluster.harness.pki import Authority, KeyPair, SigningKey, kubeconfig, signing_key

# Past every check of rights, by the definition of Kubernetes.
_ADMINISTRATORS = "system:masters"


@dataclass(frozen=True)
class Credentials:
    """``authority`` and ``front_proxy_authority`` are the PEM files of the two CAs; kubeconfigs go by component."""

    authority: Path
    front_proxy_authority: Path
    front_proxy_client: KeyPair
    # Signed by the same CA, under a name that may not speak for others.
    front_proxy_stranger: KeyPair
    api_serving: KeyPair
    kubelet_client: KeyPair
    kubelet_serving: KeyPair
    health_serving: KeyPair
    admin: KeyPair
    service_accounts: SigningKey
    kubeconfigs: dict[str, Path]


def make_credentials(directory: Path, cluster_domain: str) -> Credentials:
    """Make a new set in ``directory``, which must exist."""
    authority = Authority("cluster-ca", directory)
    front_proxy = Authority("front-proxy-ca", directory)
    api_names = [f"kubernetes{suffix}" for suffix in ("", ".default", ".default.svc", f".default.svc.{cluster_domain}")]
    admin = authority.issue("admin", "embedded-admin", groups=[_ADMINISTRATORS])
    users = {
        "admin": admin,
        "kube-controller-manager": authority.issue("kube-controller-manager", "system:kube-controller-manager"),
        "kube-scheduler": authority.issue("kube-scheduler", "system:kube-scheduler"),
        "kube-proxy": authority.issue("kube-proxy", "system:kube-proxy"),
        "kubelet": authority.issue("kubelet", f"system:node:{NODE_NAME}", groups=["system:nodes"]),
        "coredns": authority.issue("coredns", coredns.USER),
    }
    kubeconfigs = {}
    for name, client in users.items():
        kubeconfigs[name] = directory / f"{name}.kubeconfig"
        kubeconfigs[name].touch(mode=0o600)
        kubeconfigs[name].write_text(kubeconfig(API_URL, authority.certificate, client))
    return Credentials(
        authority=authority.certificate,
        front_proxy_authority=front_proxy.certificate,
        front_proxy_client=front_proxy.issue("front-proxy-client", "front-proxy-client"),
        front_proxy_stranger=front_proxy.issue("front-proxy-stranger", "front-proxy-stranger"),
        api_serving=authority.issue(
            "kube-apiserver", "kube-apiserver", names=[*api_names, API_SERVICE_ADDRESS, NODE_ADDRESS, LOOPBACK]
        ),
        kubelet_client=authority.issue("kubelet-client", "kube-apiserver", groups=[_ADMINISTRATORS]),
        kubelet_serving=authority.issue("kubelet-serving", NODE_NAME, names=[NODE_ADDRESS, NODE_NAME]),
        health_serving=authority.issue("health", "health", names=[LOOPBACK]),
        admin=admin,
        service_accounts=signing_key(directory),
        kubeconfigs=kubeconfigs,
    )
