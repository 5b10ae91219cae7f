"""A value of the wrong type, or outside of its list or pattern, is refused by its full path."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.chart import refusal
from tests.values.documents import evenly, fragment, keys, pointer, problems
from tools.values_schema import Key

DIGEST = "sha256:" + "0123456789abcdef" * 4


def json_types(value: Any) -> set[str]:
    if isinstance(value, bool):
        return {"boolean"}
    names: dict[type, set[str]] = {
        int: {"integer", "number"},
        float: {"number"},
        str: {"string"},
        list: {"array"},
        dict: {"object"},
        type(None): {"null"},
    }
    return names[type(value)]


def value_of_wrong_type(key: Key) -> Any:
    """A value of a type that the key does not take; for a switch the word "false", the mistake of --set-string."""
    candidates: list[Any] = ["false", {"unexpected": True}, ["unexpected"], 3.5, True]
    for candidate in candidates:
        if not json_types(candidate) & key.types:
            return candidate
    raise AssertionError(f"{key.path} takes every type")


ALL_KEYS = keys()
LISTS_OF_WORDS = [key for key in ALL_KEYS if "enum" in key.schema]


@pytest.mark.parametrize("key", ALL_KEYS, ids=lambda key: key.path)
def test_a_value_of_the_wrong_type_does_not_reach_a_template(key: Key) -> None:
    assert pointer(key.path) in problems(fragment(key.path, value_of_wrong_type(key)))


@pytest.mark.parametrize("key", evenly(ALL_KEYS, 50), ids=lambda key: key.path)
def test_helm_names_the_path_of_a_value_of_the_wrong_type(key: Key) -> None:
    assert f"at '{pointer(key.path)}': " in refusal(fragment(key.path, value_of_wrong_type(key)))


@pytest.mark.parametrize("key", LISTS_OF_WORDS, ids=lambda key: key.path)
def test_a_word_outside_of_its_list_is_refused_by_path(key: Key) -> None:
    assert pointer(key.path) in problems(fragment(key.path, "no-such-word"))


@pytest.mark.parametrize("key", evenly(LISTS_OF_WORDS, 40), ids=lambda key: key.path)
def test_helm_lists_the_words_that_are_allowed(key: Key) -> None:
    message = refusal(fragment(key.path, "no-such-word"))
    (line,) = [line for line in message.splitlines() if f"at '{pointer(key.path)}': " in line]
    words = [word for word in key.schema["enum"] if isinstance(word, str)]
    assert words
    assert all(f"'{word}'" in line for word in words)


SWITCHES = [key for key in ALL_KEYS if key.types == {"boolean"}]


@pytest.mark.parametrize("key", SWITCHES, ids=lambda key: key.path)
def test_the_string_false_does_not_turn_something_on(key: Key) -> None:
    assert pointer(key.path) in problems(fragment(key.path, "false"))


def test_helm_refuses_the_string_false_for_cert_manager() -> None:
    message = refusal({"certificates": {"certManager": {"enabled": "false"}}})
    assert "at '/certificates/certManager/enabled': got string, want boolean" in message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("image.keda.digest", "sha256:" + "0" * 63),
        ("image.keda.digest", DIGEST.upper()),
        ("image.keda.digest", "md5:" + "0" * 32),
        ("image.keda.tag", "2.21.0@sha256:0"),
        ("image.keda.tag", 2.21),
        ("image.keda.repository", "Kedacore/keda"),
        ("certificates.certManager.duration", "1y"),
        ("certificates.certManager.duration", "8760"),
        ("certificates.certManager.duration", ""),
        ("certificates.certManager.ca.renewBefore", "60 m"),
        ("certificates.certManager.privateKey.size", 1024),
        ("certificates.certManager.issuer.kind", "clusterIssuer"),
        ("certificates.caBundle", "/path/to/ca.crt"),
        ("certificates.mountPath", "certs"),
        ("certificates.operator.caDirs[]", "custom/ca"),
        ("certificates.certManager.secretTemplate.labels.a b", "x"),
        ("clusterDomain", "Cluster.Local"),
        ("operator.name", "keda.operator"),
        ("operator.name", "x" * 64),
        ("service.portHttps", 0),
        ("service.portHttps", 65536),
        ("webhooks.port", "9443"),
        ("webhooks.timeoutSeconds", 31),
        ("operator.replicaCount", -1),
        ("operator.replicaCount", "2"),
        ("additionalLabels", "team: a"),
        ("additionalLabels.team", "a b"),
        ("additionalLabels.team", True),
        ("additionalAnnotations.a/b/c", "x"),
        ("extraArgs.keda.--kube-api-qps", 20),
        ("resources.operator.limits.memroy", "1Gi"),
        ("resources.operator.limits.memory", "1 GB"),
        ("watchNamespace", "Team_A"),
        ("prometheus.operator.serviceMonitor.interval", "30 s"),
        ("logging.metricServer.level", "info"),
        ("logging.operator.level", "warn"),
        ("operator.outboundFilter.hashiCorpVault.mode", False),
        ("networkPolicy.apiServer.cidrs[]", "10.0.0.1"),
        ("podDisruptionBudget.operator.minAvailable", "half"),
        ("securityContext.operator.fsGroup", 1000),
        ("podSecurityContext.operator.capabilities", {}),
        ("podSecurityContext.operator.appArmorProfile", {"localhostProfile": "keda"}),
        ("securityContext.operator.seccompProfile", {"type": "Localhost"}),
        ("securityContext.operator.seccompProfile.localhostProfile", 1),
        ("operator.livenessProbe.httpGet", {"path": "/healthz"}),
        ("operator.livenessProbe.httpGet.port", None),
        ("operator.replicaCount", 2**31),
        ("logging.operator.level", 128),
        ("certificates.secretName", "a..b"),
        ("clusterDomain", "x" * 64),
        ("prometheus.metricServer.portName", "80"),
        ("prometheus.metricServer.portName", "a--b"),
        ("operator.extraContainers[].name", "Sidecar"),
        ("volumes.keda.extraVolumes[].name", "a.b"),
        ("hostAliases[].ip", "example.com"),
        ("podDisruptionBudget.operator.maxUnavailable", "101%"),
        ("imagePullSecrets[]", "Pull"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_path(path: str, value: Any) -> None:
    wrong = fragment(path, value)
    assert pointer(path) in problems(wrong)
    assert f"at '{pointer(path)}': " in refusal(wrong)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("image.keda.digest", DIGEST),
        ("image.keda.tag", f"2.21.0@{DIGEST}"),
        ("image.keda.registry", None),
        ("certificates.operator", None),
        ("certificates.certManager.privateKey", {"algorithm": "ECDSA", "size": 384}),
        ("certificates.operator.trustedCAs[]", {"secret": "company-ca", "keys": ["ca.crt"]}),
        ("additionalLabels", ""),
        ("imagePullSecrets", ["pull", {"name": "pull"}]),
        ("watchNamespace", "team-a, team-b,"),
        ("watchNamespace", ["team-a", "team-b"]),
        ("webhooks.port", ""),
        ("webhooks.port", 10250),
        ("logging.metricServer.level", "0"),
        ("podIdentity.azureWorkload.tokenExpiration", "3600"),
        ("podIdentity.aws.irsa.stsRegionalEndpoints", True),
        ("extraArgs.keda.kube-api-qps", 200),
        ("extraArgs.keda.v", None),
        ("extraArgs.keda.ca", ["a", "b"]),
        ("resources.operator.limits.cpu", None),
        ("resources.operator.limits", {"cpu": "1", "memory": "1e9", "nvidia.com/gpu": 1}),
        ("resources.operator", None),
        ("securityContext.operator", {}),
        ("podDisruptionBudget.minAvailable", "50%"),
        ("serviceAccount.annotations", None),
        ("operator.startupProbe", {"failureThreshold": 30}),
        ("operator.livenessProbe.tcpSocket", {"port": 8081}),
        ("prometheus.operator.serviceMonitor.relabellings[]", {"action": "drop", "regex": "go_.*"}),
        ("global", {"imageRegistry": "registry.example.com"}),
    ],
)
def test_a_form_that_values_files_use_is_accepted(path: str, value: Any) -> None:
    assert problems(fragment(path, value)) == {}


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"configMap": "a", "secret": "b", "keys": ["ca.crt"]},
        {"secret": "b"},
        {"keys": ["ca.crt"]},
    ],
)
def test_a_trusted_ca_without_exactly_one_source_is_refused(source: dict[str, Any]) -> None:
    path = "certificates.operator.trustedCAs[]"
    assert pointer(path) in problems(fragment(path, source))
    assert f"at '{pointer(path)}': " in refusal(fragment(path, source))
