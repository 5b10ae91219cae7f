"""Looking up rendered objects by kind and name, and the parts of a pod that several tests read.

A lookup that matches nothing, or two objects, is an error that lists what exists: a test must not pass because it looked
at the wrong object, or at none.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Manifest = dict[str, Any]

# Kinds without a namespace, of everything that the chart renders. A kind that is in neither set is an error.
CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "PriorityClass",
        "ValidatingWebhookConfiguration",
    }
)
NAMESPACED = frozenset(
    {
        "Certificate",
        "CiliumNetworkPolicy",
        "ConfigMap",
        "Deployment",
        "Issuer",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PodMonitor",
        "PrometheusRule",
        "Role",
        "RoleBinding",
        "ScaledObject",
        "Secret",
        "Service",
        "ServiceAccount",
        "ServiceMonitor",
        "TriggerAuthentication",
    }
)


class Objects(list[Manifest]):
    """Rendered objects in their order, which also finds those of a kind without looking at all others. Read only."""

    def of_kind(self, kind: str) -> list[Manifest]:
        """Every object of ``kind``, in order. The list is shared: callers only read it."""
        return self._by_kind.get(kind, [])

    @functools.cached_property
    def _by_kind(self) -> dict[str, list[Manifest]]:
        found: dict[str, list[Manifest]] = {}
        for manifest in self:
            found.setdefault(manifest["kind"], []).append(manifest)
        return found


class Place(NamedTuple):
    """Where an object is in a cluster: two objects with one place are one."""

    group: str
    kind: str
    namespace: str | None
    name: str


def place_of(manifest: Manifest) -> Place:
    """The place of an object."""
    metadata = manifest["metadata"]
    return Place(
        manifest["apiVersion"].rpartition("/")[0], manifest["kind"], metadata.get("namespace"), metadata["name"]
    )


def identity(manifest: Manifest) -> tuple[str, str]:
    """(kind, name) of an object."""
    return manifest["kind"], manifest["metadata"]["name"]


def inventory(objects: Iterable[Manifest]) -> set[tuple[str, str]]:
    """The (kind, name) pairs of ``objects``."""
    return {identity(manifest) for manifest in objects}


def all_of(objects: Iterable[Manifest], kind: str) -> list[Manifest]:
    """Every object of ``kind``, in the order of ``objects``; an empty list when there is none."""
    of_kind = getattr(objects, "of_kind", None)
    if of_kind is not None:
        return list(of_kind(kind))
    return [manifest for manifest in objects if manifest["kind"] == kind]


def one(objects: Iterable[Manifest], kind: str, name: str, namespace: str | None = None) -> Manifest:
    """The object of ``kind`` and ``name`` (and ``namespace``, when given); AssertionError for zero or several."""
    listed = list(objects)
    found = [
        manifest
        for manifest in listed
        if identity(manifest) == (kind, name) and namespace in (None, manifest["metadata"].get("namespace"))
    ]
    if len(found) != 1:
        existing = "\n  ".join(sorted(f"{k}/{n}" for k, n in (identity(manifest) for manifest in listed)))
        where = f" in namespace {namespace}" if namespace else ""
        raise AssertionError(f"{len(found)} objects are {kind}/{name}{where}; there are:\n  {existing or '(none)'}")
    return found[0]


def only(objects: Iterable[Manifest], kind: str) -> Manifest:
    """The one object of ``kind``, whatever its name; AssertionError for zero or several."""
    found = all_of(objects, kind)
    assert len(found) == 1, f"{len(found)} objects of kind {kind}: {sorted(name for _, name in inventory(found))}"
    return found[0]


def pod_spec(deployment: Manifest) -> Manifest:
    """The pod spec of a Deployment."""
    spec: Manifest = deployment["spec"]["template"]["spec"]
    return spec


def pod_labels(deployment: Manifest) -> dict[str, str]:
    """The labels of a Deployment's pods."""
    labels: dict[str, str] = deployment["spec"]["template"]["metadata"]["labels"]
    return labels


def container(deployment: Manifest) -> Manifest:
    """KEDA's own container of a Deployment: the one that carries the Deployment's name."""
    name = deployment["metadata"]["name"]
    found = [entry for entry in pod_spec(deployment)["containers"] if entry["name"] == name]
    assert len(found) == 1, f"Deployment {name} has {len(found)} containers of that name"
    own: Manifest = found[0]
    return own


def flags(deployment: Manifest) -> dict[str, list[str]]:
    """Arguments of KEDA's container: flag name without dashes -> its values, one for each time it is passed.

    A flag without ``=`` has the value "true", which is what Go's flag package makes of it.
    """
    result: dict[str, list[str]] = {}
    for argument in container(deployment)["args"]:
        assert argument.startswith("--"), f"{argument!r} is no flag"
        name, _, value = argument[2:].partition("=")
        result.setdefault(name, []).append(value if "=" in argument else "true")
    return result


def flag(deployment: Manifest, name: str) -> str:
    """The value of a flag that is passed exactly once; AssertionError otherwise."""
    values = flags(deployment).get(name, [])
    assert len(values) == 1, f"--{name} is passed {len(values)} times by {deployment['metadata']['name']}: {values}"
    return values[0]


def environment(deployment: Manifest) -> dict[str, str | None]:
    """Environment of KEDA's container: name -> literal value, None when it comes from elsewhere. Duplicates are an error."""
    result: dict[str, str | None] = {}
    for entry in container(deployment)["env"]:
        assert entry["name"] not in result, f"{entry['name']} is set twice in {deployment['metadata']['name']}"
        result[entry["name"]] = None if "valueFrom" in entry else entry.get("value", "")
    return result


def volume(deployment: Manifest, name: str) -> Manifest:
    """The volume of that name; AssertionError for zero or several."""
    found = [entry for entry in pod_spec(deployment).get("volumes", []) if entry["name"] == name]
    assert len(found) == 1, f"{len(found)} volumes are named {name} in {deployment['metadata']['name']}"
    own: Manifest = found[0]
    return own


def mounts_at(deployment: Manifest, path: str) -> list[Manifest]:
    """The volume mounts of KEDA's container at ``path``."""
    return [entry for entry in container(deployment).get("volumeMounts", []) if entry["mountPath"] == path]


def all_containers(deployment: Manifest) -> list[Manifest]:
    """Every container of the pod, init containers included."""
    spec = pod_spec(deployment)
    return [*spec.get("initContainers", []), *spec["containers"]]


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector (matchLabels and the four operators of matchExpressions) selects ``labels``."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        key, operator, values = expression["key"], expression["operator"], expression.get("values", [])
        holds = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }[operator]
        if not holds:
            return False
    return True


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every node of a document with its path, the document itself first."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
