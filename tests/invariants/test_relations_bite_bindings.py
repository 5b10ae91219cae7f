"""The relations about bindings are able to say no."""

from __future__ import annotations

from tests.invariants.bites import along_with, bite, changed, places, rendered, without
from tests.invariants.relations import bindings
from tests.support import manifests


def test_a_binding_to_a_missing_role_is_named() -> None:
    before = rendered()
    after = without(before, "ClusterRole", "keda-operator")
    problems = bite(bindings.no_binding_names_a_role_or_an_account_that_does_not_exist, before, after)
    assert places(problems) == {"ClusterRoleBinding keda-operator"}


def test_a_binding_to_a_missing_account_is_named() -> None:
    before = rendered()
    after = changed(before, "ClusterRoleBinding", "keda-operator", lambda it: it["subjects"][0].update(name="old"))
    problems = bite(bindings.no_binding_names_a_role_or_an_account_that_does_not_exist, before, after)
    assert places(problems) == {"ClusterRoleBinding keda-operator"}
    assert "keda/old" in problems[0].what


def test_a_role_without_a_binding_is_named() -> None:
    before = rendered()
    after = without(before, "RoleBinding", "keda-operator-release-namespace")
    problems = bite(bindings.no_role_is_left_without_a_binding, before, after)
    assert places(problems) == {"Role keda/keda-operator-release-namespace"}


def test_a_pod_whose_account_is_not_rendered_is_named() -> None:
    before = rendered()
    after = without(before, "ServiceAccount", "keda-webhook")
    problems = bite(bindings.no_pod_runs_as_an_account_that_nobody_makes, before, after)
    assert places(problems) == {"Deployment keda/keda-admission-webhooks"}


def test_an_account_of_somebody_else_is_not_missed() -> None:
    before = rendered({"serviceAccount": {"webhooks": {"create": False}}})
    assert not list(bindings.no_pod_runs_as_an_account_that_nobody_makes(before))


def test_a_role_that_is_rendered_although_others_grant_rights_is_named() -> None:
    role = manifests.one(rendered().objects, "ClusterRole", "keda-operator")
    before = rendered({"rbac": {"create": False}})
    problems = bite(
        bindings.no_rights_are_rendered_when_somebody_else_grants_them, before, along_with(before, {**role})
    )
    assert places(problems) == {"ClusterRole keda-operator"}
    assert problems[0].path == "rbac.create"
