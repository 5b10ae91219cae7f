"""Every object carries the common labels, and the labels and annotations that the values add, once."""

from __future__ import annotations

from collections.abc import Iterator

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support.manifests import Manifest
from tests.support.questions import of_each_object
from tests.support.renderings import Rendered

_COMMON = frozenset(
    {
        "helm.sh/chart",
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/version",
        "app.kubernetes.io/part-of",
        "app.kubernetes.io/managed-by",
    }
)


@of_each_object
def every_object_carries_the_common_labels(_: Rendered, manifest: Manifest) -> Iterator[Problem]:
    """An object without them is found by nobody who lists what belongs to the release."""
    missing = _COMMON - set(manifest["metadata"].get("labels") or {})
    if missing:
        yield Problem(place(manifest), f"lacks the labels {', '.join(sorted(missing))}")


@of_each_object
def every_object_carries_what_the_values_add(rendered: Rendered, manifest: Manifest) -> Iterator[Problem]:
    """Cost centres, owners and GitOps markers are looked for on every object, not on most."""
    labels = rendered.setting("additionalLabels") or {}
    annotations = rendered.setting("additionalAnnotations") or {}
    carried = (manifest["metadata"].get("labels") or {}) if labels else {}
    for key, value in labels.items():
        if carried.get(key) != value:
            yield Problem(
                place(manifest), f"label {key} is not {value!r}", f"additionalLabels.{key}", "use another label"
            )
    for key in annotations:
        if key not in (manifest["metadata"].get("annotations") or {}):
            yield Problem(
                place(manifest),
                f"lacks the annotation {key}",
                f"additionalAnnotations.{key}",
                "use another annotation",
            )


@of_each_object
def the_release_is_named_on_every_object(rendered: Rendered, manifest: Manifest) -> Iterator[Problem]:
    """A selector on the instance label would leave an object behind."""
    stated = (manifest["metadata"].get("labels") or {}).get("app.kubernetes.io/instance")
    added = (rendered.setting("additionalLabels") or {}).get("app.kubernetes.io/instance")
    if stated not in {rendered.combination.release, added}:
        yield Problem(place(manifest), f"says that it belongs to release {stated}")


RELATIONS: tuple[Relation, ...] = (
    every_object_carries_the_common_labels,
    every_object_carries_what_the_values_add,
    the_release_is_named_on_every_object,
)
