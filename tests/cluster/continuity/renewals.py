"""Renewing certificates before their time, and seeing when every port serves the new one."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Mapping
from typing import Any

from tests.cluster.handshakes import Refused, shake_hands
from tests.cluster.probes import COMPONENTS, certificates_in, pair_of, secret, service_host
from tests.cluster.releases import NAMESPACE
from tests.cluster.targets import Target
from tests.cluster.waiting import NotYet, until

_SECONDS_TO_SIGN = 30
# kubelet looks once a minute, up to half a minute late.
_SECONDS_TO_SERVE = 150


def renew(target: Target, certificate: str) -> None:
    """What ``cmctl renew`` does, and wait until cert-manager has signed; raises Waited."""
    path = f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificates/{certificate}"
    found = target.get(path)
    revision = found["status"].get("revision", 0)
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

    def signed() -> None:
        now: Any = target.get(path)["status"]
        if now.get("revision", 0) <= revision:
            raise NotYet(f"{certificate}: {now['conditions']}")

    until(signed, _SECONDS_TO_SIGN, f"cert-manager signs {certificate} anew")


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
