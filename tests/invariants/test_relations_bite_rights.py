"""The relations about rights are able to say no: each is shown one rule too many, or one too few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.invariants.bites import bite, changed, places, rendered, without
from tests.invariants.relations import rights
from tests.invariants.relations.relation import Relation
from tests.support import modes

_OPERATOR = "ServiceAccount keda/keda-operator"
_RESTRICTED = {"permissions": {"operator": {"restrict": {"secret": True}}}}
_PROVIDED = modes.USER_PROVIDED_SECRET.values


def _rule(group: str, resource: str, *verbs: str) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}


@pytest.mark.parametrize(
    ("relation", "values", "rule"),
    [
        (rights.restricted_secrets_cannot_be_read_outside_kedas_namespaces, _RESTRICTED, _rule("*", "*", "get")),
        (rights.nobody_writes_the_secrets_of_others, {}, _rule("", "secrets", "update")),
        (
            rights.only_the_operator_that_writes_the_serving_secret_may_write_it,
            _PROVIDED,
            _rule("", "secrets", "create"),
        ),
        (rights.only_the_operator_that_writes_the_serving_secret_may_write_it, {}, _rule("", "secrets", "delete")),
        (
            rights.only_what_the_operator_patches_is_open_to_it_and_by_name,
            {},
            _rule("apiregistration.k8s.io", "apiservices", "update"),
        ),
        (
            rights.only_what_the_operator_patches_is_open_to_it_and_by_name,
            _PROVIDED,
            _rule("admissionregistration.k8s.io", "validatingwebhookconfigurations", "list"),
        ),
        (rights.nobody_may_raise_their_own_rights, {}, _rule("rbac.authorization.k8s.io", "clusterroles", "bind")),
        (rights.nobody_may_raise_their_own_rights, {}, _rule("", "pods/exec", "create")),
        (rights.tokens_are_made_for_the_listed_accounts_only, {}, _rule("", "serviceaccounts/token", "create")),
    ],
)
def test_a_rule_too_many_is_named(relation: Relation, values: Mapping[str, Any], rule: dict[str, Any]) -> None:
    before = rendered(values)
    after = changed(before, "ClusterRole", "keda-operator", lambda it: it["rules"].append(rule))
    assert places(bite(relation, before, after)) == {_OPERATOR}


def test_a_watch_scope_with_a_hole_is_named() -> None:
    before = rendered({"watchNamespace": "team-a"})
    after = changed(
        before, "ClusterRole", "keda-operator-cluster", lambda it: it["rules"].append(_rule("", "pods", "list"))
    )
    (problem,) = bite(rights.a_watch_scope_is_a_border, before, after)
    assert problem.where == _OPERATOR
    assert problem.what == "can list pods in somebody-elses-namespace"


def test_webhooks_that_read_secrets_are_named() -> None:
    before = rendered()
    after = changed(
        before, "ClusterRole", "keda-admission-webhooks", lambda it: it["rules"].append(_rule("", "secrets", "list"))
    )
    problems = bite(rights.no_component_but_the_operator_reads_what_belongs_to_others, before, after)
    assert places(problems) == {"ServiceAccount keda/keda-webhook"}


@pytest.mark.parametrize(
    ("relation", "values", "kind", "name"),
    [
        (
            rights.the_operator_always_reads_the_secrets_that_its_start_waits_for,
            {**_RESTRICTED, "operator": {"clusterObjectNamespace": "shared"}},
            "Role",
            "keda-operator-cluster-object-secrets",
        ),
        (rights.unrestricted_the_operator_reads_secrets_where_it_watches, {}, "ClusterRole", "keda-operator"),
        (
            rights.only_the_operator_that_writes_the_serving_secret_may_write_it,
            {},
            "Role",
            "keda-operator-release-namespace",
        ),
        (
            rights.only_what_the_operator_patches_is_open_to_it_and_by_name,
            {},
            "ClusterRole",
            "keda-operator-cluster",
        ),
        (rights.a_watch_scope_is_a_border, {}, "ClusterRole", "keda-operator-cluster"),
    ],
)
def test_a_right_that_went_missing_is_named(
    relation: Relation, values: Mapping[str, Any], kind: str, name: str
) -> None:
    before = rendered(values)
    assert places(bite(relation, before, without(before, kind, name))) == {_OPERATOR}


def test_a_listed_account_without_a_token_is_named() -> None:
    role = {"name": "queue", "namespace": "team-a"}
    before = rendered({"permissions": {"operator": {"restrict": {"serviceAccountTokenCreationRoles": [role]}}}})
    bound = [e for e in before.objects if e["kind"] == "RoleBinding" and e["metadata"].get("namespace") == "team-a"]
    assert bound
    after = without(before, "RoleBinding", bound[0]["metadata"]["name"])
    (problem,) = bite(rights.tokens_are_made_for_the_listed_accounts_only, before, after)
    assert problem.what == "cannot create serviceaccounts/token queue in team-a"


def test_rights_of_an_extra_object_are_its_authors_choice() -> None:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "keda-operator-extra"},
        "rules": [_rule("", "secrets", "update")],
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "keda-operator-extra"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "keda-operator-extra"},
        "subjects": [{"kind": "ServiceAccount", "name": "keda-operator", "namespace": "keda"}],
    }
    assert not list(rights.nobody_writes_the_secrets_of_others(rendered({"extraObjects": [role, binding]})))


def test_somebody_elses_rights_are_not_judged() -> None:
    assert not list(rights.a_watch_scope_is_a_border(rendered({"rbac": {"create": False}})))
