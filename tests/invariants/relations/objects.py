"""What holds of every object, whatever its kind: one place for each, in a namespace that it names, and never unverified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import manifests
from tests.support.manifests import Manifest
from tests.support.questions import of_each_object
from tests.support.renderings import Rendered


def no_object_overwrites_another(rendered: Rendered) -> Iterator[Problem]:
    """Of two objects with one name Helm applies both, and the second wins without a word."""
    if not rendered.places:
        raise LookupError("no object is rendered")
    if len(set(rendered.places)) == len(rendered.places):
        return
    times, own = Counter(rendered.places), Counter(rendered.own_places)
    for found, count in times.items():
        if count > 1:
            namespace = f"{found.namespace}/" if found.namespace is not None else ""
            brought = "extraObjects" if count > own[found] else ""
            yield Problem(
                f"{found.kind} {namespace}{found.name}",
                f"is rendered {count} times",
                brought,
                "rename the object: the chart has one of that name" if brought else "",
            )


@of_each_object
def no_object_lands_in_the_namespace_of_whoever_applies_it(_: Rendered, manifest: Manifest) -> Iterator[Problem]:
    """`helm template | kubectl apply` uses the current namespace for objects that name none."""
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
