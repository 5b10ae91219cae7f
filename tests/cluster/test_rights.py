"""What KEDA's accounts may do, asked of the API server itself, in each mode and under each restriction.

The rows are what the binaries of KEDA 2.21.0 call (its RBAC markers and its source), and what they must never be able to.
Only the chart's roles and bindings are put into the cluster for this, under names of their own: no pod is needed to ask.
Beside the table, the API server is compared with the evaluator of tests/support/rbac.py, which judges every combination of
values: all rights of an account as the server lists them, and its answers about every resource that it serves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from tests.cluster import figures, releases
from tests.cluster.probes import Request, may, review
from tests.cluster.releases import CHART, example
from tests.cluster.targets import EmbeddedTarget, Target
from tests.support.manifests import Manifest
from tests.support.modes import APISERVICE, MODES, SERVING_SECRET, Mode
from tests.support.rbac import Account, Rights

pytestmark = pytest.mark.cluster

RELEASE = "rights"
HOME, WATCHED, ELSEWHERE = "rights", "rights-watched", "rights-elsewhere"
COLLECTIONS = {
    "Role": "roles",
    "ClusterRole": "clusterroles",
    "RoleBinding": "rolebindings",
    "ClusterRoleBinding": "clusterrolebindings",
}
RESTRICTIONS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "none": {},
        "no-secrets": {"permissions": {"operator": {"restrict": {"secret": True}}}},
        "one-namespace": {"watchNamespace": WATCHED},
        "no-custom-kinds": {"rbac": {"enabledCustomScaledRefKinds": False}},
        "one-custom-kind": {"rbac": {"scaledRefKinds": [{"apiGroup": "argoproj.io", "kind": "rollouts"}]}},
        "tokens-of-one-account": {
            "permissions": {
                "operator": {
                    "restrict": {"serviceAccountTokenCreationRoles": [{"name": "vault", "namespace": WATCHED}]}
                }
            }
        },
        "all-in-one": {
            "watchNamespace": WATCHED,
            "permissions": {"operator": {"restrict": {"secret": True}}},
            "rbac": {"enabledCustomScaledRefKinds": False},
        },
    }
)


@dataclass(frozen=True)
class Situation:
    """A mode with a restriction; the chart's objects for it are named after it, so that none has to go for the next."""

    mode: Mode
    restriction: str
    objects: tuple[Manifest, ...] = field(default=(), compare=False, repr=False)

    @property
    def base(self) -> str:
        """What the names of the objects begin with."""
        return f"rights-{list(MODES).index(self.mode.name)}-{list(RESTRICTIONS).index(self.restriction)}"

    @property
    def secrets(self) -> bool:
        """Whether Secrets of watched namespaces may be read."""
        return self.restriction not in {"no-secrets", "all-in-one"}

    @property
    def everywhere(self) -> bool:
        """Whether every namespace is watched."""
        return self.restriction not in {"one-namespace", "all-in-one"}

    @property
    def any_kind(self) -> bool:
        """Whether objects of any kind may be read, as scale targets: not while Secrets are closed, which are a kind."""
        return self.restriction in {"none", "one-namespace", "tokens-of-one-account"}

    @property
    def any_scale(self) -> bool:
        """Whether the scale of any kind may be changed."""
        return self.restriction not in {"no-custom-kinds", "all-in-one"}


When = Callable[[Situation], bool]


def always(_: Situation) -> bool:
    return True


def never(_: Situation) -> bool:
    return False


def patches(situation: Situation) -> bool:
    """The operator writes the Secret and the CA bundles itself."""
    return situation.mode.rights


@dataclass(frozen=True)
class Row:
    """A line of the table: who, what, when."""

    account: str
    request: Request
    when: When


# {base} is the situation's.
OPERATOR, METRICS, WEBHOOKS = (f"{HOME}:{{base}}-{part}" for part in ("operator", "metrics-server", "webhook"))
HPA_CONTROLLER = "kube-system:horizontal-pod-autoscaler"


def rows(base: str) -> Iterator[Row]:
    """The whole table."""
    yield from _watched_rows()
    yield from _operator_rows_outside_watched_namespaces(f"{base}-admission")
    yield from _rows_of_the_servers(f"{base}-admission")


# (group, resource, verbs) that the operator needs in every watched namespace.
_WATCHED = (
    ("keda.sh", "scaledobjects", "list watch update"),
    ("keda.sh", "scaledobjects/status", "patch"),
    ("keda.sh", "scaledobjects/finalizers", "update"),
    ("keda.sh", "scaledjobs", "list watch update"),
    ("keda.sh", "scaledjobs/status", "patch"),
    ("keda.sh", "scaledjobs/finalizers", "update"),
    ("keda.sh", "triggerauthentications", "list watch update"),
    ("keda.sh", "triggerauthentications/status", "patch"),
    ("eventing.keda.sh", "cloudeventsources", "list watch update"),
    ("eventing.keda.sh", "cloudeventsources/status", "patch"),
    ("autoscaling", "horizontalpodautoscalers", "list watch create update delete"),
    ("batch", "jobs", "list watch create delete"),
    ("apps", "deployments", "list watch"),
    ("apps", "statefulsets", "list watch"),
    ("apps", "deployments/scale", "get update"),
    ("apps", "statefulsets/scale", "get update"),
    ("", "pods", "list watch"),
    ("", "configmaps", "list watch"),
    ("", "serviceaccounts", "list watch"),
    ("discovery.k8s.io", "endpointslices", "list watch"),
)
# What the operator must not be able to do in any namespace but its own, watched or not.
_FORBIDDEN = (
    ("", "secrets", "create update patch delete"),
    ("", "pods", "create delete"),
    ("", "pods/exec", "create"),
    ("", "configmaps", "create update delete"),
    ("", "serviceaccounts", "create update delete impersonate"),
    ("apps", "deployments", "create update patch delete"),
    ("keda.sh", "scaledobjects", "create delete"),
    ("rbac.authorization.k8s.io", "roles", "create update bind escalate"),
    ("rbac.authorization.k8s.io", "rolebindings", "create update"),
)


def _watched_rows() -> Iterator[Row]:
    for namespace, watched in ((WATCHED, always), (ELSEWHERE, lambda situation: situation.everywhere)):
        for group, resource, verbs in _WATCHED:
            for verb in verbs.split():
                yield Row(OPERATOR, Request(verb, group, resource, namespace), watched)
        for group, resource, verbs in _FORBIDDEN:
            for verb in verbs.split():
                yield Row(OPERATOR, Request(verb, group, resource, namespace), never)
        # Events of cluster-scoped objects lie in the namespace default, whatever is watched.
        for verb in ("create", "patch"):
            yield Row(OPERATOR, Request(verb, "events.k8s.io", "events", namespace), always)
        yield Row(OPERATOR, Request("delete", "events.k8s.io", "events", namespace), never)
        for verb in ("get", "list", "watch"):
            yield Row(OPERATOR, Request(verb, "", "secrets", namespace), _and(watched, lambda s: s.secrets))
        rollout = _and(watched, lambda s: s.any_kind or s.restriction == "one-custom-kind")
        yield Row(OPERATOR, Request("get", "argoproj.io", "rollouts", namespace, "app"), rollout)
        yield Row(
            OPERATOR, Request("get", "example.com", "things", namespace, "app"), _and(watched, lambda s: s.any_kind)
        )
        for verb in ("get", "update"):
            request = Request(verb, "argoproj.io", "rollouts/scale", namespace, "app")
            yield Row(OPERATOR, request, _and(watched, lambda s: s.any_scale))
    for name, when in (("vault", lambda s: s.restriction == "tokens-of-one-account"), ("another", never)):
        yield Row(OPERATOR, Request("create", "", "serviceaccounts/token", WATCHED, name), when)


def _operator_rows_outside_watched_namespaces(webhook_configuration: str) -> Iterator[Row]:
    for group, resource in (
        ("keda.sh", "clustertriggerauthentications"),
        ("eventing.keda.sh", "clustercloudeventsources"),
    ):
        for verb in ("list", "watch", "update"):
            yield Row(OPERATOR, Request(verb, group, resource), always)
        yield Row(OPERATOR, Request("patch", group, f"{resource}/status"), always)
    for verb in ("create", "get", "update"):
        yield Row(OPERATOR, Request(verb, "coordination.k8s.io", "leases", HOME), always)
        yield Row(
            OPERATOR, Request(verb, "coordination.k8s.io", "leases", ELSEWHERE), never if verb != "get" else _any_kind
        )
    yield Row(OPERATOR, Request("create", "", "events", HOME), always)
    # Without list and watch its start is blocked, whatever the mode.
    for verb in ("list", "watch"):
        yield Row(OPERATOR, Request(verb, "", "secrets", HOME), always)
    for verb in ("create", "update"):
        yield Row(OPERATOR, Request(verb, "", "secrets", HOME, None if verb == "create" else SERVING_SECRET), patches)
    for verb in ("update", "patch"):
        yield Row(OPERATOR, Request(verb, "", "secrets", HOME, "another"), never)
    for name in (SERVING_SECRET, "another"):
        yield Row(OPERATOR, Request("delete", "", "secrets", HOME, name), never)
    for group, resource, name in (
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations", webhook_configuration),
        ("apiregistration.k8s.io", "apiservices", APISERVICE),
    ):
        for verb in ("list", "watch"):
            yield Row(OPERATOR, Request(verb, group, resource), patches)
        yield Row(OPERATOR, Request("update", group, resource, None, name), patches)
        yield Row(OPERATOR, Request("update", group, resource, None, "another"), never)
        yield Row(OPERATOR, Request("create", group, resource), never)
        yield Row(OPERATOR, Request("delete", group, resource, None, name), never)
    yield Row(OPERATOR, Request("create", "rbac.authorization.k8s.io", "clusterrolebindings"), never)


def _rows_of_the_servers(webhook_configuration: str) -> Iterator[Row]:
    for account in (METRICS, WEBHOOKS):
        for verb in ("get", "list", "watch", "create", "update"):
            for namespace in (HOME, WATCHED):
                yield Row(account, Request(verb, "", "secrets", namespace), never)
        yield Row(account, Request("create", "coordination.k8s.io", "leases", HOME), never)
    for group, resource in (
        ("authentication.k8s.io", "tokenreviews"),
        ("authorization.k8s.io", "subjectaccessreviews"),
    ):
        yield Row(METRICS, Request("create", group, resource), always)
    published = "extension-apiserver-authentication"
    for verb in ("get", "list", "watch"):
        yield Row(METRICS, Request(verb, "", "configmaps", "kube-system", published), always)
    yield Row(METRICS, Request("get", "", "configmaps", "kube-system", "another"), never)
    yield Row(METRICS, Request("list", "keda.sh", "scaledobjects", WATCHED), never)
    # Its cache knows no namespaces, whatever is watched.
    for group, resource in (
        ("keda.sh", "scaledobjects"),
        ("autoscaling", "horizontalpodautoscalers"),
        ("apps", "deployments"),
        ("apps", "statefulsets"),
        ("", "limitranges"),
    ):
        for verb in ("list", "watch"):
            yield Row(WEBHOOKS, Request(verb, group, resource), always)
        yield Row(WEBHOOKS, Request("update", group, resource, WATCHED, "any"), never)
    yield Row(WEBHOOKS, Request("create", "events.k8s.io", "events", WATCHED), always)
    group, resource = "admissionregistration.k8s.io", "validatingwebhookconfigurations"
    yield Row(WEBHOOKS, Request("update", group, resource, None, webhook_configuration), never)
    # The resource that is asked about is the metric's name.
    yield Row(HPA_CONTROLLER, Request("get", "external.metrics.k8s.io", "s0-cron", WATCHED), always)


def _and(one: When, other: When) -> When:
    return lambda situation: one(situation) and other(situation)


def _any_kind(situation: Situation) -> bool:
    return situation.any_kind and situation.everywhere


@pytest.fixture(scope="module")
def namespaces(target: Target) -> Iterator[None]:
    """The namespaces that the table speaks of, and in the end everything that was put there and elsewhere for it."""
    for name in (HOME, WATCHED, ELSEWHERE):
        releases.make_namespace(target, name=name)
    yield
    ours = ("--ignore-not-found", f"--selector=app.kubernetes.io/instance={RELEASE}")
    target.kubectl("delete", "clusterroles,clusterrolebindings", *ours)
    target.kubectl("delete", "roles,rolebindings", "--namespace=kube-system", *ours)
    target.kubectl("delete", "namespace", "--wait=false", HOME, WATCHED, ELSEWHERE)


@pytest.fixture(scope="module", params=list(RESTRICTIONS))
def situation(request: pytest.FixtureRequest, target: Target, mode: Mode, namespaces: None) -> Situation:  # noqa: ARG001
    """The chart's roles and bindings for a mode and a restriction, in the cluster."""
    made = Situation(mode, request.param)
    answer = target.run(
        ["helm", "template", RELEASE, CHART, f"--namespace={HOME}", f"--values={example(mode.name)}", "--values=-"],
        stdin=json.dumps({"fullnameOverride": made.base, **RESTRICTIONS[made.restriction]}),
    )
    objects = [item for item in yaml.safe_load_all(answer.stdout) if item and item["kind"] in COLLECTIONS]
    assert len(objects) > 10, "the chart has rights to give"
    for item in objects:
        namespace = item["metadata"].get("namespace")
        within = f"/namespaces/{namespace}" if namespace else ""
        target.create(f"/apis/rbac.authorization.k8s.io/v1{within}/{COLLECTIONS[item['kind']]}", item)
    return replace(made, objects=tuple(objects))


def test_the_api_server_allows_what_the_binaries_need_and_nothing_that_they_must_not(
    situation: Situation, target: Target
) -> None:
    table = list(rows(situation.base))
    assert len(table) > 200, "the table is there"
    wrong = []
    for row in table:
        expected = row.when(situation)
        account = row.account.format(base=situation.base)
        if may(target, f"system:serviceaccount:{account}", row.request) != expected:
            wrong.append(f"{account} {'cannot' if expected else 'can'} {row.request}")
    assert wrong == [], f"{situation.mode.name}, restriction {situation.restriction}"


# --- The API server and the evaluator ----------------------------------------------------------------------------------

# (group, resource, verb, name or ""); "" and the path in the place of the name for what is no resource.
Right = tuple[str, str, str, str]
PLACES = (HOME, WATCHED, ELSEWHERE, "kube-system", "default")
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "impersonate")


def accounts(situation: Situation) -> list[Account]:
    """KEDA's three accounts."""
    found = []
    for account in (OPERATOR, METRICS, WEBHOOKS):
        namespace, _, name = account.format(base=situation.base).partition(":")
        found.append(Account(namespace, name))
    return found


def listed(target: Target, account: Account, namespace: str) -> set[Right]:
    """All rights of an account in a namespace, as the API server's authorizer lists them for itself."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    user = f"system:serviceaccount:{account.namespace}:{account.name}"
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{account.namespace}", "system:authenticated"]
    answer = target.run(
        [
            *("kubectl", "create", "--raw=/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "--filename=-"),
            *(f"--as={user}", *(f"--as-group={group}" for group in groups)),
        ],
        stdin=json.dumps(review),
    )
    status = json.loads(answer.stdout)["status"]
    assert not status.get("incomplete"), status
    return {
        (group, resource, verb, name)
        for rule in status["resourceRules"]
        for group in rule.get("apiGroups") or []
        for resource in rule.get("resources") or []
        for verb in rule["verbs"]
        for name in rule.get("resourceNames") or [""]
    } | {
        ("", "", verb, path)
        for rule in status["nonResourceRules"]
        for verb in rule["verbs"]
        for path in rule.get("nonResourceURLs") or []
    }


def evaluated(rights: Rights, account: Account, namespace: str) -> set[Right]:
    """All rights of an account in a namespace, as the evaluator reads them out of the rendered objects."""
    return {
        (item.group, item.resource, item.verb, item.name or "")
        for item in rights.everything(account)
        if item.namespace in (None, namespace)
    } | {("", "", verb, path) for verb, path in rights.paths(account)}


@pytest.fixture(scope="module")
def everybodys(target: Target, namespaces: None) -> dict[str, set[Right]]:  # noqa: ARG001
    """Namespace -> what the cluster lets an account do that no binding names."""
    return {place: listed(target, Account(HOME, "nobody"), place) for place in PLACES}


def test_no_account_has_a_right_that_the_evaluator_does_not_see(
    situation: Situation, target: Target, everybodys: dict[str, set[Right]]
) -> None:
    rights = Rights(situation.objects)
    differing = {}
    for account in accounts(situation):
        assert rights.grants(account), f"{account} has rights"
        for place in PLACES:
            found = listed(target, account, place)
            expected = evaluated(rights, account, place) | everybodys[place]
            if found != expected:
                differing[account.name, place] = (sorted(found - expected), sorted(expected - found))
    assert differing == {}, "the server lists, the evaluator does not; the evaluator, the server does not"


def served(target: Target) -> list[tuple[str, str, bool]]:
    """(group, resource or resource/subresource, whether it is namespaced) of everything that the API server serves."""
    groups = target.get("/apis")["groups"]
    paths = ["/api/v1", *(f"/apis/{version['groupVersion']}" for group in groups for version in group["versions"])]
    found = set()
    for path in paths:
        group = path.split("/")[2] if path.startswith("/apis") else ""
        found |= {(group, item["name"], item["namespaced"]) for item in target.get(path)["resources"]}
    return sorted(found)


def requests(target: Target) -> list[Request]:
    """Every verb on every resource that the API server serves: in the own, in a watched, in all namespaces."""
    return [
        Request(verb, group, resource, place)
        for group, resource, namespaced in served(target)
        for verb in VERBS
        for place in ((HOME, WATCHED, None) if namespaced else (None,))
    ]


@pytest.fixture(scope="module")
def unrestricted(situation: Situation) -> Situation:
    """The situations without restriction: thousands of questions are asked in each."""
    if situation.restriction != "none":
        pytest.skip("the grid is asked where nothing is restricted; what restrictions take away is compared above")
    return situation


def test_the_api_server_answers_as_the_evaluator_does_about_everything_that_it_serves(
    unrestricted: Situation, embedded: EmbeddedTarget, everybodys: dict[str, set[Right]]
) -> None:
    rights = Rights(unrestricted.objects)
    asked = requests(embedded)
    assert len(asked) > 1000, "the API server serves something"
    assert {request.resource for request in asked} >= {"secrets", "pods/exec", "deployments/scale", "nodes"}
    free = {(group, resource, verb) for group, resource, verb, _ in everybodys["default"]}
    wrong, allowed = [], 0
    for account in accounts(unrestricted):
        user = f"system:serviceaccount:{account.namespace}:{account.name}"
        answers = embedded.cluster.api.create_all(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews", (review(user, request) for request in asked)
        )
        for request, answer in zip(asked, answers, strict=True):
            expected = (request.group, request.resource, request.verb) in free or rights.can(
                account, request.verb, request.group, request.resource, namespace=request.namespace
            )
            allowed += expected
            if answer["status"]["allowed"] != expected:
                wrong.append(f"{account.name} {'cannot' if expected else 'can'} {request}")
    figures.ALL.append(
        f"{unrestricted.mode.name}: {3 * len(asked)} questions about rights, {allowed} allowed, answered as evaluated"
    )
    assert allowed > 100, "the accounts may do something"
    assert wrong == []
