"""Each binding joins a role and an account that exist, and each account that runs a pod is there."""

from __future__ import annotations

from collections.abc import Iterator

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import manifests
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component
from tests.support.rbac import KINDS
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT

# The HPA controller of Kubernetes reads the metrics; its account belongs to the cluster.
_CONTROLLER = "horizontal-pod-autoscaler"


def no_binding_names_a_role_or_an_account_that_does_not_exist(rendered: Rendered) -> Iterator[Problem]:
    """The API server takes such a binding, and it gives nobody anything."""
    running = {rendered.account(component) for component in rendered.deployments}
    for binding in rendered.rights.bindings:
        if rendered.rights.role_of(binding) is None:
            yield Problem(place(binding), f"refers to {binding['roleRef']['kind']} {binding['roleRef']['name']}")
        if not binding.get("subjects"):
            yield Problem(place(binding), "binds nobody")
        for subject in binding.get("subjects") or []:
            account = subject.get("namespace"), subject["name"]
            if account not in running and subject["name"] != _CONTROLLER:
                yield Problem(place(binding), f"binds {account[0]}/{account[1]}, as which no pod runs")


def no_role_is_left_without_a_binding(rendered: Rendered) -> Iterator[Problem]:
    """Aggregated roles apart: Kubernetes joins those to admin, edit and view."""
    bound = {
        (
            entry["roleRef"]["kind"],
            entry["metadata"].get("namespace") if entry["roleRef"]["kind"] == "Role" else None,
            entry["roleRef"]["name"],
        )
        for entry in rendered.rights.bindings
    }
    for kind in ("Role", "ClusterRole"):
        for role in manifests.all_of(rendered.own_objects, kind):
            aggregated = any("aggregate-to-" in label for label in role["metadata"]["labels"])
            key = (kind, role["metadata"].get("namespace"), role["metadata"]["name"])
            if not aggregated and key not in bound:
                yield Problem(place(role), "is bound to nobody")


@of_each_component
def no_pod_runs_as_an_account_that_nobody_makes(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """The ReplicaSet would fail to create a single pod."""
    made = {
        (account["metadata"].get("namespace"), account["metadata"]["name"])
        for account in manifests.all_of(rendered.objects, "ServiceAccount")
    }
    path = f"{OF_COMPONENT[component].account}.create"
    if rendered.setting(path) and rendered.account(component) not in made:
        yield Problem(place(deployment), f"runs as {'/'.join(rendered.account(component))}, which is not rendered")


def no_rights_are_rendered_when_somebody_else_grants_them(rendered: Rendered) -> Iterator[Problem]:
    """rbac.create: false is for people who may not create roles: one left over fails their installation."""
    found = [manifest for kind in KINDS for manifest in manifests.all_of(rendered.own_objects, kind)]
    if rendered.setting("rbac.create"):
        if not found:
            raise LookupError("rbac.create is true, and no role or binding is rendered")
        return
    for manifest in found:
        yield Problem(place(manifest), "is rendered with rbac.create: false", "rbac.create", "set it to true")


RELATIONS: tuple[Relation, ...] = (
    no_binding_names_a_role_or_an_account_that_does_not_exist,
    no_role_is_left_without_a_binding,
    no_pod_runs_as_an_account_that_nobody_makes,
    no_rights_are_rendered_when_somebody_else_grants_them,
)
