"""Labels and annotations come out as they went in, in the objects that they are for; what can be neither is refused."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.properties.profiles import percent
from tests.properties.strategies import YAML_HOSTILE, hostile_text, label_keys, label_values, scalars
from tests.support import combinations, manifests, refusal_text
from tests.support.chart import refusal, render
from tests.support.manifests import Manifest, walk
from tests.values.documents import problems

_DEPLOYMENTS = {
    "keda": "keda-operator",
    "metricsAdapter": "keda-operator-metrics-apiserver",
    "webhooks": "keda-admission-webhooks",
}
_ACCOUNTS = {"operator": "keda-operator", "metricServer": "keda-metrics-server", "webhooks": "keda-webhook"}
_BLOCKS = {
    "operator": "keda-operator",
    "metricsServer": "keda-operator-metrics-apiserver",
    "webhooks": "keda-admission-webhooks",
}
_METADATA = ("metadata", "annotations")
_OF_PODS = ("spec", "template", "metadata", "annotations")
_SECRETS = ("spec", "secretTemplate", "annotations")

# Values path of a map of annotations -> (kind, name, place) of each map where its entries must come out, and nowhere else.
Place = tuple[str, str, tuple[str, ...]]
_ANNOTATIONS: Mapping[str, set[Place]] = {
    **{f"{block}.annotations": {("Deployment", name, _METADATA)} for block, name in _BLOCKS.items()},
    **{f"podAnnotations.{key}": {("Deployment", name, _OF_PODS)} for key, name in _DEPLOYMENTS.items()},
    **{f"serviceAccount.{key}.annotations": {("ServiceAccount", name, _METADATA)} for key, name in _ACCOUNTS.items()},
    "serviceAccount.annotations": {("ServiceAccount", name, _METADATA) for name in _ACCOUNTS.values()},
    "service.annotations": {("Service", name, _METADATA) for name in _DEPLOYMENTS.values()},
    "certificates.certManager.annotations": {("Certificate", "keda-operator-tls-certificates", _METADATA)},
    "certificates.certManager.ca.annotations": {("Certificate", "keda-operator-ca", _METADATA)},
    "certificates.certManager.secretTemplate.annotations": {
        ("Certificate", "keda-operator-tls-certificates", _SECRETS)
    },
    "certificates.certManager.ca.secretTemplate.annotations": {("Certificate", "keda-operator-ca", _SECRETS)},
}
_EVERYTHING = {
    "crds.install": False,
    "certificates.certManager.enabled": True,
    "highAvailability.enabled": True,
    "networkPolicy.enabled": True,
    "prometheus.operator.enabled": True,
    "prometheus.operator.serviceMonitor.enabled": True,
    "prometheus.operator.prometheusRules.enabled": True,
    "rbac.aggregateToDefaultRoles": True,
}


def _values(settings: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in {**_EVERYTHING, **settings}.items():
        combinations.put(values, path, value)
    return values


def _holders(objects: Sequence[Manifest]) -> Mapping[str, Mapping[Place, Any]]:
    """Key -> every mapping of a rendering that holds it, with the value there."""
    found: dict[str, dict[Place, Any]] = defaultdict(dict)
    for entry in objects:
        for path, value in walk(entry):
            if isinstance(value, dict):
                place = (*manifests.identity(entry), tuple(map(str, path)))
                for key, item in value.items():
                    found[key][place] = item
    return found


@percent(10)
@given(st.lists(hostile_text(), min_size=1, max_size=8))
@example(list(YAML_HOSTILE))
def test_no_annotation_is_changed_or_goes_astray(texts: list[str]) -> None:
    settings = {
        path: {f"example.com/p{number}-{index}": text for index, text in enumerate(texts)}
        for number, path in enumerate(_ANNOTATIONS)
    }
    holders = _holders(render(_values(settings)).objects)
    for number, (path, places) in enumerate(_ANNOTATIONS.items()):
        for index, text in enumerate(texts):
            assert holders[f"example.com/p{number}-{index}"] == dict.fromkeys(places, text), path


@percent(10)
@given(
    st.dictionaries(label_keys(), hostile_text(), min_size=1, max_size=5),
    st.dictionaries(label_keys(), label_values(), min_size=1, max_size=5),
)
@example(
    {f"a{number}": text for number, text in enumerate(YAML_HOSTILE)},
    {"yes": "yes", "1": "0x1", "on": "1e3", "null": ""},
)
def test_what_is_for_all_objects_is_on_all_objects(annotations: dict[str, str], labels: dict[str, str]) -> None:
    labels = {key: value for key, value in labels.items() if key != "app"}
    objects = render(_values({"additionalAnnotations": annotations, "additionalLabels": labels})).objects
    assert len(objects) > 20
    for entry in objects:
        assert annotations.items() <= entry["metadata"]["annotations"].items(), manifests.identity(entry)
        assert labels.items() <= entry["metadata"]["labels"].items(), manifests.identity(entry)
    for deployment in manifests.all_of(objects, "Deployment"):
        pods = deployment["spec"]["template"]["metadata"]
        assert annotations.items() <= pods["annotations"].items()
        assert labels.items() <= pods["labels"].items()
        # The selector never follows: it cannot be changed once the Deployment exists.
        assert deployment["spec"]["selector"] == {"matchLabels": {"app": deployment["metadata"]["name"]}}


@percent(10)
@given(st.dictionaries(label_keys(), label_values(), min_size=1, max_size=5))
@example({"yes": "yes", "null": "null", "0x1": "0x1", "1": "1e3", "y": "y", "n": "1_000", "on": "2001-01-01", "a": ""})
def test_no_label_or_node_selector_is_changed_or_goes_astray(labels: dict[str, str]) -> None:
    # A letter in front tells where a key was set, so that it must not become too long.
    labels = {key.rpartition("/")[2][:60]: value for key, value in labels.items()}
    labels = {key: value for key, value in labels.items() if key[-1].isalnum()}
    settings = {
        "podLabels.keda": {f"a-{key}": value for key, value in labels.items()},
        "operator.nodeSelector": {f"b-{key}": value for key, value in labels.items()},
        "nodeSelector": {f"c-{key}": value for key, value in labels.items()},
        "prometheus.operator.serviceMonitor.additionalLabels": {f"d-{key}": value for key, value in labels.items()},
        "certificates.certManager.secretTemplate.labels": {f"e-{key}": value for key, value in labels.items()},
        "webhooks.objectSelector.matchLabels": {f"f-{key}": value for key, value in labels.items()},
    }
    pods = ("spec", "template")
    expected: dict[str, set[Place]] = {
        "a": {("Deployment", "keda-operator", (*pods, "metadata", "labels"))},
        "b": {("Deployment", "keda-operator", (*pods, "spec", "nodeSelector"))},
        "c": {
            ("Deployment", name, (*pods, "spec", "nodeSelector"))
            for name in ("keda-operator-metrics-apiserver", "keda-admission-webhooks")
        },
        "d": {("ServiceMonitor", "keda-operator", ("metadata", "labels"))},
        "e": {("Certificate", "keda-operator-tls-certificates", ("spec", "secretTemplate", "labels"))},
    }
    holders = _holders(render(_values(settings)).objects)
    for key, value in labels.items():
        for letter, places in expected.items():
            assert holders[f"{letter}-{key}"] == dict.fromkeys(places, value)
        selectors = holders[f"f-{key}"]
        assert set(selectors.values()) == {value}
        assert {place[:2] for place in selectors} == {("ValidatingWebhookConfiguration", "keda-admission")}


_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LABEL_BLOCKS = ["additionalLabels", "podLabels.webhooks", "nodeSelector", "operator.nodeSelector"]
_LABEL_BLOCKS += [
    "prometheus.webhooks.podMonitor.additionalLabels",
    "certificates.certManager.ca.secretTemplate.labels",
]
_ANNOTATION_BLOCKS = [
    "additionalAnnotations",
    "podAnnotations.keda",
    "service.annotations",
    "crds.additionalAnnotations",
]
_ANNOTATION_BLOCKS += [
    "serviceAccount.operator.annotations",
    "certificates.certManager.annotations",
    "webhooks.annotations",
]


@percent(150)
@given(st.sampled_from(_LABEL_BLOCKS), scalars())
@example("additionalLabels", True)
@example("nodeSelector", 1)
@example("additionalLabels", "x" * 64)
def test_nothing_is_a_label_that_the_api_server_refuses(block: str, value: Any) -> None:
    """A label ``enabled: true`` is a boolean in YAML, and no installation takes it."""
    values: dict[str, Any] = {}
    combinations.put(values, block, {"example": value})
    valid = isinstance(value, str) and bool(_LABEL_VALUE.fullmatch(value))
    path = "/" + block.replace(".", "/") + "/example"
    assert (path not in problems(values)) == valid


@percent(150)
@given(st.sampled_from(_ANNOTATION_BLOCKS), scalars())
@example("additionalAnnotations", 1)
@example("podAnnotations.keda", False)
def test_nothing_is_an_annotation_but_a_string(block: str, value: Any) -> None:
    values: dict[str, Any] = {}
    combinations.put(values, block, {"example": value})
    assert ("/" + block.replace(".", "/") + "/example" not in problems(values)) == isinstance(value, str)


_KEY_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_KEY_DOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")


@percent(150)
@given(
    st.sampled_from(_LABEL_BLOCKS + _ANNOTATION_BLOCKS),
    st.one_of(label_keys(), hostile_text(), st.builds("{}/{}".format, hostile_text(), label_keys())),
)
@example("additionalLabels", "a..b/c")
@example("additionalLabels", "a.-b/c")
@example("additionalAnnotations", "a/b/c")
@example("additionalAnnotations", "x" * 64)
def test_no_key_is_accepted_that_the_api_server_refuses(block: str, key: str) -> None:
    # The suite's validator leaves an empty key out of its paths; Helm does not.
    assume(key)
    values: dict[str, Any] = {}
    combinations.put(values, block, {key: "value"})
    domain, slash, name = key.rpartition("/")
    valid = bool(_KEY_NAME.fullmatch(name)) and (bool(_KEY_DOMAIN.fullmatch(domain)) if slash else True)
    found = [path for path in problems(values) if path.startswith("/" + block.replace(".", "/") + "/")]
    assert (found == []) == valid, found


@pytest.mark.parametrize(
    ("block", "value", "said"),
    [
        ("additionalLabels", True, "got boolean, want null or string"),
        ("additionalAnnotations", 1, "got number, want null or string"),
        ("podLabels.keda", "a b", "does not match pattern"),
        ("nodeSelector", 1.5, "got number, want null or string"),
    ],
)
def test_helm_tells_the_path_of_what_is_no_label_or_annotation(block: str, value: Any, said: str) -> None:
    values: dict[str, Any] = {}
    combinations.put(values, block, {"example": value})
    error = refusal(values)
    assert said in error
    assert refusal_text.paths(error) == {f"{block}.example"}


@pytest.mark.parametrize(
    "block",
    [
        *(
            "additionalLabels",
            "additionalAnnotations",
            "podLabels.keda",
            "operator.nodeSelector",
            "service.annotations",
        ),
        *("webhooks.objectSelector.matchLabels", "webhooks.namespaceSelector.matchLabels", "webhooks.annotations"),
        *("certificates.certManager.secretTemplate.annotations", "certificates.certManager.ca.secretTemplate.labels"),
        *("prometheus.operator.serviceMonitor.additionalLabels", "serviceAccount.operator.annotations"),
    ],
)
def test_a_null_takes_an_entry_away(block: str) -> None:
    """A layer that takes an entry of another away must not leave one without a value, which means the empty one."""
    holders = _holders(render(_values({block: {"example.com/kept": "x", "example.com/gone": None}})).objects)
    assert set(holders["example.com/kept"].values()) == {"x"}
    assert "example.com/gone" not in holders
