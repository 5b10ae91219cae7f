"""The judges of this suite are able to say no: each is shown what it must catch."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import certificates, manifests, pod_security
from tests.support.findings import Findings
from tests.support.rbac import Account, Rights

_OPERATOR = Account("keda", "keda-operator")


def _role(kind: str, name: str, rules: list[dict[str, Any]], namespace: str | None = None) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"kind": kind, "metadata": metadata, "rules": rules}


def _binding(kind: str, role: tuple[str, str], namespace: str | None = None) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": "binding", **({"namespace": namespace} if namespace else {})},
        "roleRef": {"kind": role[0], "name": role[1]},
        "subjects": [{"kind": "ServiceAccount", "name": _OPERATOR.name, "namespace": _OPERATOR.namespace}],
    }


def _cluster_wide(*rules: dict[str, Any]) -> Rights:
    return Rights(
        [_role("ClusterRole", "r", list(rules)), _binding("ClusterRoleBinding", ("ClusterRole", "r"))],
    )


def _rule(group: str, resource: str, *verbs: str, names: list[str] | None = None) -> dict[str, Any]:
    return {
        "apiGroups": [group],
        "resources": [resource],
        "verbs": list(verbs),
        **({"resourceNames": names} if names else {}),
    }


def test_a_wildcard_that_opens_every_secret_is_seen() -> None:
    """The rule of the official chart's default rbac.scaledRefKinds."""
    rights = _cluster_wide(_rule("*", "*", "get"))
    assert rights.can(_OPERATOR, "get", "", "secrets", namespace="anywhere", name="any")
    assert not rights.can(_OPERATOR, "list", "", "secrets", namespace="anywhere")


def test_a_wildcard_of_subresources_opens_no_resource() -> None:
    rights = _cluster_wide(_rule("*", "*/scale", "get"))
    assert rights.can(_OPERATOR, "get", "apps", "deployments/scale", namespace="a", name="b")
    assert not rights.can(_OPERATOR, "get", "", "secrets", namespace="a", name="b")
    assert not rights.can(_OPERATOR, "get", "apps", "deployments/status", namespace="a", name="b")


def test_a_rule_with_names_covers_those_names_and_no_list() -> None:
    rights = _cluster_wide(_rule("", "secrets", "get", "list", "create", names=["kedaorg-certs"]))
    assert rights.can(_OPERATOR, "get", "", "secrets", namespace="keda", name="kedaorg-certs")
    assert not rights.can(_OPERATOR, "get", "", "secrets", namespace="keda", name="another")
    for verb in ("list", "create"):
        assert not rights.can(_OPERATOR, verb, "", "secrets", namespace="keda")


def test_a_role_binding_opens_its_own_namespace_only() -> None:
    rights = Rights(
        [
            _role("ClusterRole", "r", [_rule("", "secrets", "list")]),
            _binding("RoleBinding", ("ClusterRole", "r"), "keda"),
        ]
    )
    assert rights.can(_OPERATOR, "list", "", "secrets", namespace="keda")
    assert not rights.can(_OPERATOR, "list", "", "secrets", namespace="another")
    assert not rights.can(_OPERATOR, "list", "", "secrets"), "a list over all namespaces"


def test_a_binding_gives_nothing_to_another_account_or_through_a_missing_role() -> None:
    rights = _cluster_wide(_rule("", "secrets", "list"))
    assert not rights.can(Account("another", _OPERATOR.name), "list", "", "secrets")
    dangling = _binding("RoleBinding", ("Role", "r"), "keda")
    elsewhere = Rights([_role("Role", "r", [_rule("", "secrets", "list")], "another"), dangling])
    assert elsewhere.role_of(dangling) is None
    assert not elsewhere.can(_OPERATOR, "list", "", "secrets", namespace="keda")


_SAFE: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _pod(container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {"containers": [{"name": "keda", "securityContext": {**_SAFE, **(container or {})}}], **spec}


def test_a_safe_pod_is_admitted() -> None:
    assert pod_security.violations(_pod(volumes=[{"name": "a", "secret": {"secretName": "a"}}])) == []


@pytest.mark.parametrize(
    "pod",
    [
        _pod({"allowPrivilegeEscalation": None}),
        _pod({"privileged": True}),
        _pod({"runAsNonRoot": None}),
        _pod({"runAsUser": 0}),
        _pod({"capabilities": {"drop": ["NET_RAW"]}}),
        _pod({"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}),
        _pod({"seccompProfile": None}),
        _pod({"seccompProfile": {"type": "Unconfined"}}),
        _pod({"procMount": "Unmasked"}),
        _pod({"seLinuxOptions": {"type": "spc_t"}}),
        _pod({"appArmorProfile": {"type": "Unconfined"}}),
        _pod(hostNetwork=True),
        _pod(hostPID=True),
        _pod(volumes=[{"name": "a", "hostPath": {"path": "/"}}]),
        _pod(securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}),
        _pod(securityContext={"runAsUser": 0}),
        _pod(initContainers=[{"name": "init"}]),
    ],
    ids=str,
)
def test_a_pod_that_the_restricted_profile_forbids_is_seen(pod: dict[str, Any]) -> None:
    assert pod_security.violations(pod)


def test_trust_is_given_to_the_own_ca_and_the_own_name_only() -> None:
    host = "keda-operator.keda.svc"
    own = certificates.leaf([host])
    by_company = certificates.leaf([host], certificates.intermediate())
    root, foreign = certificates.authority().pem, certificates.foreign_authority().pem
    assert certificates.trusts(root, own, host)
    assert certificates.trusts(
        certificates.bundle(certificates.foreign_authority(), certificates.authority()), own, host
    )
    assert certificates.trusts(root, by_company, host, via=[certificates.intermediate()])
    assert not certificates.trusts(root, by_company, host), "the intermediate is missing"
    assert not certificates.trusts(foreign, own, host)
    assert not certificates.trusts(root, own, "keda-operator.another.svc")


def test_a_lookup_that_finds_nothing_or_two_lists_what_exists() -> None:
    objects = [{"kind": "Service", "metadata": {"name": "a", "namespace": namespace}} for namespace in ("x", "y")]
    for kind, name in (("Service", "a"), ("Service", "b"), ("Secret", "a")):
        with pytest.raises(AssertionError, match="Service/a"):
            manifests.one(objects, kind, name)
    assert manifests.one(objects, "Service", "a", "y")["metadata"]["namespace"] == "y"


def _broken() -> None:
    raise AssertionError("broken")


def test_a_loop_over_nothing_fails_and_a_failure_is_told() -> None:
    with pytest.raises(AssertionError, match="the loop was empty"):
        Findings().settle()
    findings = Findings()
    with findings.of("first"):
        assert True
    with findings.of("second"):
        _broken()
    with pytest.raises(AssertionError, match=r"1 of 2 are wrong:\n- second\n    broken"):
        findings.settle()
