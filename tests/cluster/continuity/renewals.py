"""Renewing certificates before their time, and seeing when every port serves the new one."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.cluster.handshakes import Refused, shake_hands
from tests.cluster.probes import COMPONENTS, certificates_in, pair_of, secret, service_host, service_names
from tests.cluster.releases import NAMESPACE
from tests.cluster.targets import Target
from tests.cluster.waiting import NotYet, until
from tests.support import certificates
from tests.support.modes import (
    CA_CERTIFICATE,
    CERT_MANAGER_EXISTING_ISSUER,
    CERT_MANAGER_GENERATED_CA,
    SERVING_SECRET,
)

# Certificate of the CA, where cert-manager renews it.
CA_CERTIFICATES: Mapping[str, str] = MappingProxyType(
    {
        CERT_MANAGER_GENERATED_CA.name: CA_CERTIFICATE[1],
        # Of the prerequisites.
        CERT_MANAGER_EXISTING_ISSUER.name: "keda-example-ca",
    }
)
# The name that KEDA's rotator asks a CA certificate for.
KEDA_CA = "KEDA"
# KEDA's rotator renews what ends within 90 days.
_SOON = 30
_SECONDS_TO_SIGN = 30
_SECONDS_TO_ROTATE = 60
# kubelet looks once a minute, up to half a minute late.
_SECONDS_TO_SERVE = 150


def renew(target: Target, certificate: str) -> None:
    """What ``cmctl renew`` does, and wait until cert-manager has signed; raises Waited."""
    wait_until_signed(target, certificate, request_renewal(target, certificate))


def request_renewal(target: Target, certificate: str) -> int:
    """What ``cmctl renew`` does; returns the revision that is to be replaced."""
    found = target.get(_path(certificate))
    revision: int = found["status"].get("revision", 0)
    issuing = {
        "type": "Issuing",
        "status": "True",
        "reason": "ManuallyTriggered",
        "message": "renewed by hand",
        "lastTransitionTime": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "observedGeneration": found["metadata"]["generation"],
    }
    conditions = [entry for entry in found["status"]["conditions"] if entry["type"] != "Issuing"]
    patch = {"status": {"conditions": [*conditions, issuing]}}
    target.kubectl(
        *("patch", "certificate", certificate, f"--namespace={NAMESPACE}", "--subresource=status"),
        *("--type=merge", f"--patch={json.dumps(patch)}"),
    )
    return revision


def wait_until_signed(target: Target, certificate: str, revision: int, seconds: float = _SECONDS_TO_SIGN) -> None:
    """Wait until cert-manager has issued a later revision than ``revision``; raises Waited."""

    def signed() -> None:
        now: Any = target.get(_path(certificate))["status"]
        if now.get("revision", 0) <= revision:
            raise NotYet(f"{certificate}: {now['conditions']}")

    until(signed, seconds, f"cert-manager signs {certificate} anew")


def _path(certificate: str) -> str:
    return f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificates/{certificate}"


def ending_soon(target: Target, what: str) -> dict[str, str]:
    """Keys of the operator's Secret with a certificate ("leaf"), or a CA, that the operator finds about to end."""
    content = secret(target, NAMESPACE, SERVING_SECRET)
    key = load_pem_private_key(content["ca.key"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    if what == "leaf":
        current = certificates.Pair(certificates_in(content["ca.crt"])[0], key)
        pair = certificates.rsa_leaf(service_names(NAMESPACE), current, _SOON)
        return {"tls.crt": pair.pem, "tls.key": pair.key_pem}
    # The same key and subject: what it has signed still verifies, until the operator makes another.
    return {"ca.crt": certificates.rsa_authority(KEDA_CA, _SOON, key).pem}


def wait_until_rotated(target: Target, soon: Mapping[str, str], seconds: float = _SECONDS_TO_ROTATE) -> None:
    """Wait until the operator has replaced what ``ending_soon`` gave; raises Waited."""

    def rotated() -> None:
        now = secret(target, NAMESPACE, SERVING_SECRET)
        if any(now[name] == text for name, text in soon.items()):
            raise NotYet("the Secret is as it was replaced")

    until(rotated, seconds, "the operator rotates")


def replace(target: Target, name: str, content: Mapping[str, str]) -> None:
    """Write keys of a Secret that exists; the other keys stay."""
    target.kubectl(
        *("patch", "secret", name, f"--namespace={NAMESPACE}", "--type=merge"),
        f"--patch={json.dumps({'stringData': dict(content)})}",
    )


def wait_until_served(target: Target, secret_name: str) -> None:
    """Wait until all three ports serve the certificate that the Secret holds now; raises Waited."""

    def look() -> None:
        content = secret(target, NAMESPACE, secret_name)
        wanted = certificates_in(content["tls.crt"])[0]
        for component in COMPONENTS:
            with target.reach(NAMESPACE, component.service, component.port) as connect:
                # A refusal of the client's certificate: the server has another CA still.
                with contextlib.suppress(Refused, OSError):
                    served = shake_hands(
                        connect, service_host(component, NAMESPACE), trusted=None, client=pair_of(content)
                    )
                    if served.certificate == wanted:
                        continue
                raise NotYet(f"the {component.name} serves another certificate")

    until(look, _SECONDS_TO_SERVE, f"every port serves what {secret_name} holds")
