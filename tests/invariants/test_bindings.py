"""Each binding joins a role and an account that exist, and each account that runs a pod is there."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support import manifests
from tests.support.findings import Findings
from tests.support.rbac import Rights
from tests.support.renderings import Rendered

# The HPA controller of Kubernetes reads the metrics; its account belongs to the cluster.
_CONTROLLER = "horizontal-pod-autoscaler"


def test_no_binding_names_a_role_or_an_account_that_does_not_exist(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            rights = Rights(rendered.objects)
            running = {rendered.account(component) for component in rendered.deployments}
            for binding in rights.bindings:
                name = binding["metadata"]["name"]
                assert rights.role_of(binding), f"{binding['kind']}/{name} refers to {binding['roleRef']}"
                assert binding["subjects"]
                for subject in binding["subjects"]:
                    account = (subject["namespace"], subject["name"])
                    assert account in running or subject["name"] == _CONTROLLER, f"{name} binds {account}"
    findings.settle()


def test_no_role_is_left_without_a_binding(chunk: Sequence[Rendered]) -> None:
    """Aggregated roles apart: Kubernetes joins those to admin, edit and view."""
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            bound = {
                (
                    entry["roleRef"]["kind"],
                    entry["metadata"].get("namespace") if entry["roleRef"]["kind"] == "Role" else None,
                    entry["roleRef"]["name"],
                )
                for entry in Rights(rendered.objects).bindings
            }
            for kind in ("Role", "ClusterRole"):
                for role in manifests.all_of(rendered.objects, kind):
                    aggregated = any("aggregate-to-" in label for label in role["metadata"]["labels"])
                    key = (kind, role["metadata"].get("namespace"), role["metadata"]["name"])
                    assert aggregated or key in bound, f"{key} is bound to nobody"
    findings.settle()


def test_no_pod_runs_as_an_account_that_nobody_makes(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        stated = rendered.combination.values.get("serviceAccount", {})
        keys = {"operator": "operator", "metrics-apiserver": "metricServer", "admission-webhooks": "webhooks"}
        for component in rendered.deployments:
            with findings.of(f"{rendered.id} {component}"):
                if stated.get(keys[component], {}).get("create", True):
                    namespace, name = rendered.account(component)
                    manifests.one(rendered.objects, "ServiceAccount", name, namespace)
    findings.settle()


def test_no_rights_are_rendered_when_somebody_else_grants_them(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            create = rendered.combination.values.get("rbac", {}).get("create", True)
            kinds = {kind for kind, _ in manifests.inventory(rendered.objects)}
            assert bool(kinds & {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}) == create
    findings.settle()
