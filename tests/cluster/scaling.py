"""ScaledObjects that scale real Deployments: by the clock, and by a number from an HTTPS server with a private CA."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from tests.cluster.harness import images
from tests.cluster.probes import external_metric
from tests.cluster.targets import Target
from tests.cluster.waiting import NotYet, until
from tests.support.certificates import Pair, leaf

NAMESPACE = "scaled"
# kubelet and the HPA controller look every few seconds; the HPA controller every 15 s.
SECONDS_TO_SCALE = 90
PAUSE_ELSEWHERE = "registry.k8s.io/pause:3.10"
_METRICS_PORT = 8443
_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def scaled(name: str, namespace: str = NAMESPACE) -> dict[str, str]:
    """Paths of a ScaledObject and of the HPA that KEDA makes of it, by kind."""
    return {
        "ScaledObject": f"/apis/keda.sh/v1alpha1/namespaces/{namespace}/scaledobjects/{name}",
        "HPA": f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/keda-hpa-{name}",
    }


def deployment(
    name: str,
    *,
    image: str = images.WORKLOAD.reference,
    arguments: tuple[str, ...] = ("serve",),
    secret: str | None = None,
    namespace: str = NAMESPACE,
) -> dict[str, Any]:
    """A Deployment of one replica; the keys of ``secret`` become files in /secret."""
    container: dict[str, Any] = {"name": "main", "image": image, "args": list(arguments), "securityContext": _SECURITY}
    pod: dict[str, Any] = {"containers": [container], "terminationGracePeriodSeconds": 1}
    if secret is not None:
        container["volumeMounts"] = [{"name": "secret", "mountPath": "/secret"}]
        pod["volumes"] = [{"name": "secret", "secret": {"secretName": secret}}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        # No replicas: what KEDA set must survive that this is applied again.
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
        },
    }


def server(name: str, value: int, authority: Pair, namespace: str = NAMESPACE) -> list[dict[str, Any]]:
    """An HTTPS server of our own that answers /value with ``value``; its certificate is signed by ``authority``."""
    pair = leaf([server_host(name, namespace)], authority)
    metadata = {"name": name, "namespace": namespace}
    arguments = ("serve", f"-listen=:{_METRICS_PORT}", f"-value={value}")
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "stringData": {"tls.crt": pair.pem, "tls.key": pair.key_pem},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": {"app": name}, "ports": [{"port": 443, "targetPort": _METRICS_PORT}]},
        },
        deployment(
            name,
            arguments=(*arguments, "-certificate=/secret/tls.crt", "-key=/secret/tls.key"),
            secret=name,
            namespace=namespace,
        ),
    ]


def server_host(name: str, namespace: str = NAMESPACE) -> str:
    """The server's name in the cluster."""
    return f"{name}.{namespace}.svc.cluster.local"


def _scaled_object(name: str, trigger: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "scaleTargetRef": {"name": name},
            "minReplicaCount": 1,
            "maxReplicaCount": 3,
            "pollingInterval": 5,
            # The HPA would keep to the highest number of the last five minutes.
            "advanced": {
                "horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}
            },
            "triggers": [dict(trigger)],
        },
    }


def by_clock(name: str, replicas: int, namespace: str = NAMESPACE) -> dict[str, Any]:
    """A ScaledObject whose cron trigger wants ``replicas`` from half an hour ago until some hours from now."""
    now = datetime.datetime.now(datetime.UTC)
    start, end = now - datetime.timedelta(minutes=30), now + datetime.timedelta(hours=6)
    metadata = {
        "timezone": "Etc/UTC",
        "start": f"{start.minute} {start.hour} * * *",
        "end": f"{end.minute} {end.hour} * * *",
        "desiredReplicas": str(replicas),
    }
    return _scaled_object(name, {"type": "cron", "metadata": metadata}, namespace)


def by_server(name: str, server_name: str, namespace: str = NAMESPACE) -> dict[str, Any]:
    """A ScaledObject that wants as many replicas as the HTTPS server says; it never turns verification off."""
    metadata = {
        "url": f"https://{server_host(server_name, namespace)}/value",
        "valueLocation": "value",
        "targetValue": "1",
    }
    return _scaled_object(name, {"type": "metrics-api", "metadata": metadata}, namespace)


def replicas(target: Target, name: str, namespace: str = NAMESPACE) -> int:
    """How many replicas a Deployment is told to have."""
    count: int = target.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")["spec"]["replicas"]
    return count


def wait_until_scaled(target: Target, name: str, wanted: int, namespace: str = NAMESPACE) -> None:
    """Wait until the HPA of ``name``, fed by KEDA's external metric, has given its Deployment ``wanted`` replicas."""
    hpa = scaled(name, namespace)["HPA"]

    def look() -> None:
        status = target.get(hpa)["status"]
        now = replicas(target, name, namespace)
        if now != wanted or status.get("desiredReplicas") != wanted:
            raise NotYet(f"{now} replicas; the HPA says {status.get('conditions')}")
        external = [metric for metric in status.get("currentMetrics") or [] if metric["type"] == "External"]
        if not external:
            raise NotYet(f"the HPA has read no external metric: {status}")

    until(look, SECONDS_TO_SCALE, f"{name} has {wanted} replicas")


def metric_name(target: Target, name: str, namespace: str = NAMESPACE) -> str:
    """The name of the ScaledObject's only metric; raises ApiError, NotYet."""
    status = target.get(f"/apis/keda.sh/v1alpha1/namespaces/{namespace}/scaledobjects/{name}").get("status", {})
    metrics: list[str] = status.get("externalMetricNames") or []
    if not metrics:
        raise NotYet(f"KEDA has not looked at {name} yet: {status}")
    return metrics[0]


def metric_of(target: Target, name: str, namespace: str = NAMESPACE) -> float:
    """The value of the ScaledObject's only metric through the external metrics API; raises ApiError, NotYet."""
    return external_metric(target, namespace, name, metric_name(target, name, namespace))


def complaints(target: Target, name: str, namespace: str = NAMESPACE) -> list[str]:
    """Messages of the warnings that KEDA reported about a ScaledObject."""
    selector = f"involvedObject.name%3D{name}%2Ctype%3DWarning"
    events = target.get(f"/api/v1/namespaces/{namespace}/events?fieldSelector={selector}")["items"]
    return [event.get("message", "") for event in events]
