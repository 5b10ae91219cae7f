"""The compiled schemas accept and refuse exactly what kubernetes-validate itself does, and never skip a kind."""

from __future__ import annotations

import copy
import functools
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from tests.support import combinations, manifests, schemas
from tests.support.chart import Document, Rendering, render
from tests.support.manifests import Manifest

VERSIONS = pytest.mark.parametrize("kubernetes", schemas.KUBERNETES_VERSIONS)


def _accepted_by_kubernetes_validate(manifest: Manifest, kubernetes: str) -> bool:
    try:
        kubernetes_validate.validate(manifest, kubernetes, strict=True)
    except kubernetes_validate.ValidationError:
        return False
    return True


@functools.cache
def _one_of_each_kind() -> list[Manifest]:
    """A rendered object of each built-in kind, from the combinations with the most settings."""
    found: dict[tuple[str, str], Manifest] = {}
    for combination in combinations.sample(40):
        for entry in render(combination.values, **combination.arguments).objects:
            if schemas.is_built_in(entry["apiVersion"]):
                found.setdefault((entry["apiVersion"], entry["kind"]), entry)
    assert len(found) >= 12, sorted(found)
    return list(found.values())


def _misspelt_top(manifest: Manifest) -> None:
    manifest["metdata"] = {}


def _misspelt_metadata(manifest: Manifest) -> None:
    manifest["metadata"]["lables"] = {}


def _number_as_label(manifest: Manifest) -> None:
    manifest["metadata"]["labels"] = {"team": 1}


def _list_as_annotations(manifest: Manifest) -> None:
    manifest["metadata"]["annotations"] = ["a"]


def _wrong_kind_of_name(manifest: Manifest) -> None:
    manifest["metadata"]["name"] = {"name": "x"}


_DAMAGES: list[Callable[[Manifest], None]] = [
    _misspelt_top,
    _misspelt_metadata,
    _number_as_label,
    _list_as_annotations,
    _wrong_kind_of_name,
]


@VERSIONS
def test_what_kubernetes_validate_accepts_or_refuses_is_judged_the_same_way(kubernetes: str) -> None:
    judged = set()
    for manifest in _one_of_each_kind():
        assert _accepted_by_kubernetes_validate(manifest, kubernetes)
        assert schemas.problems(manifest, kubernetes) == ()
        for damage in _DAMAGES:
            damaged = copy.deepcopy(manifest)
            damage(damaged)
            expected = _accepted_by_kubernetes_validate(damaged, kubernetes)
            accepted = schemas.problems(damaged, kubernetes) == ()
            assert accepted == expected, f"{damage.__name__} of {manifests.identity(manifest)}"
            judged.add(expected)
    assert False in judged, "no damage was ever refused"


def _spelled_out(version: str, api_version: str, kind: str) -> dict[str, Any]:
    """A schema and all that it refers to, by name, without the descriptions."""
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{version}.0-local-strict"
    shared = json.loads((folder / "_definitions.json").read_text())["$defs"]
    group, _, number = api_version.rpartition("/")
    name = "-".join([kind.lower(), *([group.partition(".")[0]] if group else []), number])
    found: dict[str, Any] = {}

    def collect(key: str, schema: Any) -> None:
        found[key] = None
        found[key] = plain(schema)

    def plain(entry: Any) -> Any:
        if isinstance(entry, list):
            return [plain(item) for item in entry]
        if not isinstance(entry, dict):
            return entry
        if isinstance(entry.get("$ref"), str):
            target = entry["$ref"].rpartition("/")[2]
            if target not in found:
                collect(target, shared[target])
        return {k: plain(v) for k, v in entry.items() if not (k == "description" and isinstance(v, str))}

    collect("", json.loads((folder / f"{name}.json").read_text()))
    return found


def test_two_versions_share_a_judge_where_their_schemas_say_the_same_and_nowhere_else() -> None:
    shared = separate = 0
    for manifest in _one_of_each_kind():
        api_version, kind = manifest["apiVersion"], manifest["kind"]
        for one, other in itertools.combinations(schemas.KUBERNETES_VERSIONS, 2):
            same = _spelled_out(one, api_version, kind) == _spelled_out(other, api_version, kind)
            judges = [schemas._built_in(api_version, kind, version) for version in (one, other)]
            assert (judges[0] is judges[1]) == same, f"{kind} {one} {other}"
            shared += same
            separate += not same
    assert shared > 20
    assert separate > 5


def test_a_problem_names_each_version_for_which_it_was_found() -> None:
    service = copy.deepcopy(manifests.one(render().objects, "Service", "keda-operator"))
    service["spec"]["ports"][0]["port"] = "text"
    document = Document("kind: Service\n", service)
    for version in schemas.KUBERNETES_VERSIONS:
        with pytest.raises(schemas.InvalidManifest, match=rf"Service/keda-operator at .*\(Kubernetes {version}\)"):
            schemas.validate_rendering(Rendering((document,), "", ()), version)


def _deployment(change: Callable[[dict[str, Any]], None]) -> Manifest:
    deployment = copy.deepcopy(manifests.one(render().objects, "Deployment", "keda-operator"))
    change(deployment["spec"]["template"]["spec"])
    return deployment


def _container_port_as_text(spec: dict[str, Any]) -> None:
    spec["containers"][0]["ports"][0]["containerPort"] = "9666"


def _misspelt_container_field(spec: dict[str, Any]) -> None:
    spec["containers"][0]["imagePullPolice"] = "Always"


def _number_in_environment(spec: dict[str, Any]) -> None:
    spec["containers"][0]["env"][0]["value"] = 3000


def _container_without_name(spec: dict[str, Any]) -> None:
    del spec["containers"][0]["name"]


def _misspelt_probe(spec: dict[str, Any]) -> None:
    spec["containers"][0]["livenessProbe"]["httpget"] = {}


def _word_for_a_truth(spec: dict[str, Any]) -> None:
    spec["hostNetwork"] = "true"


def _text_for_resources(spec: dict[str, Any]) -> None:
    spec["containers"][0]["resources"]["limits"] = "1Gi"


@VERSIONS
@pytest.mark.parametrize(
    "change",
    [
        _container_port_as_text,
        _misspelt_container_field,
        _number_in_environment,
        _container_without_name,
        _misspelt_probe,
        _word_for_a_truth,
        _text_for_resources,
    ],
    ids=lambda change: change.__name__.strip("_"),
)
def test_a_broken_pod_never_passes(change: Callable[[dict[str, Any]], None], kubernetes: str) -> None:
    broken = _deployment(change)
    assert not _accepted_by_kubernetes_validate(broken, kubernetes)
    assert schemas.problems(broken, kubernetes)
    with pytest.raises(schemas.InvalidManifest, match="Deployment/keda-operator"):
        schemas.validate([broken], kubernetes)


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("apps/v1beta1", "Deployment"),
        ("v1", "Podd"),
        ("keda.sh/v1alpha1", "ScaledThing"),
        ("apps.example.com/v1", "Deployment"),
        ("cert-manager.io/v1alpha1", "Certificate"),
    ],
)
def test_a_kind_without_a_schema_is_a_problem_and_not_a_skip(api_version: str, kind: str) -> None:
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}
    (problem,) = schemas.problems(manifest, "1.36")
    assert kind in problem


@pytest.mark.parametrize(
    "document", ["a: 1\na: 2\n", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, name: y}\n"]
)
def test_a_key_that_stands_twice_never_passes(document: str) -> None:
    with pytest.raises(schemas.InvalidManifest, match="stands twice"):
        schemas.validate([document], "1.36")


def test_a_problem_is_raised_again_for_the_second_document_of_the_same_text() -> None:
    """Judged once does not mean forgiven once."""
    rendering = render({"extraObjects": [{"apiVersion": "v1", "kind": "Podd", "metadata": {"name": "x"}}]})
    for _ in range(2):
        with pytest.raises(schemas.InvalidManifest, match="Podd"):
            schemas.validate_rendering(rendering, "1.36")
