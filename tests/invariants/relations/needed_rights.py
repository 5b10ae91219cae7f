"""What each binary calls is granted where it calls it, and nothing beyond, but for the rows below that say why.

``ROWS`` is read off the sources of KEDA 2.21.0: its RBAC markers (schemas/keda/rights.yaml) name rights, and the code tells which
of their verbs are ever used, and where. ../test_relations_bite_needed_rights.py holds the rows against the markers, both ways.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.invariants.relations.relation import Problem, Relation
from tests.support import binaries, manifests, modes
from tests.support.questions import of_each
from tests.support.rbac import Account, Permission
from tests.support.renderings import Rendered

# Who has rights beside the three components: the controller of the control plane that reads the metrics.
HPA_CONTROLLER = "horizontal-pod-autoscaler"
AUTHENTICATION = "extension-apiserver-authentication"

Place = Callable[[Rendered], list[str | None]]
When = Callable[[Rendered], object]


# --- Where and when ----------------------------------------------------------------------------------------------------


def watched(rendered: Rendered) -> list[str | None]:
    """The watched namespaces; every namespace (None) when none is named."""
    names = rendered.environment("operator")["WATCH_NAMESPACE"]
    return [*names.split(",")] if names else [None]


def cluster(_: Rendered) -> list[str | None]:
    """Cluster-scoped objects, or those of every namespace."""
    return [None]


def release(rendered: Rendered) -> list[str | None]:
    """The namespace of KEDA's pods."""
    return [rendered.operator["metadata"]["namespace"]]


def cluster_objects(rendered: Rendered) -> list[str | None]:
    """The namespace of the Secrets that ClusterTriggerAuthentications name."""
    return [rendered.environment("operator")["KEDA_CLUSTER_OBJECT_NAMESPACE"]]


def default_namespace(_: Rendered) -> list[str | None]:
    """Where Kubernetes keeps the events of cluster-scoped objects."""
    return ["default"]


def kube_system(_: Rendered) -> list[str | None]:
    return ["kube-system"]


def always(_: Rendered) -> bool:
    return True


def unrestricted(rendered: Rendered) -> bool:
    return not rendered.setting("permissions.operator.restrict.secret")


def of_any_kind(rendered: Rendered) -> bool:
    return bool(rendered.setting("rbac.enabledCustomScaledRefKinds"))


def _passes(flag: str, component: str = "operator") -> When:
    return lambda rendered: "true" in rendered.flag(component, flag)


def _serving_secret(rendered: Rendered) -> str:
    name: str = manifests.volume(rendered.operator, "certificates")["secret"]["secretName"]
    return name


def _webhook_configuration(rendered: Rendered) -> str:
    (name,) = rendered.flag("operator", "validating-webhook-name")
    return name


# --- The table ---------------------------------------------------------------------------------------------------------

_MARKER = "KEDA's marker asks for it, and it opens nothing that the verbs in use leave closed"
_LISTED = "whoever may list the objects has read each of them"
_SAME_EVENTS = "events of both API groups are the same objects"


@dataclass(frozen=True)
class Row:
    """Rights of one binary: ``needed`` verbs must be granted at every ``place``, ``tolerated`` ones may be, for ``reason``.

    ``name``: the ``named`` verbs may be limited to the object of that name, and must not go further.
    """

    component: str
    group: str
    resources: str
    needed: str
    place: Place
    tolerated: str = ""
    reason: str = _MARKER
    when: When = always
    name: Callable[[Rendered], str] | None = None
    named: str = "get update patch delete"

    def permissions(self, rendered: Rendered, verbs: str) -> Iterator[Permission]:
        """The row's permissions for ``verbs`` in a render; none when the row does not apply to it."""
        if not verbs or not self.when(rendered):
            return
        name = self.name(rendered) if self.name else None
        for namespace in self.place(rendered):
            yield from _permissions(namespace, self.group, self.resources, verbs, name, self.named)


# Renders differ in few of them.
@functools.lru_cache(maxsize=1_000)
def _permissions(
    namespace: str | None, group: str, resources: str, verbs: str, name: str | None, named: str
) -> tuple[Permission, ...]:
    return tuple(
        Permission(namespace, group, resource, verb, name if verb in named.split() else None)
        for resource in resources.split()
        for verb in verbs.split()
    )


_KEDA, _EVENTING = "keda.sh", "eventing.keda.sh"
_O, _M, _W = "operator", "metrics-apiserver", "admission-webhooks"
ROWS: tuple[Row, ...] = (
    Row(_O, _KEDA, "scaledobjects scaledjobs triggerauthentications", "list watch update", watched, "get patch"),
    Row(
        _O,
        _KEDA,
        "scaledobjects/status scaledjobs/status triggerauthentications/status",
        "patch",
        watched,
        "get list watch update",
    ),
    # Owner references with blockOwnerDeletion need it.
    Row(_O, _KEDA, "scaledobjects/finalizers scaledjobs/finalizers", "update", watched, "get list watch patch"),
    Row(_O, _KEDA, "clustertriggerauthentications", "list watch update", cluster, "get patch"),
    Row(_O, _KEDA, "clustertriggerauthentications/status", "patch", cluster, "get list watch update"),
    # These controllers start whether somebody uses their kinds or not.
    Row(_O, _EVENTING, "cloudeventsources", "list watch update", watched, "get patch"),
    Row(_O, _EVENTING, "cloudeventsources/status", "patch", watched, "get list watch update"),
    Row(_O, _EVENTING, "clustercloudeventsources", "list watch update", cluster, "get patch"),
    Row(_O, _EVENTING, "clustercloudeventsources/status", "patch", cluster, "get list watch update"),
    Row(_O, "autoscaling", "horizontalpodautoscalers", "list watch create update delete", watched, "get patch"),
    Row(_O, "batch", "jobs", "list watch create delete", watched, "get update patch"),
    # Typed reads go through a cache, which lists and watches.
    Row(_O, "apps", "deployments statefulsets replicasets", "list watch", watched, "get", _LISTED),
    Row(_O, "", "pods configmaps", "list watch", watched, "get"),
    Row(_O, "", "serviceaccounts", "list watch", watched, "get", _LISTED),
    Row(_O, "discovery.k8s.io", "endpointslices", "list watch", watched, "get"),
    Row(_O, "", "secrets", "list watch", watched, "get", when=unrestricted),
    # Its informer on these blocks the start, in every certificate mode and under every restriction.
    Row(_O, "", "secrets", "list watch", cluster_objects, "get", _LISTED),
    Row(_O, "events.k8s.io", "events", "create patch", watched),
    Row(_O, "", "events", "", watched, "create patch", _SAME_EVENTS),
    Row(
        _O,
        "events.k8s.io",
        "events",
        "create patch",
        default_namespace,
        # Granted without a binding in a namespace that is not the release's.
    ),
    Row(_O, "events.k8s.io", "events", "", cluster, "create patch", "an event tells nothing and changes nothing"),
    # Leader election reports through the core group.
    Row(_O, "", "events", "create patch", release),
    Row(_O, "events.k8s.io", "events", "", release, "create patch", _SAME_EVENTS),
    Row(_O, "coordination.k8s.io", "leases", "get create update", release, "patch"),
    Row(_O, "apps", "deployments/scale statefulsets/scale", "get update", watched, "list watch patch"),
    Row(_O, "*", "*/scale", "get update", watched, "list watch patch", when=of_any_kind),
    Row(
        _O,
        "",
        "secrets",
        "list watch create get update",
        release,
        "patch",
        when=_passes("enable-cert-rotation"),
        name=_serving_secret,
    ),
    Row(
        _O,
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
        "list watch update",
        cluster,
        "get patch",
        when=_passes("enable-webhook-patching"),
        name=_webhook_configuration,
    ),
    Row(
        _O,
        "apiregistration.k8s.io",
        "apiservices",
        "list watch update",
        cluster,
        "get patch",
        when=_passes("enable-apiservice-patching"),
        name=lambda _: modes.APISERVICE,
    ),
    Row(
        _O,
        "",
        "serviceaccounts/token",
        "create",
        cluster,
        when=lambda rendered: rendered.setting("permissions.operator.restrict.allowAllServiceAccountTokenCreation"),
    ),
    Row(_M, "authentication.k8s.io", "tokenreviews", "create", cluster),
    Row(_M, "authorization.k8s.io", "subjectaccessreviews", "create", cluster),
    Row(
        _M,
        "",
        "configmaps",
        "get list watch",
        kube_system,
        name=lambda _: AUTHENTICATION,
        named="get list watch",
    ),
    Row(
        _M,
        "",
        "configmaps",
        "",
        cluster,
        "get list watch",
        "rbac.authenticationReader: for installers without rights in kube-system; one name, which is there alone",
        when=lambda rendered: rendered.setting("rbac.authenticationReader") == "ClusterRole",
        name=lambda _: AUTHENTICATION,
        named="get list watch",
    ),
    # KEDA has no markers for the webhooks: apis/keda/v1alpha1/scaledobject_webhook.go. Their cache knows no namespaces.
    Row(_W, _KEDA, "scaledobjects", "list watch", cluster),
    Row(_W, "autoscaling", "horizontalpodautoscalers", "list watch", cluster),
    Row(_W, "apps", "deployments statefulsets", "list watch", cluster, "get", _LISTED),
    Row(
        _W,
        "apps",
        "deployments statefulsets",
        "get",
        cluster,
        when=_passes("cache-miss-to-direct-client", "admission-webhooks"),
    ),
    Row(_W, "", "limitranges", "list watch", cluster),
    Row(_W, "events.k8s.io", "events", "create patch", cluster),
    # The resource that is asked about is the metric's name.
    Row(HPA_CONTROLLER, "external.metrics.k8s.io", "*", "get list", cluster, "watch", _LISTED),
)
# Rights of KEDA's markers that no binary uses: (group, resource, verbs), why. They are not granted.
UNUSED: dict[tuple[str, str, str], str] = {
    ("", "configmaps/status", "get list watch"): "nothing in the code reads it",
    ("", "services", "get list watch"): "nothing in the code reads it",
    ("", "external", "get list watch"): "no resource of Kubernetes has that name",
    ("", "limitranges", "list watch"): "only the webhooks read them, which have a row of their own",
    ("", "secrets", "delete"): "the rotation creates and updates one Secret",
    ("coordination.k8s.io", "leases", "list watch delete"): "leader election gets, creates and updates one lease",
    ("*", "*", "get"): "for scale targets of any kind: rbac.scaledRefKinds says which, see scaled_kinds",
}


def scaled_kinds(rendered: Rendered) -> Iterator[Permission]:
    """Reading the scale targets that rbac.scaledRefKinds lists; not the wildcard that would open every Secret."""
    if not of_any_kind(rendered):
        return
    for kind in rendered.setting("rbac.scaledRefKinds") or []:
        opens_secrets = kind["apiGroup"] in ("", "*") and kind["kind"] in ("*", "secrets")
        if unrestricted(rendered) or not opens_secrets:
            for namespace in watched(rendered):
                yield Permission(namespace, kind["apiGroup"], kind["kind"], "get")


def tokens(rendered: Rendered) -> Iterator[Permission]:
    """Tokens of the accounts that permissions.operator.restrict.serviceAccountTokenCreationRoles lists."""
    path = "permissions.operator.restrict.serviceAccountTokenCreationRoles"
    for role in rendered.setting(path) or []:
        yield Permission(role["namespace"], "", "serviceaccounts/token", "create", role["name"])


# --- The relations -----------------------------------------------------------------------------------------------------


Held = tuple[Account, frozenset[str]]


def _accounts(rendered: Rendered) -> dict[Account, frozenset[str]]:
    """Account -> the components that use it, the HPA controller's included; empty when somebody else grants the rights."""
    if not rendered.setting("rbac.create"):
        return {}
    found: dict[Account, set[str]] = {}
    for component in rendered.deployments:
        found.setdefault(Account(*rendered.account(component)), set()).add(component)
    if "metrics-apiserver" in rendered.deployments:
        namespace = rendered.setting("rbac.controlPlaneServiceAccountsNamespace")
        found.setdefault(Account(namespace, HPA_CONTROLLER), set()).add(HPA_CONTROLLER)
    return {account: frozenset(components) for account, components in found.items()}


def _held(rendered: Rendered) -> Iterator[Held]:
    yield from _accounts(rendered).items()


def _needed(rendered: Rendered, components: frozenset[str]) -> frozenset[Permission]:
    rows = [row for row in ROWS if row.component in components]
    found = {permission for row in rows for permission in row.permissions(rendered, row.needed)}
    return frozenset(found | ({*scaled_kinds(rendered), *tokens(rendered)} if "operator" in components else set()))


def _tolerated(rendered: Rendered, components: frozenset[str]) -> frozenset[Permission]:
    rows = [row for row in ROWS if row.component in components]
    return frozenset(permission for row in rows for permission in row.permissions(rendered, row.tolerated))


def _where(account: Account) -> str:
    return f"ServiceAccount {account.namespace}/{account.name}"


@of_each(_held)
def every_binary_may_do_what_it_calls(rendered: Rendered, held: Held) -> Iterator[Problem]:
    """It would wait for a cache that never fills, or log "forbidden" for ever."""
    account, components = held
    needed = rendered.fact(_needed, components)
    if not needed:
        raise LookupError(f"{_where(account)} needs nothing for {sorted(components)}")
    granted = rendered.rights.everything(account)
    for permission in sorted(needed - granted.keys(), key=str):
        if not rendered.rights.can(
            account,
            permission.verb,
            permission.group,
            permission.resource,
            namespace=permission.namespace,
            name=permission.name,
        ):
            yield Problem(_where(account), f"cannot {permission}, which {' and '.join(sorted(components))} calls")


@of_each(_held)
def no_account_may_do_more_than_its_binary_calls(rendered: Rendered, held: Held) -> Iterator[Problem]:
    """Whoever takes over the pod has what its account has."""
    account, components = held
    allowed = rendered.fact(_needed, components) | rendered.fact(_tolerated, components)
    granted = rendered.rights.everything(account)
    if not granted:
        raise LookupError(f"{_where(account)} of {sorted(components)} may do nothing")
    for permission, origin in granted.items():
        if permission not in allowed and not _within(permission, allowed):
            yield Problem(_where(account), f"can {permission} through {origin}, and nothing calls that")
    for (verb, path), origin in rendered.rights.paths(account).items():
        yield Problem(_where(account), f"can {verb} {path} through {origin}, and nothing calls that")


def _within(permission: Permission, allowed: frozenset[Permission]) -> bool:
    """Whether ``permission`` is an allowed one, or one of an allowed one's namespaces or names."""
    return any(
        Permission(namespace, permission.group, permission.resource, permission.verb, name) in allowed
        for namespace in (permission.namespace, None)
        for name in (permission.name, None)
    )


def no_right_goes_to_anybody_else(rendered: Rendered) -> Iterator[Problem]:
    """An account that the chart does not run would act on KEDA's behalf, and so would every account of a group."""
    own = _accounts(rendered)
    for binding in rendered.rights.bindings:
        where = f"{binding['kind']} {binding['metadata']['name']}"
        for subject in binding.get("subjects") or []:
            if subject["kind"] != "ServiceAccount":
                yield Problem(where, f"binds the {subject['kind'].lower()} {subject['name']}")
            elif Account(subject["namespace"], subject["name"]) not in own:
                yield Problem(where, f"binds {subject['namespace']}/{subject['name']}, which nothing runs as")


def restricted_secrets_are_read_by_nobody(rendered: Rendered) -> Iterator[Problem]:
    """The restriction would be a word: any rule of any role, wildcards included, would undo it."""
    if unrestricted(rendered):
        return
    open_to_all = {*release(rendered), *cluster_objects(rendered)}
    for account in _accounts(rendered):
        for namespace in ({"somebody-elses-namespace", None, *watched(rendered)}) - open_to_all:
            for verb in ("get", "list", "watch"):
                for name in (None, "any-secret"):
                    if rendered.rights.can(account, verb, "", "secrets", namespace=namespace, name=name):
                        yield Problem(
                            _where(account),
                            f"can {Permission(namespace, '', 'secrets', verb, name)}",
                            "permissions.operator.restrict.secret",
                            "name in rbac.scaledRefKinds what is scaled, not Secrets",
                        )


def roles_of_people_give_what_keda_publishes(rendered: Rendered) -> Iterator[Problem]:
    """An editor could not delete a ScaledObject, or a viewer could change one."""
    published = binaries.roles()
    for role in manifests.all_of(rendered.own_objects, "ClusterRole"):
        if not any("aggregate-to-" in label for label in role["metadata"].get("labels") or {}):
            continue
        name: str = role["metadata"]["name"]
        expected = published.get(f"keda:{name.rpartition(':')[2]}")
        if expected is None:
            yield Problem(f"ClusterRole {name}", "joins the roles of people, and KEDA publishes no such role")
        elif _flat(role["rules"]) != _flat(expected):
            yield Problem(f"ClusterRole {name}", f"gives {role['rules']}, KEDA publishes {expected}")


def _flat(rules: Iterable[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(g, r, v) for rule in rules for g in rule["apiGroups"] for r in rule["resources"] for v in rule["verbs"]}


RELATIONS: tuple[Relation, ...] = (
    every_binary_may_do_what_it_calls,
    no_account_may_do_more_than_its_binary_calls,
    no_right_goes_to_anybody_else,
    restricted_secrets_are_read_by_nobody,
    roles_of_people_give_what_keda_publishes,
)
