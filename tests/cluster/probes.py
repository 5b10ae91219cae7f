"""What a running KEDA shows from outside: pods and restarts, CA bundles, availability, rights, answers of the webhooks."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from tests.cluster.handshakes import ClientPair
from tests.cluster.harness.api import ApiError
from tests.cluster.targets import Target
from tests.support.modes import APISERVICE

WEBHOOK_CONFIGURATION = "keda-admission"
_EXTERNAL_METRICS = "/apis/external.metrics.k8s.io/v1beta1"


@dataclass(frozen=True)
class Component:
    """One of KEDA's three parts under its default names; ``port`` is the Service's port that serves TLS."""

    name: str
    deployment: str
    port: int

    @property
    def service(self) -> str:
        return self.deployment


OPERATOR = Component("operator", "keda-operator", 9666)
METRICS_APISERVER = Component("metrics API server", "keda-operator-metrics-apiserver", 443)
WEBHOOKS = Component("webhooks", "keda-admission-webhooks", 443)
COMPONENTS = (OPERATOR, METRICS_APISERVER, WEBHOOKS)
# The operator that leads holds it.
LEASE = "operator.keda.sh"


def service_host(component: Component, namespace: str) -> str:
    """The name under which the API server and the metrics API server know a component."""
    return f"{component.service}.{namespace}.svc"


def service_names(namespace: str) -> list[str]:
    """The names that a serving certificate of the default values must carry, the operator's first."""
    return [
        f"{component.service}{suffix}"
        for component in COMPONENTS
        for suffix in ("", f".{namespace}", f".{namespace}.svc", f".{namespace}.svc.cluster.local")
    ]


# --- Pods --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pod:
    """A pod of KEDA; ``restarts`` is the sum over its containers, ``ends`` how earlier lives of them ended."""

    component: Component
    name: str
    uid: str
    ready: bool
    restarts: int
    ends: tuple[str, ...]


def pods(target: Target, namespace: str) -> list[Pod]:
    """The pods of the three components; one that is being deleted is left out."""
    by_app = {component.deployment: component for component in COMPONENTS}
    found = []
    for item in target.get(f"/api/v1/namespaces/{namespace}/pods")["items"]:
        component = by_app.get(item["metadata"].get("labels", {}).get("app", ""))
        if component is None or "deletionTimestamp" in item["metadata"]:
            continue
        conditions = {entry["type"]: entry["status"] for entry in item["status"].get("conditions", [])}
        statuses = item["status"].get("containerStatuses", [])
        ended = [status["lastState"]["terminated"] for status in statuses if "terminated" in status["lastState"]]
        found.append(
            Pod(
                component,
                item["metadata"]["name"],
                item["metadata"]["uid"],
                conditions.get("Ready") == "True",
                sum(status["restartCount"] for status in statuses),
                tuple(f"{end.get('reason', '?')}, exit code {end['exitCode']}" for end in ended),
            )
        )
    return sorted(found, key=lambda pod: COMPONENTS.index(pod.component))


def lease_holder(target: Target, namespace: str) -> str:
    """Who leads, as the operators' lease names it, ``<pod>_<number>``; "" when nobody does; raises ApiError."""
    lease = target.get(f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{LEASE}")
    return lease["spec"].get("holderIdentity") or ""


def pod_of(holder: str) -> str:
    """The name of the pod that an identity in the lease belongs to."""
    return holder.partition("_")[0]


def uids(target: Target, paths: Mapping[str, str]) -> dict[str, str]:
    """Name -> uid of the object at the path of that name; raises ApiError for one that is not there."""
    return {name: target.get(path)["metadata"]["uid"] for name, path in paths.items()}


def container_log(target: Target, namespace: str, component: Component, lines: int = 40) -> str:
    """The end of the log of a component."""
    return target.kubectl("logs", f"--namespace={namespace}", f"deployment/{component.deployment}", f"--tail={lines}")


# --- Certificates and trust --------------------------------------------------------------------------------------------


def secret(target: Target, namespace: str, name: str) -> dict[str, str]:
    """Key -> text of a Secret; raises ApiError when there is none."""
    data: Mapping[str, str] = target.get(f"/api/v1/namespaces/{namespace}/secrets/{name}").get("data") or {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def pair_of(content: Mapping[str, str]) -> ClientPair:
    """The certificate and key of a serving Secret, as a client would use them."""
    return ClientPair(content["tls.crt"], content["tls.key"])


def ca_bundles(target: Target) -> dict[str, str]:
    """Who calls KEDA -> the PEM text that it trusts, "" when none: the APIService and each webhook by its name."""
    service = target.get(f"/apis/apiregistration.k8s.io/v1/apiservices/{APISERVICE}")
    configuration = target.get(
        f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{WEBHOOK_CONFIGURATION}"
    )
    encoded = {f"APIService {APISERVICE}": service["spec"].get("caBundle", "")}
    for webhook in configuration["webhooks"]:
        encoded[f"webhook {webhook['name']}"] = webhook["clientConfig"].get("caBundle", "")
    return {name: base64.b64decode(value).decode() for name, value in encoded.items()}


def certificates_in(pem: str) -> list[x509.Certificate]:
    """The certificates of a PEM text, an empty list for an empty text."""
    with warnings.catch_warnings():
        # The CA that KEDA's operator makes has serial number 0.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return x509.load_pem_x509_certificates(pem.encode()) if pem.strip() else []


def availability(target: Target) -> tuple[bool, str]:
    """Whether the aggregator calls KEDA's APIService Available, and what it says."""
    service = target.get(f"/apis/apiregistration.k8s.io/v1/apiservices/{APISERVICE}")
    for condition in service.get("status", {}).get("conditions", []):
        if condition["type"] == "Available":
            return condition["status"] == "True", f"{condition.get('reason')}: {condition.get('message')}"
    return False, "no condition yet"


# --- Answers -----------------------------------------------------------------------------------------------------------


def external_metric(target: Target, namespace: str, scaled_object: str, metric: str) -> float:
    """The value that an HPA would read, through the aggregator and KEDA's servers; raises ApiError.

    The unit is the trigger's; a Kubernetes quantity such as ``1500m`` counts as 1.5.
    """
    selector = f"scaledobject.keda.sh%2Fname%3D{scaled_object}"
    answer = target.get(f"{_EXTERNAL_METRICS}/namespaces/{namespace}/{metric}?labelSelector={selector}")
    (item,) = answer["items"]
    value: str = item["value"]
    return float(value[:-1]) / 1000 if value.endswith("m") else float(value)


@dataclass(frozen=True)
class Request:
    """What an account wants to do. ``namespace`` None: a cluster-scoped object, or all namespaces."""

    verb: str
    group: str
    resource: str
    namespace: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        what = f"{self.group or 'core'}/{self.resource}" + (f" {self.name}" if self.name else "")
        return f"{self.verb} {what} in {self.namespace or 'the whole cluster'}"


def review(user: str, request: Request) -> dict[str, Any]:
    """The SubjectAccessReview that asks whether ``user`` (``system:serviceaccount:<namespace>:<name>``) may do it."""
    resource, _, subresource = request.resource.partition("/")
    attributes = {
        "verb": request.verb,
        "group": request.group,
        "resource": resource,
        "subresource": subresource,
        "namespace": request.namespace or "",
        "name": request.name or "",
    }
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{user.split(':')[2]}", "system:authenticated"]
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "groups": groups, "resourceAttributes": attributes},
    }


def may(target: Target, user: str, request: Request) -> bool:
    """Whether the API server's authorizer allows ``user`` the request; see ``review``."""
    answer = target.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review(user, request))
    allowed: bool = answer["status"]["allowed"]
    return allowed


def exists(target: Target, path: str) -> bool:
    """Whether there is an object at an API path; raises ApiError for any other answer than yes and no."""
    try:
        target.get(path)
    except ApiError as error:
        if error.status != 404:
            raise
        return False
    return True
