"""The evaluator of rights knows groups, paths and everything that an account may do, as an API server does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.rbac import Account, Permission, Rights

_OPERATOR = Account("keda", "keda-operator")


def _rights(
    subject: dict[str, Any], *rules: dict[str, Any], namespace: str | None = None, kind: str = "ClusterRole"
) -> Rights:
    """``rules`` bound to ``subject``, in one namespace or everywhere."""
    inside = {"namespace": namespace} if namespace else {}
    role_inside = inside if kind == "Role" else {}
    return Rights(
        [
            {"kind": kind, "metadata": {"name": "r", **role_inside}, "rules": list(rules)},
            {
                "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
                "metadata": {"name": "binding", **inside},
                "roleRef": {"kind": kind, "name": "r"},
                "subjects": [subject],
            },
        ]
    )


_SELF = {"kind": "ServiceAccount", "name": _OPERATOR.name, "namespace": _OPERATOR.namespace}
_SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}


@pytest.mark.parametrize(
    ("subject", "reached"),
    [
        (_SELF, True),
        ({"kind": "User", "name": "system:serviceaccount:keda:keda-operator"}, True),
        ({"kind": "User", "name": "keda-operator"}, False),
        ({"kind": "Group", "name": "system:serviceaccounts"}, True),
        ({"kind": "Group", "name": "system:serviceaccounts:keda"}, True),
        ({"kind": "Group", "name": "system:authenticated"}, True),
        ({"kind": "Group", "name": "system:serviceaccounts:other"}, False),
        ({"kind": "Group", "name": "system:masters"}, False),
    ],
    ids=str,
)
def test_an_account_is_reached_by_its_name_and_by_its_groups(subject: dict[str, Any], reached: bool) -> None:
    assert _rights(subject, _SECRETS).can(_OPERATOR, "list", "", "secrets") is reached


def test_a_right_by_a_group_is_no_account_that_a_binding_names() -> None:
    assert _rights(_SELF, _SECRETS).accounts() == {_OPERATOR}
    assert _rights({"kind": "Group", "name": "system:serviceaccounts"}, _SECRETS).accounts() == set()


def test_everything_is_every_verb_of_every_resource_of_every_name() -> None:
    named = {
        "apiGroups": ["", "apps"],
        "resources": ["a", "b"],
        "resourceNames": ["x", "y"],
        "verbs": ["get", "update"],
    }
    found = _rights(_SELF, named, _SECRETS).everything(_OPERATOR)
    assert len(found) == 2 * 2 * 2 * 2 + 2
    assert Permission(None, "apps", "b", "update", "y") in found
    assert Permission(None, "", "secrets", "list") in found
    assert set(found.values()) == {"ClusterRoleBinding/binding"}


@pytest.mark.parametrize("kind", ["Role", "ClusterRole"])
def test_everything_tells_the_namespace_of_a_role_binding(kind: str) -> None:
    found = _rights(_SELF, _SECRETS, namespace="keda", kind=kind).everything(_OPERATOR)
    assert {permission.namespace for permission in found} == {"keda"}
    assert _rights(_SELF, _SECRETS, namespace="keda", kind=kind).everything(Account("keda", "another")) == {}


def test_everything_leaves_wildcards_as_they_stand() -> None:
    found = _rights(_SELF, {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get"]}).everything(_OPERATOR)
    assert set(found) == {Permission(None, "*", "*", "get")}


@pytest.mark.parametrize(
    ("pattern", "path", "reached"),
    [
        ("/metrics", "/metrics", True),
        ("/metrics", "/metrics/cadvisor", False),
        ("/metrics/*", "/metrics/cadvisor", True),
        ("/healthz*", "/healthz/ping", True),
        ("*", "/anything", True),
        ("/readyz", "/healthz", False),
    ],
)
def test_a_path_is_reached_as_its_pattern_says(pattern: str, path: str, reached: bool) -> None:
    rights = _rights(_SELF, {"nonResourceURLs": [pattern], "verbs": ["get"]})
    assert rights.can_reach(_OPERATOR, "get", path) is reached
    assert not rights.can_reach(_OPERATOR, "post", path)
    assert not rights.can(_OPERATOR, "get", "", "secrets")


def test_a_role_binding_opens_no_path() -> None:
    rights = _rights(_SELF, {"nonResourceURLs": ["*"], "verbs": ["*"]}, namespace="keda")
    assert not rights.can_reach(_OPERATOR, "get", "/metrics")
    assert rights.paths(_OPERATOR) == {}


def test_a_permission_reads_as_a_sentence() -> None:
    assert str(Permission("keda", "", "secrets", "get", "kedaorg-certs")) == "get secrets kedaorg-certs in keda"
    assert str(Permission(None, "keda.sh", "scaledobjects", "list")) == "list scaledobjects.keda.sh everywhere"
