"""Names up to and beyond their limits: every object is one that the API server takes, or the value that is too long is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import assume, event, example, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.properties.outcome import outcome
from tests.properties.profiles import percent
from tests.properties.strategies import dns_labels, dns_subdomains, ill_names, service_names
from tests.support import combinations, manifests, refusal_text
from tests.support.chart import Rendering, render
from tests.support.manifests import Manifest, walk

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(\.{_LABEL.pattern})*")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
# apimachinery: the name of a role or binding is a path segment, where a colon may stand.
_PATH_SEGMENT = re.compile(r"[^/%]+")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")

# Everything that names an object or becomes part of a name, and what may stand there.
_SERVICE_NAMES = ("nameOverride", "fullnameOverride", "operator.name", "metricsServer.name", "webhooks.name")
_OBJECT_NAMES = (
    "webhooks.configurationName",
    "serviceAccount.operator.name",
    "serviceAccount.metricServer.name",
    "serviceAccount.webhooks.name",
    "certificates.secretName",
    "certificates.certManager.caSecretName",
    "operator.leaderElection.id",
    "operator.priorityClassName",
    "webhooks.runtimeClassName",
    "grpcTLSCertsSecret",
    "hashiCorpVaultTLS",
)
_NAMESPACES = (
    "operator.clusterObjectNamespace",
    "rbac.controlPlaneServiceAccountsNamespace",
    "prometheus.operator.serviceMonitor.namespace",
)
_DERIVED = {"operator.name", "metricsServer.name", "webhooks.name", "serviceAccount.metricServer.create"}
_DERIVED |= {"serviceAccount.webhooks.create", "certificates.certManager.caSecretName"}
_ON: dict[str, Any] = {
    "crds.install": False,
    "certificates.certManager.enabled": True,
    "prometheus.operator.enabled": True,
    "prometheus.operator.serviceMonitor.enabled": True,
    "prometheus.operator.prometheusRules.enabled": True,
    "networkPolicy.enabled": True,
    "highAvailability.enabled": True,
    "rbac.aggregateToDefaultRoles": True,
}


def _values(settings: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in {**_ON, **settings}.items():
        combinations.put(values, path, value)
    return values


@st.composite
def names(draw: DrawFn, *, ill: bool) -> dict[str, str]:
    """Some of the paths with names of the right kind, or with any text when ``ill``."""
    chosen = draw(st.lists(st.sampled_from(_SERVICE_NAMES + _OBJECT_NAMES + _NAMESPACES), unique=True, max_size=6))
    kinds = {
        **dict.fromkeys(_SERVICE_NAMES, service_names()),
        **dict.fromkeys(_OBJECT_NAMES, dns_subdomains()),
        **dict.fromkeys(_NAMESPACES, dns_labels()),
    }
    return {path: draw(st.one_of(kinds[path], ill_names()) if ill else kinds[path]) for path in chosen}


def _check_name(manifest: Manifest) -> None:
    kind, name = manifests.identity(manifest)
    namespace = manifest["metadata"].get("namespace", "default")
    assert len(namespace) <= 63, namespace
    assert _LABEL.fullmatch(namespace), namespace
    pattern, longest = _SUBDOMAIN, 253
    if kind == "Service":
        pattern, longest = _SERVICE, 63
    elif kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
        pattern = _PATH_SEGMENT
    assert len(name) <= longest, f"{kind} {name}"
    assert pattern.fullmatch(name), f"{kind} {name!r}"


def _referred_names(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """(field, name) of what must be the name of an object, wherever it stands."""
    fields = {"secretName", "serviceAccountName", "priorityClassName", "runtimeClassName"}
    for path, value in walk(manifest):
        if path and path[-1] in fields and isinstance(value, str):
            yield str(path[-1]), value


def _check(rendering: Rendering) -> None:
    objects = rendering.objects
    assert objects
    counts = Counter(
        (
            entry["apiVersion"].partition("/")[0],
            entry["kind"],
            entry["metadata"].get("namespace"),
            entry["metadata"]["name"],
        )
        for entry in objects
    )
    assert [key for key, count in counts.items() if count > 1] == [], "one object overwrites another"
    for entry in objects:
        _check_name(entry)
        for path, value in walk(entry):
            if path and path[-1] in ("labels", "matchLabels") and isinstance(value, dict):
                for key, text in value.items():
                    assert len(text) <= 63, f"label {key} of {manifests.identity(entry)}: {text}"
                    assert _LABEL_VALUE.fullmatch(text), f"label {key} of {manifests.identity(entry)}: {text!r}"
        for field, name in _referred_names(entry):
            assert len(name) <= 253, f"{field}: {name}"
            assert _SUBDOMAIN.fullmatch(name), f"{field}: {name!r}"
        if entry["kind"] == "Certificate":
            assert len(entry["spec"]["commonName"].encode()) <= 64
            for name in entry["spec"].get("dnsNames", []):
                assert len(name) <= 253, name
                assert all(len(label) <= 63 for label in name.split(".")), name
    for deployment in manifests.all_of(objects, "Deployment"):
        for container in manifests.all_containers(deployment):
            assert len(container["name"]) <= 63
            assert _LABEL.fullmatch(container["name"]), container["name"]
        for volume in manifests.pod_spec(deployment)["volumes"]:
            assert len(volume["name"]) <= 63
            assert _LABEL.fullmatch(volume["name"]), volume["name"]


@percent(20)
@given(names(ill=True), dns_labels(), st.one_of(st.just("keda"), dns_labels(53)))
@example({"fullnameOverride": "a" * 63}, "keda", "keda")
@example({"fullnameOverride": "a" * 42}, "n" * 63, "r" * 53)
@example({"operator.name": "a" * 63, "metricsServer.name": "b" * 63, "webhooks.name": "c" * 63}, "keda", "keda")
@example({"webhooks.name": "keda-operator-cluster"}, "keda", "keda")
@example({"operator.name": "keda", "webhooks.name": "keda-metrics-apiserver-auth-delegator"}, "keda", "keda")
@example({"certificates.secretName": "a..b"}, "keda", "keda")
@example({"serviceAccount.operator.name": "keda-webhook"}, "keda", "keda")
@example({"fullnameOverride": "keda-9-"}, "keda", "keda")
def test_a_name_is_valid_wherever_it_goes_or_its_path_is_told(
    settings: dict[str, str], namespace: str, release: str
) -> None:
    rendering = outcome(_values(settings), namespace=namespace, release=release)
    if isinstance(rendering, str):
        event("refused")
        named = refusal_text.paths(rendering)
        assert named, rendering
        assert named <= set(settings) | _DERIVED, rendering
        return
    event("rendered")
    _check(rendering)


@percent(15)
@given(names(ill=False), dns_labels(), dns_labels(53))
@example({"nameOverride": "a" * 32}, "n" * 63, "r" * 53)
def test_no_name_is_refused_that_fits(settings: dict[str, str], namespace: str, release: str) -> None:
    """A Service's name has 63 characters, and the longest suffix that the chart puts behind one has 31."""
    base = settings.get("fullnameOverride") or settings.get("nameOverride") or "keda"
    operator = settings.get("operator.name") or f"{base}-operator"
    components = [
        operator,
        settings.get("metricsServer.name") or f"{operator}-metrics-apiserver",
        settings.get("webhooks.name") or f"{base}-admission-webhooks",
    ]
    accounts = [
        settings.get("serviceAccount.operator.name") or f"{base}-operator",
        settings.get("serviceAccount.metricServer.name") or f"{base}-metrics-server",
        settings.get("serviceAccount.webhooks.name") or f"{base}-webhook",
    ]
    secrets = [
        settings.get("certificates.secretName", "kedaorg-certs"),
        settings.get("certificates.certManager.caSecretName", "kedaorg-ca"),
    ]
    assume(all(len(name) <= 63 for name in components))
    assume(all(len(set(group)) == len(group) for group in (components, accounts, secrets)))
    _check(render(_values(settings), namespace=namespace, release=release))


@percent(10)
@given(st.lists(st.one_of(dns_subdomains(), dns_labels()), min_size=1, max_size=4, unique=True), dns_labels())
@example(["a" * 253, "a." * 126 + "a"], "keda")
@example(["a" * 63 + "." + "b", "a" * 63 + "-b"], "keda")
def test_no_object_of_another_is_cut_to_the_name_of_a_third(objects: list[str], namespace: str) -> None:
    """Volumes are named after ConfigMaps, roles after accounts; the names of those are longer than theirs may be."""
    creators = [{"name": name, "namespace": namespace} for name in objects]
    values = {
        "crds": {"install": False},
        "certificates": {"operator": {"trustedCAs": [{"configMap": name} for name in objects]}},
        "permissions": {"operator": {"restrict": {"serviceAccountTokenCreationRoles": creators}}},
    }
    rendering = outcome(values, namespace=namespace)
    if isinstance(rendering, str):
        paths = {
            "permissions.operator.restrict.serviceAccountTokenCreationRoles": any(len(name) > 225 for name in objects),
            "certificates.operator.trustedCAs": any("." in name for name in objects),
        }
        assert all(paths.get(path) for path in refusal_text.paths(rendering)), rendering
        assert refusal_text.paths(rendering)
        return
    _check(rendering)
    operator = manifests.one(rendering.objects, "Deployment", "keda-operator")
    mounted = [
        volume["configMap"]["name"] for volume in manifests.pod_spec(operator)["volumes"] if "configMap" in volume
    ]
    assert mounted == objects
    volumes = [volume["name"] for volume in manifests.pod_spec(operator)["volumes"]]
    assert len(set(volumes)) == len(volumes)
    minted = [
        entry for entry in manifests.all_of(rendering.objects, "Role") if "-token-creator-" in entry["metadata"]["name"]
    ]
    assert [role["rules"][0]["resourceNames"] for role in minted] == [[name] for name in objects]
