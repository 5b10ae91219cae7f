"""The relations about needed rights are able to say no, and their rows are held against KEDA's markers, both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.invariants.bites import along_with, bite, changed, places, rendered, without
from tests.invariants.relations import needed_rights
from tests.support import binaries
from tests.support.manifests import Manifest

_OPERATOR = "ServiceAccount keda/keda-operator"
_METRICS = "ServiceAccount keda/keda-metrics-server"
_WEBHOOKS = "ServiceAccount keda/keda-webhook"


def _rule(group: str, resource: str, *verbs: str, **more: Any) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs), **more}


def _without_resource(resource: str) -> Callable[[Manifest], object]:
    def change(role: Manifest) -> None:
        for rule in role["rules"]:
            rule["resources"] = [entry for entry in rule.get("resources", []) if entry != resource]

    return change


def _with_rule(rule: dict[str, Any]) -> Callable[[Manifest], object]:
    return lambda role: role["rules"].append(rule)


@pytest.mark.parametrize(
    ("kind", "role", "resource", "account"),
    [
        ("ClusterRole", "keda-operator", "scaledobjects/finalizers", _OPERATOR),
        ("ClusterRole", "keda-operator", "endpointslices", _OPERATOR),
        ("ClusterRole", "keda-operator", "cloudeventsources", _OPERATOR),
        ("ClusterRole", "keda-operator-cluster", "clustertriggerauthentications", _OPERATOR),
        ("ClusterRole", "keda-operator-cluster", "apiservices", _OPERATOR),
        ("ClusterRole", "keda-operator-cluster", "validatingwebhookconfigurations", _OPERATOR),
        ("Role", "keda-operator-release-namespace", "leases", _OPERATOR),
        ("Role", "keda-operator-release-namespace", "secrets", _OPERATOR),
        ("ClusterRole", "keda-admission-webhooks", "limitranges", _WEBHOOKS),
    ],
)
def test_a_right_that_is_missing_is_named(kind: str, role: str, resource: str, account: str) -> None:
    before = rendered()
    after = changed(before, kind, role, _without_resource(resource))
    problems = bite(needed_rights.every_binary_may_do_what_it_calls, before, after)
    assert places(problems) == {account}
    assert all(f" {resource}" in problem.what for problem in problems)


def test_a_binding_that_is_missing_is_named() -> None:
    before = rendered()
    after = without(before, "RoleBinding", "keda-operator-metrics-apiserver-auth-reader")
    problems = bite(needed_rights.every_binary_may_do_what_it_calls, before, after)
    assert places(problems) == {_METRICS}


def test_a_watched_namespace_without_its_binding_is_named() -> None:
    before = rendered({"watchNamespace": "team-a"})
    after = without(before, "RoleBinding", "keda-operator")
    problems = bite(needed_rights.every_binary_may_do_what_it_calls, before, after)
    assert all("in team-a" in problem.what for problem in problems)


def test_the_events_of_cluster_scoped_objects_are_missed_where_only_one_namespace_is_watched() -> None:
    before = rendered({"watchNamespace": "team-a"})
    after = changed(before, "ClusterRole", "keda-operator-cluster", _without_resource("events"))
    (create, patch) = bite(needed_rights.every_binary_may_do_what_it_calls, before, after)
    assert "create events.events.k8s.io in default" in create.what
    assert "patch events.events.k8s.io in default" in patch.what


@pytest.mark.parametrize(
    ("kind", "role", "rule", "account"),
    [
        ("ClusterRole", "keda-operator", _rule("", "pods", "delete"), _OPERATOR),
        ("ClusterRole", "keda-operator", _rule("*", "*", "list"), _OPERATOR),
        ("ClusterRole", "keda-operator", _rule("", "secrets", "update"), _OPERATOR),
        ("ClusterRole", "keda-operator-cluster", _rule("apiregistration.k8s.io", "apiservices", "update"), _OPERATOR),
        ("ClusterRole", "keda-operator-cluster", _rule("", "secrets", "list"), None),
        ("Role", "keda-operator-release-namespace", _rule("coordination.k8s.io", "leases", "delete"), _OPERATOR),
        ("Role", "keda-operator-release-namespace", _rule("", "secrets", "update"), _OPERATOR),
        ("ClusterRole", "keda-admission-webhooks", _rule("", "secrets", "get"), _WEBHOOKS),
        ("ClusterRole", "keda-admission-webhooks", _rule("", "events", "create"), _WEBHOOKS),
        ("ClusterRole", "keda-admission-webhooks", {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, _WEBHOOKS),
    ],
)
def test_a_right_too_many_is_named(kind: str, role: str, rule: dict[str, Any], account: str | None) -> None:
    before = rendered()
    after = changed(before, kind, role, _with_rule(rule))
    if account is None:
        assert list(needed_rights.no_account_may_do_more_than_its_binary_calls(after)) == [], (
            "it is granted there anyway"
        )
        return
    assert places(bite(needed_rights.no_account_may_do_more_than_its_binary_calls, before, after)) == {account}


def test_a_right_that_is_right_in_one_mode_is_too_much_in_another() -> None:
    patching = _rule("apiregistration.k8s.io", "apiservices", "list")
    before = rendered({"certificates": {"autoGenerated": False, "certManager": {"enabled": True}}})
    after = changed(before, "ClusterRole", "keda-operator-cluster", _with_rule(patching))
    (problem,) = bite(needed_rights.no_account_may_do_more_than_its_binary_calls, before, after)
    assert "list apiservices.apiregistration.k8s.io everywhere" in problem.what


def test_a_watch_scope_that_is_left_is_named() -> None:
    before = rendered({"watchNamespace": "team-a"})
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "more", "namespace": "team-b", "labels": {}},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "keda-operator"},
        "subjects": [{"kind": "ServiceAccount", "name": "keda-operator", "namespace": "keda"}],
    }
    problems = bite(needed_rights.no_account_may_do_more_than_its_binary_calls, before, along_with(before, binding))
    assert all("in team-b" in problem.what for problem in problems)


@pytest.mark.parametrize(
    "subject",
    [
        {"kind": "Group", "name": "system:serviceaccounts"},
        {"kind": "User", "name": "somebody"},
        {"kind": "ServiceAccount", "name": "default", "namespace": "keda"},
    ],
    ids=str,
)
def test_a_right_for_somebody_else_is_named(subject: dict[str, Any]) -> None:
    before = rendered()
    after = changed(before, "ClusterRoleBinding", "keda-operator", lambda it: it["subjects"].append(subject))
    problems = bite(needed_rights.no_right_goes_to_anybody_else, before, after)
    assert places(problems) == {"ClusterRoleBinding keda-operator"}


@pytest.mark.parametrize(
    "rule",
    [_rule("", "secrets", "get"), _rule("*", "*", "get"), _rule("", "*", "watch"), _rule("*", "secrets", "*")],
    ids=str,
)
def test_a_rule_that_opens_restricted_secrets_is_named(rule: dict[str, Any]) -> None:
    before = rendered({"permissions": {"operator": {"restrict": {"secret": True}}}})
    for role, account in (("keda-operator", _OPERATOR), ("keda-admission-webhooks", _WEBHOOKS)):
        after = changed(before, "ClusterRole", role, _with_rule(rule))
        problems = bite(needed_rights.restricted_secrets_are_read_by_nobody, before, after)
        assert places(problems) == {account}
        assert {problem.path for problem in problems} == {"permissions.operator.restrict.secret"}


def test_a_role_of_people_that_differs_from_kedas_is_named() -> None:
    before = rendered({"rbac": {"aggregateToDefaultRoles": True}})
    relation = needed_rights.roles_of_people_give_what_keda_publishes
    after = changed(before, "ClusterRole", "keda:view", lambda it: it["rules"][0]["verbs"].append("delete"))
    assert places(bite(relation, before, after)) == {"ClusterRole keda:view"}
    renamed = changed(before, "ClusterRole", "keda:edit", lambda it: it["metadata"].update(name="keda:surprise"))
    assert places(bite(relation, before, renamed)) == {"ClusterRole keda:surprise"}


def test_an_account_without_rights_is_no_silence() -> None:
    after = without(rendered(), "ClusterRoleBinding", "keda-admission-webhooks")
    with pytest.raises(LookupError, match="may do nothing"):
        list(needed_rights.no_account_may_do_more_than_its_binary_calls(after))


def test_rights_that_somebody_else_grants_are_not_asked_for() -> None:
    found = rendered({"rbac": {"create": False}})
    assert not found.rights.bindings
    for relation in needed_rights.RELATIONS:
        assert list(relation(found)) == []


# --- The table against the markers -------------------------------------------------------------------------------------


def _marked() -> set[tuple[str, str, str]]:
    return {
        (group, resource, verb)
        for marker in binaries.markers()
        for group in marker["apiGroups"]
        for resource in marker["resources"]
        for verb in marker["verbs"]
    }


def _listed(*, tolerated: bool) -> set[tuple[str, str, str]]:
    rows = [row for row in needed_rights.ROWS if row.component == "operator"]
    return {
        (row.group, resource, verb)
        for row in rows
        for resource in row.resources.split()
        for verb in [*row.needed.split(), *(row.tolerated.split() if tolerated else ())]
    }


def _unused() -> set[tuple[str, str, str]]:
    return {(group, resource, verb) for group, resource, verbs in needed_rights.UNUSED for verb in verbs.split()}


def test_no_right_that_keda_asks_for_is_forgotten() -> None:
    assert len(_marked()) > 100
    assert _marked() - _listed(tolerated=True) - _unused() == set()


def test_no_right_is_needed_that_keda_does_not_ask_for() -> None:
    """But for tokens, which KEDA leaves to be granted account by account, and the two scales of any cluster."""
    beyond = _listed(tolerated=False) - _marked()
    assert beyond == {
        ("", "serviceaccounts/token", "create"),
        *(("apps", f"{kind}/scale", verb) for kind in ("deployments", "statefulsets") for verb in ("get", "update")),
    }


def test_no_unused_right_is_one_that_keda_no_longer_asks_for_or_that_is_needed_after_all() -> None:
    assert needed_rights.UNUSED
    assert _unused() <= _marked()
    assert _unused() & _listed(tolerated=True) == set()
    assert all(needed_rights.UNUSED.values())


def test_the_markers_belong_to_the_operator_alone() -> None:
    """Rows of the other two binaries have no marker: should KEDA write some, they are to be read."""
    assert {tuple(marker["programs"]) for marker in binaries.markers()} == {("operator",)}


def test_every_row_that_grants_more_says_why() -> None:
    assert needed_rights.ROWS
    for row in needed_rights.ROWS:
        assert row.needed or row.tolerated
        assert row.reason
        assert set(row.needed.split()) & set(row.tolerated.split()) == set()
