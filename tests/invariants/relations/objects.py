"""What holds of every object, whatever its kind: one place for each, in a namespace that it names, and never unverified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import manifests
from tests.support.renderings import Rendered


def no_object_overwrites_another(rendered: Rendered) -> Iterator[Problem]:
    """Of two objects with one name Helm applies both, and the second wins without a word."""
    if not rendered.objects:
        raise LookupError("no object is rendered")
    own = {id(manifest) for manifest in rendered.own_objects}
    places = Counter(_group(manifest) for manifest in rendered.objects)
    for manifest in rendered.objects:
        key = _group(manifest)
        if places[key] > 1:
            brought = "extraObjects" if any(_group(e) == key and id(e) not in own for e in rendered.objects) else ""
            yield Problem(
                place(manifest),
                f"is rendered {places[key]} times",
                brought,
                "rename the object: the chart has one of that name" if brought else "",
            )
            places[key] = 0


def _group(manifest: manifests.Manifest) -> tuple[str, str, str | None, str]:
    group = manifest["apiVersion"].rpartition("/")[0]
    return group, manifest["kind"], manifest["metadata"].get("namespace"), manifest["metadata"]["name"]


def no_object_lands_in_the_namespace_of_whoever_applies_it(rendered: Rendered) -> Iterator[Problem]:
    """`helm template | kubectl apply` uses the current namespace for objects that name none."""
    for manifest in rendered.own_objects:
        kind = manifest["kind"]
        if kind not in manifests.NAMESPACED | manifests.CLUSTER_SCOPED:
            yield Problem(place(manifest), "tests/support/manifests.py does not know whether it has a namespace")
        elif ("namespace" in manifest["metadata"]) != (kind in manifests.NAMESPACED):
            yield Problem(place(manifest), "names no namespace" if kind in manifests.NAMESPACED else "has a namespace")


def the_api_server_verifies_the_metrics_api_server(rendered: Rendered) -> Iterator[Problem]:
    """Whoever answers in its place could scale every workload."""
    for manifest in manifests.all_of(rendered.objects, "APIService"):
        if "insecureSkipTLSVerify" in manifest["spec"]:
            yield Problem(place(manifest), "sets insecureSkipTLSVerify")


def the_notes_tell_the_mode_in_force(rendered: Rendered) -> Iterator[Problem]:
    """A person who meant another mode finds out at once."""
    mode = rendered.combination.mode.name
    if f"Certificate mode: {mode}\n" not in rendered.rendering.notes:
        yield Problem("NOTES.txt", f"does not say that the certificate mode is {mode}")


RELATIONS: tuple[Relation, ...] = (
    no_object_overwrites_another,
    no_object_lands_in_the_namespace_of_whoever_applies_it,
    the_api_server_verifies_the_metrics_api_server,
    the_notes_tell_the_mode_in_force,
)
