"""The relations about labels are able to say no."""

from __future__ import annotations

from tests.invariants.bites import bite, changed, places, rendered
from tests.invariants.relations import labels


def test_a_service_without_a_common_label_is_named() -> None:
    before = rendered()
    after = changed(before, "Service", "keda-operator", lambda it: it["metadata"]["labels"].pop("helm.sh/chart"))
    (problem,) = bite(labels.every_object_carries_the_common_labels, before, after)
    assert problem.where == "Service keda/keda-operator"
    assert "helm.sh/chart" in problem.what


def test_an_added_label_or_annotation_that_went_missing_leads_to_its_value() -> None:
    before = rendered({"additionalLabels": {"team": "a"}, "additionalAnnotations": {"owner": "b"}})

    def strip(it: dict[str, dict[str, dict[str, str]]]) -> None:
        del it["metadata"]["labels"]["team"], it["metadata"]["annotations"]["owner"]

    after = changed(before, "ClusterRole", "keda-operator", strip)
    problems = bite(labels.every_object_carries_what_the_values_add, before, after)
    assert places(problems) == {"ClusterRole keda-operator"}
    assert [problem.path for problem in problems] == ["additionalLabels.team", "additionalAnnotations.owner"]


def test_an_object_of_another_release_is_named() -> None:
    before = rendered(release="blue")
    after = changed(
        before,
        "Deployment",
        "keda-operator",
        lambda it: it["metadata"]["labels"].update({"app.kubernetes.io/instance": "green"}),
    )
    assert places(bite(labels.the_release_is_named_on_every_object, before, after)) == {"Deployment keda/keda-operator"}
