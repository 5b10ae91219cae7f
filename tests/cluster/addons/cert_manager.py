"""cert-manager with its own Helm chart, CRDs and rights from its Go module, and images of our builds of its programs.

The programs (tools/toolchain/cert-manager) leave out what KEDA's certificates never touch: ACME, Vault, Venafi, Ingresses.
The webhook and the CA injector are complete.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.cluster.harness.images import Image
from tests.cluster.targets import EmbeddedTarget, Target
from tests.cluster.waiting import NotYet, until
from tools.toolchain import PROGRAMS, module_directory

NAMESPACE = "cert-manager"
VERSION = PROGRAMS["cert-manager-controller"].version
_MODULE = "github.com/cert-manager/cert-manager"
_PROGRAMS = ("controller", "cainjector", "webhook")
IMAGES = tuple(
    Image(f"quay.io/jetstack/cert-manager-{name}:{VERSION}", f"cert-manager-{name}", f"/cert-manager-{name}")
    for name in _PROGRAMS
)
_VALUES = {
    "crds": {"enabled": True},
    # The module's chart has no version of its own: releases fill it in.
    "image": {"tag": VERSION},
    "cainjector": {"image": {"tag": VERSION}},
    "webhook": {"image": {"tag": VERSION}},
    "startupapicheck": {"enabled": False},
    "prometheus": {"enabled": False},
    "global": {"leaderElection": {"namespace": NAMESPACE}},
}
_SECONDS = 120


def install(target: EmbeddedTarget) -> None:
    """Install cert-manager and return when it issues certificates and injects CAs."""
    chart = module_directory("cert-manager", _MODULE) / "deploy" / "charts" / "cert-manager"
    target.load(*IMAGES)
    target.run(
        [
            *("helm", "install", "cert-manager", str(chart), f"--namespace={NAMESPACE}", "--create-namespace"),
            *("--values=-", "--wait", f"--timeout={_SECONDS}s"),
        ],
        stdin=json.dumps(_VALUES),
    )
    wait_until_it_issues(target)


def wait_until_it_issues(target: Target) -> None:
    """Wait until an Issuer is accepted, which takes webhook and injector, and a Certificate is issued; leaves nothing."""
    probe = [_object("Issuer", {"selfSigned": {}}), _object("Certificate", _SELF_SIGNED)]
    until(lambda: target.apply(probe), _SECONDS, "cert-manager's webhook accepts an Issuer")
    try:
        until(lambda: _check_issued(target), _SECONDS, "cert-manager issues a Certificate")
    finally:
        target.kubectl("delete", "--ignore-not-found", "--filename=-", stdin=_as_list(probe))
        target.kubectl("delete", "--ignore-not-found", f"--namespace={NAMESPACE}", "secret", _PROBE)


_PROBE = "probe"
_SELF_SIGNED = {"secretName": _PROBE, "dnsNames": ["probe.example"], "issuerRef": {"name": _PROBE, "kind": "Issuer"}}


def _object(kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"name": _PROBE, "namespace": NAMESPACE}
    return {"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _as_list(objects: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def _check_issued(target: Target) -> None:
    path = f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificates/{_PROBE}"
    conditions = target.get(path).get("status", {}).get("conditions", [])
    if not any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions):
        raise NotYet(json.dumps(conditions))
