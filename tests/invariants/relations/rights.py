"""Who may do what, asked of an evaluator over all rendered roles and bindings."""

from __future__ import annotations

from collections.abc import Iterator

from tests.invariants.relations.relation import Problem, Relation
from tests.support import manifests, modes
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component
from tests.support.rbac import Account
from tests.support.renderings import Rendered

READING = ("get", "list", "watch")
WRITING = ("create", "update", "patch", "delete", "deletecollection")
ELSEWHERE = "somebody-elses-namespace"
_ANY = "any-secret"
_RESTRICT = "permissions.operator.restrict"


class _Request:
    """The questions of one relation about one account; each answer that is not the expected one is a problem."""

    def __init__(self, rendered: Rendered, component: str) -> None:
        self.account = Account(*rendered.account(component))
        self._rights = rendered.rights

    def _can(self, verb: str, group: str, resource: str, namespace: str | None, name: str | None) -> bool:
        return self._rights.can(self.account, verb, group, resource, namespace=namespace, name=name)

    def expect(
        self,
        allowed: bool,
        verb: str,
        group: str,
        resource: str,
        *,
        namespace: str | None = None,
        name: str | None = None,
        path: str = "",
        fix: str = "",
    ) -> Iterator[Problem]:
        if self._can(verb, group, resource, namespace, name) == allowed:
            return
        target = f" {name}" if name else ""
        scope = f" in {namespace}" if namespace else ""
        word = "cannot" if allowed else "can"
        where = f"ServiceAccount {self.account.namespace}/{self.account.name}"
        yield Problem(where, f"{word} {verb} {resource}{target}{scope}", path, fix)


def _requests(rendered: Rendered, component: str = "operator") -> list[_Request]:
    """The questioner for a component; none when the rights are granted by somebody else."""
    if not rendered.setting("rbac.create"):
        return []
    if rendered.rights.is_empty:
        raise LookupError("rbac.create is true, and there is no binding")
    return [_Request(rendered, component)]


def _object_namespace(rendered: Rendered) -> str:
    return rendered.setting("operator.clusterObjectNamespace") or rendered.combination.namespace


def _watched(rendered: Rendered) -> list[str]:
    watched = rendered.environment("operator")["WATCH_NAMESPACE"]
    return watched.split(",") if watched else []


def restricted_secrets_cannot_be_read_outside_kedas_namespaces(rendered: Rendered) -> Iterator[Problem]:
    """No wildcard, no kind, no rule may open what permissions.operator.restrict.secret closes."""
    path, fix = "rbac.scaledRefKinds", "name the API group and the kind that are scaled, not Secrets"
    for request in _requests(rendered):
        for verb in READING if rendered.setting(f"{_RESTRICT}.secret") else ():
            for name in (None, _ANY):
                yield from request.expect(False, verb, "", "secrets", name=name, path=path, fix=fix)
                yield from request.expect(
                    False, verb, "", "secrets", namespace=ELSEWHERE, name=name, path=path, fix=fix
                )


def nobody_writes_the_secrets_of_others(rendered: Rendered) -> Iterator[Problem]:
    """KEDA reads credentials; whoever may write them owns every workload that uses them."""
    for request in _requests(rendered):
        for verb in WRITING:
            yield from request.expect(False, verb, "", "secrets", namespace=ELSEWHERE, name=_ANY)


def the_operator_always_reads_the_secrets_that_its_start_waits_for(rendered: Rendered) -> Iterator[Problem]:
    """Without list and watch in this namespace the operator blocks before its health port answers, in every mode."""
    for request in _requests(rendered):
        for verb in ("list", "watch"):
            yield from request.expect(True, verb, "", "secrets", namespace=_object_namespace(rendered))


def unrestricted_the_operator_reads_secrets_where_it_watches(rendered: Rendered) -> Iterator[Problem]:
    """A TriggerAuthentication would find no credentials, and its workload would not scale."""
    if rendered.setting(f"{_RESTRICT}.secret"):
        return
    namespaces: list[str | None] = [*_watched(rendered)] or [None]
    for request in _requests(rendered):
        for namespace in namespaces:
            for verb in READING:
                yield from request.expect(True, verb, "", "secrets", namespace=namespace)


def only_the_operator_that_writes_the_serving_secret_may_write_it(rendered: Rendered) -> Iterator[Problem]:
    """Too little, and the operator never starts; too much, and it can replace any Secret of its namespace."""
    namespace = rendered.combination.namespace
    serving = manifests.volume(rendered.operator, "certificates")["secret"]["secretName"]
    writes = rendered.combination.mode.rights
    for request in _requests(rendered):
        if writes:
            yield from request.expect(True, "get", "", "secrets", namespace=namespace, name=serving)
        yield from request.expect(writes, "create", "", "secrets", namespace=namespace)
        for verb in ("update", "patch"):
            yield from request.expect(writes, verb, "", "secrets", namespace=namespace, name=serving)
            yield from request.expect(False, verb, "", "secrets", namespace=namespace, name=_ANY)
        for verb in ("delete", "deletecollection"):
            yield from request.expect(False, verb, "", "secrets", namespace=namespace, name=serving)


def only_what_the_operator_patches_is_open_to_it_and_by_name(rendered: Rendered) -> Iterator[Problem]:
    """Whoever may change any webhook configuration or APIService can read and change every object of the cluster."""
    patched = (
        ("apiregistration.k8s.io", "apiservices", "enable-apiservice-patching", modes.APISERVICE),
        (
            "admissionregistration.k8s.io",
            "validatingwebhookconfigurations",
            "enable-webhook-patching",
            (rendered.flag("operator", "validating-webhook-name") or ["keda-admission"])[0],
        ),
    )
    for request in _requests(rendered):
        for group, resource, flag, name in patched:
            expected = rendered.flag("operator", flag) == ["true"]
            yield from request.expect(expected, "update", group, resource, name=name)
            for verb in ("list", "watch"):
                yield from request.expect(expected, verb, group, resource)
            for verb in WRITING:
                yield from request.expect(False, verb, group, resource, name="of-somebody-else")
            for verb in ("create", "delete", "deletecollection"):
                yield from request.expect(False, verb, group, resource, name=name)


@of_each_component
def no_component_but_the_operator_reads_what_belongs_to_others(
    rendered: Rendered, component: str, _: Manifest
) -> Iterator[Problem]:
    """The metrics API server and the webhooks never see a Secret, nor write anything but events."""
    if rendered.account(component) == rendered.account("operator"):
        return
    for request in _requests(rendered, component):
        for verb in (*READING, *WRITING):
            for namespace in (None, rendered.combination.namespace, ELSEWHERE):
                yield from request.expect(False, verb, "", "secrets", namespace=namespace, name="any")
            if verb in WRITING:
                yield from request.expect(False, verb, "keda.sh", "scaledobjects", namespace=ELSEWHERE)
                yield from request.expect(False, verb, "apps", "deployments", namespace=ELSEWHERE)


@of_each_component
def nobody_may_raise_their_own_rights(rendered: Rendered, component: str, _: Manifest) -> Iterator[Problem]:
    """A pod that may bind roles, impersonate or run commands in other pods is an administrator."""
    for request in _requests(rendered, component):
        for kind in ("roles", "clusterroles", "rolebindings", "clusterrolebindings"):
            for verb in (*WRITING, "bind", "escalate"):
                yield from request.expect(False, verb, "rbac.authorization.k8s.io", kind, name="any")
        yield from request.expect(False, "impersonate", "", "users", name="any")
        yield from request.expect(False, "create", "", "pods/exec", name="any")


def tokens_are_made_for_the_listed_accounts_only(rendered: Rendered) -> Iterator[Problem]:
    """A token of an account is everything that the account may do."""
    everywhere = bool(rendered.setting(f"{_RESTRICT}.allowAllServiceAccountTokenCreation"))
    token = ("create", "", "serviceaccounts/token")
    for request in _requests(rendered):
        yield from request.expect(everywhere, *token, namespace=ELSEWHERE, name="any")
        for role in rendered.setting(f"{_RESTRICT}.serviceAccountTokenCreationRoles") or []:
            yield from request.expect(True, *token, namespace=role["namespace"], name=role["name"])
            yield from request.expect(everywhere, *token, namespace=role["namespace"], name="another")


def a_watch_scope_is_a_border(rendered: Rendered) -> Iterator[Problem]:
    """An operator that watches two namespaces must not read workloads of a third."""
    watched = _watched(rendered)
    kinds = (("apps", "deployments"), ("", "pods"), ("", "configmaps"), ("keda.sh", "scaledobjects"))
    for request in _requests(rendered):
        for group, resource in kinds:
            yield from request.expect(not watched, "list", group, resource, namespace=ELSEWHERE)
        for namespace in watched:
            yield from request.expect(
                True, "update", "keda.sh", "scaledobjects/status", namespace=namespace, name="any"
            )
            yield from request.expect(True, "create", "autoscaling", "horizontalpodautoscalers", namespace=namespace)
        # These two kinds have no namespace.
        yield from request.expect(True, "list", "keda.sh", "clustertriggerauthentications")
        yield from request.expect(True, "list", "eventing.keda.sh", "clustercloudeventsources")


RELATIONS: tuple[Relation, ...] = (
    restricted_secrets_cannot_be_read_outside_kedas_namespaces,
    nobody_writes_the_secrets_of_others,
    the_operator_always_reads_the_secrets_that_its_start_waits_for,
    unrestricted_the_operator_reads_secrets_where_it_watches,
    only_the_operator_that_writes_the_serving_secret_may_write_it,
    only_what_the_operator_patches_is_open_to_it_and_by_name,
    no_component_but_the_operator_reads_what_belongs_to_others,
    nobody_may_raise_their_own_rights,
    tokens_are_made_for_the_listed_accounts_only,
    a_watch_scope_is_a_border,
)
