"""The relations about names are able to say no, and hold where the names are as long as they may be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.invariants.bites import bite, changed, places, rendered
from tests.invariants.relations import catalogue, names
from tests.support import chart, manifests, modes

_OPERATOR = "Deployment keda/keda-operator"
# helm takes 53 characters for a release, Kubernetes 63 for a namespace; the Service "<base>-operator-metrics-apiserver"
# leaves 36 for the base of the names, "<name>-operator" and the others leave more.
_RELEASE, _NAMESPACE, _BASE = "r" * 53, "n" * 63, "b" * 36
_MONITORS = {
    "operator": {"enabled": True, "serviceMonitor": {"enabled": True}, "prometheusRules": {"enabled": True}},
    "metricServer": {"enabled": True, "podMonitor": {"enabled": True}, "portName": "p" * 15},
    "webhooks": {"enabled": True, "serviceMonitor": {"enabled": True}, "prometheusRules": {"enabled": True}},
}
_EVERYTHING: dict[str, Any] = {
    "highAvailability": {"enabled": True},
    "networkPolicy": {"enabled": True},
    "prometheus": _MONITORS,
    "watchNamespace": [_NAMESPACE, "w" * 63],
    "rbac": {"aggregateToDefaultRoles": True, "authenticationReader": "ClusterRole"},
    "clusterDomain": "d" * 63 + ".example",
}
_LONG: dict[str, dict[str, Any]] = {
    "release and namespace": {},
    "nameOverride": {"nameOverride": _BASE},
    "fullnameOverride": {"fullnameOverride": _BASE},
    "names of the components": {
        # Of several operators the Service "<name>-replicas" is the longest.
        "operator": {"name": "x" * 54},
        "metricsServer": {"name": "m" * 63},
        "webhooks": {"name": "w" * 63, "configurationName": "c" * 253},
    },
    "names of accounts and Secrets": {
        "serviceAccount": {key: {"name": key[0].lower() * 253} for key in ("operator", "metricServer", "webhooks")},
        "grpcTLSCertsSecret": "g" * 253,
        "hashiCorpVaultTLS": "v" * 253,
    },
    "labels": {"additionalLabels": {"l" * 63: "v" * 63, "example.com/" + "k" * 63: ""}},
    "trusted CAs": {
        "certificates": {
            "operator": {"trustedCAs": [{"configMap": "t" * 253}, {"secret": "s" * 253, "keys": ["ca.crt"]}]}
        }
    },
}


def _merged(*parts: Any) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = _merged(result[key], value) if both else value
    return result


@pytest.mark.parametrize("mode", modes.MODES.values(), ids=lambda mode: mode.name)
@pytest.mark.parametrize("long", _LONG)
def test_no_relation_breaks_where_names_are_as_long_as_they_may_be(long: str, mode: modes.Mode) -> None:
    subject = rendered(_merged(_EVERYTHING, mode.values, _LONG[long]), release=_RELEASE, namespace=_NAMESPACE)
    lengths = {len(name) for _, name in manifests.inventory(subject.objects)}
    assert max(lengths) > 40
    problems = [str(problem) for relation in catalogue.every().values() for problem in relation(subject)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("key", ["nameOverride", "fullnameOverride"])
def test_one_character_more_is_refused_with_the_value_that_helps(key: str) -> None:
    error = chart.refusal({key: _BASE + "b"}, release=_RELEASE, namespace=_NAMESPACE)
    assert "metricsServer.name: the derived name" in error
    assert "63 characters" in error


@pytest.mark.parametrize("kind", ["Service", "Deployment", "ServiceAccount", "ClusterRole"])
@pytest.mark.parametrize("name", ["a/b", "x" * 254 + "/", ""])
def test_a_name_that_the_api_server_refuses_is_named(kind: str, name: str) -> None:
    before = rendered()
    after = changed(before, kind, "keda-operator", lambda it: it["metadata"].update(name=name))
    (problem,) = bite(names.every_object_has_a_name_that_its_kind_may_have, before, after)
    assert problem.where.split()[0] == kind


@pytest.mark.parametrize("name", ["9keda", "x" * 64, "keda.operator", "Keda"])
def test_a_name_that_only_a_service_may_not_have_is_named(name: str) -> None:
    before = rendered()
    after = changed(before, "Service", "keda-operator", lambda it: it["metadata"].update(name=name))
    assert places(bite(names.every_object_has_a_name_that_its_kind_may_have, before, after)) == {f"Service keda/{name}"}


@pytest.mark.parametrize("value", ["v" * 64, "-a", "a b", True])
def test_a_label_value_that_the_api_server_refuses_leads_to_its_value(value: object) -> None:
    before = rendered({"additionalLabels": {"team": "a"}})
    after = changed(before, "Service", "keda-operator", lambda it: it["metadata"]["labels"].update(team=value))
    (problem,) = bite(names.every_label_fits, before, after)
    assert (problem.where, problem.path) == ("Service keda/keda-operator", "additionalLabels.team")


@pytest.mark.parametrize("part", ["labels", "annotations"])
def test_a_key_that_the_api_server_refuses_is_named(part: str) -> None:
    before = rendered({"additionalAnnotations": {"a": "b"}})
    after = changed(before, "Service", "keda-operator", lambda it: it["metadata"][part].update({"a/b/c": "x"}))
    assert places(bite(names.every_label_fits, before, after)) == {"Service keda/keda-operator"}


def test_a_pod_label_that_the_api_server_refuses_is_named() -> None:
    before = rendered()
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.pod_labels(it).update(team="a b"))
    assert places(bite(names.every_label_fits, before, after)) == {_OPERATOR}


@pytest.mark.parametrize("name", ["p" * 16, "a--b", "123", "Http"])
def test_a_port_name_that_the_api_server_refuses_leads_to_its_value(name: str) -> None:
    before = rendered()
    after = changed(
        before, "Deployment", "keda-operator", lambda it: manifests.container(it)["ports"][0].update(name=name)
    )
    (problem,) = bite(names.every_port_has_a_name_that_it_may_have, before, after)
    assert (problem.where, problem.path) == (_OPERATOR, "prometheus.operator.portName")


@pytest.mark.parametrize(("field", "name"), [("name", "p" * 64), ("targetPort", "p" * 16)])
def test_a_port_name_of_a_service_that_the_api_server_refuses_is_named(field: str, name: str) -> None:
    before = rendered()
    after = changed(before, "Service", "keda-operator", lambda it: it["spec"]["ports"][0].update({field: name}))
    assert places(bite(names.every_port_has_a_name_that_it_may_have, before, after)) == {"Service keda/keda-operator"}


def test_a_sidecar_with_the_name_of_the_own_container_leads_to_its_value() -> None:
    before = rendered()
    twin = {"name": "keda-operator", "image": "a"}
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.pod_spec(it)["containers"].append(twin))
    (problem,) = bite(names.every_container_and_volume_has_a_name_of_its_own, before, after)
    assert (problem.where, problem.path) == (_OPERATOR, "operator.extraContainers")


def test_a_container_or_volume_with_a_name_that_the_api_server_refuses_is_named() -> None:
    before = rendered()

    def rename(it: dict[str, Any]) -> None:
        manifests.pod_spec(it)["volumes"][0]["name"] = "V"
        manifests.pod_spec(it)["containers"][0]["name"] = "c" * 64

    problems = bite(
        names.every_container_and_volume_has_a_name_of_its_own,
        before,
        changed(before, "Deployment", "keda-operator", rename),
    )
    assert places(problems) == {_OPERATOR}
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"commonName": "c" * 65}, "certificates.certManager.commonName"),
        ({"dnsNames": ["d" * 64 + ".svc"]}, "certificates.certManager.extraDnsNames"),
        ({"dnsNames": []}, ""),
    ],
    ids=["common name", "DNS name", "none"],
)
def test_a_certificate_that_nobody_can_sign_leads_to_its_value(fields: dict[str, Any], path: str) -> None:
    before = rendered(modes.CERT_MANAGER_GENERATED_CA.values)
    name = modes.SERVING_CERTIFICATE[1]
    after = changed(before, "Certificate", name, lambda it: it["spec"].update(fields))
    (problem,) = bite(names.every_certificate_has_names_that_can_be_signed, before, after)
    assert (problem.where, problem.path) == (f"Certificate keda/{name}", path)


@pytest.mark.parametrize("name", ["vscaledobject", "a.b.C"])
def test_a_webhook_with_a_name_that_the_api_server_refuses_is_named(name: str) -> None:
    before = rendered()
    after = changed(
        before, "ValidatingWebhookConfiguration", "keda-admission", lambda it: it["webhooks"][0].update(name=name)
    )
    problems = bite(names.every_webhook_has_a_name_of_its_own_with_three_parts, before, after)
    assert places(problems) == {"ValidatingWebhookConfiguration keda-admission"}
