"""A small RBAC evaluator over rendered objects: may this account do that, judged as the API server's authorizer does.

Reads Roles, ClusterRoles and their bindings out of one render, plus the built-in roles that the chart binds to. Rules:
https://kubernetes.io/docs/reference/access-authn-authz/rbac/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.support.manifests import Manifest, Objects

# Built-in roles that a binding of the chart may name: (kind, namespace, name) -> rules as Kubernetes defines them.
BUILT_IN: Mapping[tuple[str, str | None, str], list[dict[str, Any]]] = {
    ("ClusterRole", None, "system:auth-delegator"): [
        {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
    ],
    ("Role", "kube-system", "extension-apiserver-authentication-reader"): [
        {
            "apiGroups": [""],
            "resources": ["configmaps"],
            "resourceNames": ["extension-apiserver-authentication"],
            "verbs": ["get", "list", "watch"],
        }
    ],
}


# Kinds that say who may do what.
KINDS = ("ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding")


class Account(NamedTuple):
    """A ServiceAccount."""

    namespace: str
    name: str


class Permission(NamedTuple):
    """One thing that a rule allows, wildcards as they stand: everywhere when ``namespace`` is None, unnamed when ``name`` is."""

    namespace: str | None
    group: str
    resource: str
    verb: str
    name: str | None = None

    def __str__(self) -> str:
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        target = f" {self.name}" if self.name else ""
        return f"{self.verb} {resource}{target} {f'in {self.namespace}' if self.namespace else 'everywhere'}"


@dataclass(frozen=True)
class Grant:
    """One rule that applies to an account: everywhere when ``namespace`` is None."""

    namespace: str | None
    rule: Mapping[str, Any]
    origin: str


class Rights:
    """The rights of every account in one render."""

    def __init__(self, objects: Iterable[Manifest]) -> None:
        listed = objects if isinstance(objects, Objects) else Objects(objects)
        found = [of_rights(entry) for kind in KINDS for entry in listed.of_kind(kind)]
        self._roles: dict[tuple[str, str | None, str], list[dict[str, Any]]] = dict(BUILT_IN)
        for role in found:
            if role["kind"] in ("ClusterRole", "Role"):
                self._roles[self._key(role["kind"], role)] = role.get("rules") or []
        self.bindings = [entry for entry in found if "roleRef" in entry]
        self._granted: dict[Account, list[Grant]] = {}
        self._by_verb: dict[Account, dict[tuple[str, str], list[tuple[int, Grant]]]] = {}
        self._everything: dict[Account, dict[Permission, str]] = {}

    @staticmethod
    def _key(kind: str, manifest: Manifest) -> tuple[str, str | None, str]:
        namespace = manifest["metadata"].get("namespace") if kind == "Role" else None
        return kind, namespace, manifest["metadata"]["name"]

    @property
    def is_empty(self) -> bool:
        """Whether nobody gets anything."""
        return not self.bindings

    def role_of(self, binding: Manifest) -> list[dict[str, Any]] | None:
        """The rules that a binding refers to; None when the role exists neither in the render nor in ``BUILT_IN``."""
        reference = binding["roleRef"]
        namespace = binding["metadata"].get("namespace") if reference["kind"] == "Role" else None
        return self._roles.get((reference["kind"], namespace, reference["name"]))

    def grants(self, account: Account) -> list[Grant]:
        """Every rule that a binding gives to ``account``, by its name or by a group that every ServiceAccount belongs to."""
        if account not in self._granted:
            self._granted[account] = list(self._grants(account))
        return self._granted[account]

    def _grants(self, account: Account) -> Iterator[Grant]:
        for binding in self.bindings:
            if any(_is(subject, account) for subject in binding.get("subjects") or []):
                namespace = binding["metadata"]["namespace"] if binding["kind"] == "RoleBinding" else None
                origin = f"{binding['kind']}/{binding['metadata']['name']}"
                for rule in self.role_of(binding) or []:
                    yield Grant(namespace, rule, origin)

    def accounts(self) -> set[Account]:
        """Every ServiceAccount that a binding names."""
        return {
            Account(subject["namespace"], subject["name"])
            for binding in self.bindings
            for subject in binding.get("subjects") or []
            if subject["kind"] == "ServiceAccount"
        }

    def everything(self, account: Account) -> dict[Permission, str]:
        """Everything that ``account`` may do with resources, with the binding that allows it; callers only read it."""
        if account not in self._everything:
            self._everything[account] = {
                Permission(grant.namespace, group, resource, verb, name): grant.origin
                for grant in self.grants(account)
                for group in grant.rule.get("apiGroups") or []
                for resource in grant.rule.get("resources") or []
                for verb in grant.rule.get("verbs") or []
                for name in grant.rule.get("resourceNames") or [None]
            }
        return self._everything[account]

    def paths(self, account: Account) -> dict[tuple[str, str], str]:
        """(verb, URL path) of everything that ``account`` may do beside resources, with the binding that allows it.

        Only a ClusterRoleBinding can allow these.
        """
        return {
            (verb, path): grant.origin
            for grant in self.grants(account)
            if grant.namespace is None
            for path in grant.rule.get("nonResourceURLs") or []
            for verb in grant.rule.get("verbs") or []
        }

    def can_reach(self, account: Account, verb: str, path: str) -> bool:
        """Whether ``account`` may call a URL path that is no resource, such as ``/metrics``."""
        return any(allowed in ("*", verb) and _path_matches(pattern, path) for allowed, pattern in self.paths(account))

    def allowing(
        self,
        account: Account,
        verb: str,
        group: str,
        resource: str,
        *,
        namespace: str | None = None,
        name: str | None = None,
    ) -> list[Grant]:
        """The grants that allow the request; none means that it is denied.

        ``resource`` may hold a subresource ("deployments/scale"). ``namespace`` None is a request for a cluster-scoped object
        or for all namespaces; ``name`` None is a request that names no object (list, watch, create, deletecollection).
        """
        by_verb = self._with_verb(account)
        found: dict[int, Grant] = {}
        for stated in ((verb, group), ("*", group), (verb, "*"), ("*", "*")):
            found |= by_verb.get(stated, ())
        return [
            grant
            for _, grant in sorted(found.items())
            if grant.namespace in (None, namespace) and _covers(grant.rule, resource, name)
        ]

    def _with_verb(self, account: Account) -> dict[tuple[str, str], list[tuple[int, Grant]]]:
        """(verb, API group) as rules state them -> the grants of such rules, with their places among those of ``account``."""
        if account not in self._by_verb:
            found: dict[tuple[str, str], list[tuple[int, Grant]]] = {}
            for place, grant in enumerate(self.grants(account)):
                for verb in grant.rule.get("verbs") or []:
                    for group in grant.rule.get("apiGroups") or []:
                        found.setdefault((verb, group), []).append((place, grant))
            self._by_verb[account] = found
        return self._by_verb[account]

    def can(
        self,
        account: Account,
        verb: str,
        group: str,
        resource: str,
        *,
        namespace: str | None = None,
        name: str | None = None,
    ) -> bool:
        """Whether ``account`` may make the request; see ``allowing``."""
        by_verb = self._with_verb(account)
        for stated in ((verb, group), ("*", group), (verb, "*"), ("*", "*")):
            for _, grant in by_verb.get(stated, ()):
                if grant.namespace in (None, namespace) and _covers(grant.rule, resource, name):
                    return True
        return False


def of_rights(manifest: Manifest) -> Manifest:
    """A role or a binding without all that gives no right to anybody."""
    metadata = {key: value for key in ("namespace", "name") if (value := manifest["metadata"].get(key)) is not None}
    read: Manifest = {key: manifest[key] for key in ("kind", "rules", "roleRef", "subjects") if key in manifest}
    return read | {"metadata": metadata}


def _is(subject: Mapping[str, Any], account: Account) -> bool:
    match subject["kind"]:
        case "ServiceAccount":
            return (subject.get("namespace"), subject["name"]) == (account.namespace, account.name)
        case "User":
            return bool(subject["name"] == f"system:serviceaccount:{account.namespace}:{account.name}")
        case _:
            groups = {"system:serviceaccounts", f"system:serviceaccounts:{account.namespace}", "system:authenticated"}
            return subject["name"] in groups


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))


def _covers(rule: Mapping[str, Any], resource: str, name: str | None) -> bool:
    """Whether a rule means this object, for its verbs and API groups."""
    if not any(_resource_matches(pattern, resource) for pattern in rule.get("resources") or []):
        return False
    names = rule.get("resourceNames") or []
    # A rule with names never allows a request without one: that is why list and watch cannot be limited this way here.
    return not names or name in names


def _resource_matches(pattern: str, resource: str) -> bool:
    if pattern in ("*", resource):
        return True
    # "*/scale" covers that subresource of every resource, and nothing else.
    return pattern.startswith("*/") and "/" in resource and pattern[2:] == resource.partition("/")[2]
