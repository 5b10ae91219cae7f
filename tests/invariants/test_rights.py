"""Who may do what, asked of an evaluator over all rendered roles and bindings, in every combination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.support import combinations, manifests, modes
from tests.support.findings import Findings
from tests.support.rbac import Account, Rights
from tests.support.renderings import Rendered

_READING = ("get", "list", "watch")
_WRITING = ("create", "update", "patch", "delete", "deletecollection")
_ELSEWHERE = "somebody-elses-namespace"


def _with_rights(chunk: Sequence[Rendered]) -> Iterator[tuple[Rendered, Rights, Account]]:
    """The renderings that bring rights, with the operator's account."""
    for rendered in chunk:
        if rendered.combination.values.get("rbac", {}).get("create", True):
            yield rendered, Rights(rendered.objects), Account(*rendered.account("operator"))


def _restrictions(rendered: Rendered) -> dict[str, Any]:
    found: dict[str, Any] = rendered.combination.values.get("permissions", {}).get("operator", {}).get("restrict", {})
    return found


def _object_namespace(rendered: Rendered) -> str:
    stated: str = rendered.combination.values.get("operator", {}).get("clusterObjectNamespace", "")
    return stated or rendered.combination.namespace


def test_restricted_secrets_cannot_be_read_outside_kedas_namespaces(chunk: Sequence[Rendered]) -> None:
    """No wildcard, no kind, no rule may open what permissions.operator.restrict.secret closes."""
    findings = Findings()
    for rendered, rights, operator in _with_rights(chunk):
        restricted = bool(_restrictions(rendered).get("secret"))
        with findings.of(rendered.id):
            for verb in _READING:
                for name in (None, "any-secret"):
                    everywhere = rights.can(operator, verb, "", "secrets", name=name)
                    elsewhere = rights.can(operator, verb, "", "secrets", namespace=_ELSEWHERE, name=name)
                    assert not (restricted and (everywhere or elsewhere)), f"{verb} {name}"
            for verb in _WRITING:
                assert not rights.can(operator, verb, "", "secrets", namespace=_ELSEWHERE, name="any-secret"), verb
    findings.settle()


def test_some_combinations_restrict_secrets_in_every_mode() -> None:
    """What the test above relies on: otherwise it would hold without looking at a restriction."""
    restricting = {
        combination.mode.name
        for combination in combinations.rendered()
        if combination.values.get("permissions", {}).get("operator", {}).get("restrict", {}).get("secret")
        and combination.values.get("rbac", {}).get("create", True)
    }
    assert restricting == set(modes.MODES)


def test_the_operator_always_reads_the_secrets_that_its_start_waits_for(chunk: Sequence[Rendered]) -> None:
    """Without list and watch in this namespace the operator blocks before its health port answers, in every mode."""
    findings = Findings()
    for rendered, rights, operator in _with_rights(chunk):
        with findings.of(rendered.id):
            for verb in ("list", "watch"):
                assert rights.can(operator, verb, "", "secrets", namespace=_object_namespace(rendered)), verb
    findings.settle()


def test_unrestricted_the_operator_reads_secrets_where_it_watches(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, rights, operator in _with_rights(chunk):
        if _restrictions(rendered).get("secret"):
            continue
        with findings.of(rendered.id):
            watched = manifests.environment(rendered.operator)["WATCH_NAMESPACE"]
            namespaces: list[str | None] = [*watched.split(",")] if watched else [None]
            for namespace in namespaces:
                for verb in _READING:
                    assert rights.can(operator, verb, "", "secrets", namespace=namespace), f"{verb} in {namespace}"
    findings.settle()


def test_only_the_operator_that_writes_the_secret_may_write_it_and_no_other(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, rights, operator in _with_rights(chunk):
        with findings.of(rendered.id):
            namespace = rendered.combination.namespace
            serving = manifests.volume(rendered.operator, "certificates")["secret"]["secretName"]
            mode = rendered.combination.mode
            if mode.rights:
                assert rights.can(operator, "get", "", "secrets", namespace=namespace, name=serving)
            assert rights.can(operator, "create", "", "secrets", namespace=namespace) == mode.rights
            for verb in ("update", "patch"):
                assert rights.can(operator, verb, "", "secrets", namespace=namespace, name=serving) == mode.rights, verb
                assert not rights.can(operator, verb, "", "secrets", namespace=namespace, name="any-secret"), verb
            for verb in ("delete", "deletecollection"):
                assert not rights.can(operator, verb, "", "secrets", namespace=namespace, name=serving), verb
    findings.settle()


def test_only_what_the_operator_patches_is_open_to_it_and_by_name(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, rights, operator in _with_rights(chunk):
        with findings.of(rendered.id):
            flags = manifests.flags(rendered.operator)
            patched: dict[tuple[str, str], tuple[bool, str]] = {
                ("apiregistration.k8s.io", "apiservices"): (
                    flags.get("enable-apiservice-patching") == ["true"],
                    modes.APISERVICE,
                ),
                ("admissionregistration.k8s.io", "validatingwebhookconfigurations"): (
                    flags.get("enable-webhook-patching") == ["true"],
                    flags.get("validating-webhook-name", ["keda-admission"])[0],
                ),
            }
            for (group, resource), (expected, name) in patched.items():
                assert rights.can(operator, "update", group, resource, name=name) == expected, resource
                for verb in ("list", "watch"):
                    assert rights.can(operator, verb, group, resource) == expected, f"{verb} {resource}"
                for verb in _WRITING:
                    assert not rights.can(operator, verb, group, resource, name="of-somebody-else"), (
                        f"{verb} {resource}"
                    )
                for verb in ("create", "delete", "deletecollection"):
                    assert not rights.can(operator, verb, group, resource, name=name), f"{verb} {resource}"
    findings.settle()


def test_no_component_reads_nothing_of_others_but_the_operator(chunk: Sequence[Rendered]) -> None:
    """The metrics API server and the webhooks never see a Secret, nor write anything but events."""
    findings = Findings()
    for rendered, rights, operator in _with_rights(chunk):
        for component in rendered.deployments:
            account = Account(*rendered.account(component))
            if component == "operator" or account == operator:
                continue
            with findings.of(f"{rendered.id} {component}"):
                for verb in (*_READING, *_WRITING):
                    for namespace in (None, rendered.combination.namespace, _ELSEWHERE):
                        assert not rights.can(account, verb, "", "secrets", namespace=namespace, name="any"), verb
                    if verb in _WRITING:
                        assert not rights.can(account, verb, "keda.sh", "scaledobjects", namespace=_ELSEWHERE), verb
                        assert not rights.can(account, verb, "apps", "deployments", namespace=_ELSEWHERE), verb
    findings.settle()


def test_nobody_may_raise_their_own_rights(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, rights, _ in _with_rights(chunk):
        for component in rendered.deployments:
            account = Account(*rendered.account(component))
            with findings.of(f"{rendered.id} {component}"):
                for kind in ("roles", "clusterroles", "rolebindings", "clusterrolebindings"):
                    for verb in (*_WRITING, "bind", "escalate"):
                        assert not rights.can(account, verb, "rbac.authorization.k8s.io", kind, name="any"), (
                            f"{verb} {kind}"
                        )
                assert not rights.can(account, "impersonate", "", "users", name="any")
                assert not rights.can(account, "create", "", "pods/exec", name="any")
    findings.settle()


def test_tokens_are_made_for_the_listed_accounts_only(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, rights, operator in _with_rights(chunk):
        restrict = _restrictions(rendered)
        everywhere = bool(restrict.get("allowAllServiceAccountTokenCreation"))
        roles = restrict.get("serviceAccountTokenCreationRoles") or []
        with findings.of(rendered.id):
            token = ("create", "", "serviceaccounts/token")
            assert rights.can(operator, *token, namespace=_ELSEWHERE, name="any") == everywhere
            for role in roles:
                assert rights.can(operator, *token, namespace=role["namespace"], name=role["name"])
                assert rights.can(operator, *token, namespace=role["namespace"], name="another") == everywhere
    findings.settle()


def test_a_watch_scope_is_a_border(chunk: Sequence[Rendered]) -> None:
    """An operator that watches two namespaces must not read workloads of a third."""
    findings = Findings()
    for rendered, rights, operator in _with_rights(chunk):
        watched = manifests.environment(rendered.operator)["WATCH_NAMESPACE"]
        with findings.of(rendered.id):
            for group, resource in (
                ("apps", "deployments"),
                ("", "pods"),
                ("", "configmaps"),
                ("keda.sh", "scaledobjects"),
            ):
                can = rights.can(operator, "list", group, resource, namespace=_ELSEWHERE)
                assert can == (not watched), f"{resource} elsewhere while watching {watched!r}"
            for namespace in watched.split(",") if watched else ():
                assert rights.can(
                    operator, "update", "keda.sh", "scaledobjects/status", namespace=namespace, name="any"
                )
                assert rights.can(operator, "create", "autoscaling", "horizontalpodautoscalers", namespace=namespace)
            for kind in ("clustertriggerauthentications", "clustercloudeventsources"):
                group = "keda.sh" if kind.startswith("clustertrigger") else "eventing.keda.sh"
                assert rights.can(operator, "list", group, kind), f"{kind} have no namespace"
    findings.settle()
