"""The relations about all objects are able to say no."""

from __future__ import annotations

from tests.invariants.bites import along_with, bite, changed, places, rendered, with_notes
from tests.invariants.relations import objects
from tests.support import manifests


def test_two_objects_of_one_name_are_named() -> None:
    before = rendered()
    twin = manifests.one(before.objects, "ServiceAccount", "keda-operator")
    (problem,) = bite(objects.no_object_overwrites_another, before, along_with(before, {**twin}))
    assert problem.where == "ServiceAccount keda/keda-operator"
    assert problem.path == ""


def test_an_extra_object_in_the_place_of_one_of_the_chart_leads_to_extra_objects() -> None:
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "keda-operator", "namespace": "keda"},
    }
    (problem,) = objects.no_object_overwrites_another(rendered({"extraObjects": [account]}))
    assert (problem.where, problem.path) == ("ServiceAccount keda/keda-operator", "extraObjects")


def test_an_object_that_names_no_namespace_is_named() -> None:
    before = rendered()
    after = changed(before, "Service", "keda-operator", lambda it: it["metadata"].pop("namespace"))
    relation = objects.no_object_lands_in_the_namespace_of_whoever_applies_it
    assert places(bite(relation, before, after)) == {"Service keda-operator"}


def test_a_namespace_on_a_kind_that_has_none_is_named() -> None:
    before = rendered()
    after = changed(before, "ClusterRole", "keda-operator", lambda it: it["metadata"].update(namespace="keda"))
    relation = objects.no_object_lands_in_the_namespace_of_whoever_applies_it
    assert places(bite(relation, before, after)) == {"ClusterRole keda/keda-operator"}


def test_a_kind_that_nobody_knows_is_named() -> None:
    before = rendered()
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "a", "namespace": "keda"}}
    relation = objects.no_object_lands_in_the_namespace_of_whoever_applies_it
    assert places(bite(relation, before, along_with(before, lease))) == {"Lease keda/a"}


def test_an_unverified_metrics_api_server_is_named() -> None:
    before = rendered()
    name = "v1beta1.external.metrics.k8s.io"
    after = changed(before, "APIService", name, lambda it: it["spec"].update(insecureSkipTLSVerify=True))
    assert places(bite(objects.the_api_server_verifies_the_metrics_api_server, before, after)) == {f"APIService {name}"}


def test_notes_of_another_mode_are_noticed() -> None:
    before = rendered()
    after = with_notes(before, before.rendering.notes.replace("operator-generated", "user-provided-secret"))
    assert places(bite(objects.the_notes_tell_the_mode_in_force, before, after)) == {"NOTES.txt"}
