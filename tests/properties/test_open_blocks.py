"""What Kubernetes checks and the chart passes on comes out as it went in: the same keys, the same values, the same types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.properties.profiles import percent
from tests.properties.strategies import YAML_HOSTILE, documents, hostile_text
from tests.properties.typed import typed
from tests.support import combinations, manifests
from tests.support.chart import render
from tests.support.manifests import Manifest

Objects = list[Manifest]


def _pod(objects: Objects, name: str = "keda-operator") -> Manifest:
    return manifests.pod_spec(manifests.one(objects, "Deployment", name))


def _own(objects: Objects) -> Manifest:
    return manifests.container(manifests.one(objects, "Deployment", "keda-operator"))


def _every_pod(field: str) -> Callable[[Objects], Any]:
    """A field of the pods of all three components, which must be alike."""

    def read(objects: Objects) -> Any:
        found = [_pod(objects, entry["metadata"]["name"])[field] for entry in manifests.all_of(objects, "Deployment")]
        assert len(found) == 3
        assert found[1:] == found[:-1]
        return found[0]

    return read


def _named(entries: list[Manifest], name: str) -> Manifest:
    (found,) = [entry for entry in entries if entry["name"] == name]
    return found


def _one(objects: Objects, kind: str, name: str = "keda-operator") -> Manifest:
    return manifests.one(objects, kind, name)


# Values path -> how a document becomes a value there, and where it must be found again.
Wrap = Callable[[Any], Any]
_BLOCKS: Mapping[str, tuple[Wrap, Callable[[Objects], Any]]] = {
    "tolerations": (lambda drawn: [{"key": "a", "drawn": drawn}], _every_pod("tolerations")),
    "affinity": (lambda drawn: {"nodeAffinity": {"drawn": drawn}}, _every_pod("affinity")),
    "topologySpreadConstraints.operator": (
        lambda drawn: [{"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "b", "drawn": drawn}],
        lambda objects: _pod(objects)["topologySpreadConstraints"],
    ),
    "operator.extraContainers": (
        lambda drawn: [{"name": "drawn", "args": [drawn], "drawn": {"drawn": drawn}}],
        lambda objects: _pod(objects)["containers"][1:],
    ),
    "operator.extraInitContainers": (
        lambda drawn: [{"name": "drawn-first", "command": drawn}],
        lambda objects: _pod(objects)["initContainers"],
    ),
    "operator.envFrom": (lambda drawn: [{"prefix": drawn}], lambda objects: _own(objects)["envFrom"]),
    "env": (
        lambda drawn: [{"name": "DRAWN", "valueFrom": {"drawn": drawn}}],
        lambda objects: [_named(_own(objects)["env"], "DRAWN")],
    ),
    "volumes.keda.extraVolumes": (
        lambda drawn: [{"name": "drawn", "configMap": {"drawn": drawn}}],
        lambda objects: [_named(_pod(objects)["volumes"], "drawn")],
    ),
    "operator.livenessProbe.httpGet": (
        lambda drawn: {"port": "health", "drawn": drawn},
        lambda objects: _own(objects)["livenessProbe"]["httpGet"],
    ),
    "securityContext.operator.windowsOptions": (
        lambda drawn: {"drawn": drawn},
        lambda objects: _own(objects)["securityContext"]["windowsOptions"],
    ),
    "prometheus.operator.serviceMonitor.tlsConfig": (
        lambda drawn: {"drawn": drawn},
        lambda objects: _one(objects, "ServiceMonitor")["spec"]["endpoints"][0]["tlsConfig"],
    ),
    "prometheus.operator.serviceMonitor.metricRelabelings": (
        lambda drawn: [{"replacement": drawn}],
        lambda objects: _one(objects, "ServiceMonitor")["spec"]["endpoints"][0]["metricRelabelings"],
    ),
    "prometheus.operator.prometheusRules.alerts": (
        lambda drawn: [{"expr": "drawn", "annotations": drawn}],
        lambda objects: _one(objects, "PrometheusRule")["spec"]["groups"][0]["rules"][-1:],
    ),
    "networkPolicy.kubernetes.operator.extraEgressRules": (
        lambda drawn: [{"from": drawn, "to": []}],
        lambda objects: _one(objects, "NetworkPolicy")["spec"]["egress"][-1:],
    ),
}
# Strings, or lists of them.
_TEXTS: Mapping[str, tuple[Wrap, Callable[[Objects], Any]]] = {
    "operator.dnsConfig.options": (
        lambda text: [{"name": f"a{text}", "value": text}],
        lambda objects: _pod(objects)["dnsConfig"]["options"],
    ),
    "webhooks.matchConditions": (
        lambda text: [{"name": "drawn", "expression": f"a{text}"}],
        lambda objects: _one(objects, "ValidatingWebhookConfiguration", "keda-admission")["webhooks"][0][
            "matchConditions"
        ],
    ),
    "certificates.certManager.subject": (
        lambda text: {"organizations": [text, "a"], "serialNumber": text},
        lambda objects: _one(objects, "Certificate", "keda-operator-tls-certificates")["spec"]["subject"],
    ),
    "certificates.certManager.ca.subject": (
        lambda text: {"countries": [text]},
        lambda objects: _one(objects, "Certificate", "keda-operator-ca")["spec"]["subject"],
    ),
    "prometheus.operator.serviceMonitor.podTargetLabels": (
        lambda text: [text],
        lambda objects: _one(objects, "ServiceMonitor")["spec"]["podTargetLabels"],
    ),
    "securityContext.operator.seLinuxOptions": (
        lambda text: {"level": text, "user": f"{text}a"},
        lambda objects: _own(objects)["securityContext"]["seLinuxOptions"],
    ),
    "volumes.webhooks": (
        lambda text: {
            "extraVolumes": [{"name": "drawn", "emptyDir": {"medium": text}}],
            "extraVolumeMounts": [{"name": "drawn", "mountPath": "/drawn", "subPath": text}],
        },
        lambda objects: {
            "extraVolumes": [_named(_pod(objects, "keda-admission-webhooks")["volumes"], "drawn")],
            "extraVolumeMounts": [
                _named(
                    manifests.container(_one(objects, "Deployment", "keda-admission-webhooks"))["volumeMounts"], "drawn"
                )
            ],
        },
    ),
}
_EVERYTHING = {
    "crds.install": False,
    "certificates.certManager.enabled": True,
    "networkPolicy.enabled": True,
    "prometheus.operator.enabled": True,
    "prometheus.operator.serviceMonitor.enabled": True,
    "prometheus.operator.prometheusRules.enabled": True,
}


def _check(blocks: Mapping[str, tuple[Wrap, Callable[[Objects], Any]]], drawn: Mapping[str, Any]) -> None:
    sent = {path: blocks[path][0](value) for path, value in drawn.items()}
    values: dict[str, Any] = {}
    for path, value in {**_EVERYTHING, **sent}.items():
        combinations.put(values, path, value)
    objects = render(values).objects
    assert sent
    for path, value in sent.items():
        assert typed(blocks[path][1](objects)) == typed(value), path


@percent(12)
@given(st.fixed_dictionaries({path: documents() for path in _BLOCKS}))
@example({path: {text: text for text in YAML_HOSTILE if text != "<<"} for path in _BLOCKS})
@example(
    {path: [1_000_000, -1_000_000, 0.1, 1.5e-7, True, False, 2**53, "1", "1.0", "true", [], {}] for path in _BLOCKS}
)
def test_no_document_is_changed_on_its_way_into_an_object(drawn: dict[str, Any]) -> None:
    _check(_BLOCKS, drawn)


@percent(10)
@given(st.fixed_dictionaries({path: hostile_text() for path in _TEXTS}))
def test_no_text_is_changed_on_its_way_into_an_object(drawn: dict[str, str]) -> None:
    _check(_TEXTS, drawn)
