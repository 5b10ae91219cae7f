"""What the chart refuses because values contradict each other: settled so that what worked with the official chart still does.

Each function takes what the refusal says (``path: what; fix``), changes the values and returns whether it could.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.support import chart
from tests.support.go_duration import nanoseconds
from tools.check import refusals
from tools.check.findings import Finding
from tools.check.layers import Steps
from tools.migrate.workspace import Workspace

Settle = Callable[[Workspace, Finding], bool]


def apply(workspace: Workspace) -> bool:
    """Whether anything was changed; False also when the chart has nothing against the values."""
    try:
        chart.render(workspace.values)
    except chart.ChartRefused as error:
        found = list(refusals.of_chart(str(error)))
    else:
        return False
    changed = False
    for finding in found:
        for pattern, words, settle in _SETTLED:
            if re.search(pattern, finding.path) and words in finding.what:
                before = workspace.values
                changed |= settle(workspace, finding) and workspace.values != before
                break
    return changed


def _steps(path: str) -> Steps:
    return tuple(path.split("."))


def _trust(workspace: Workspace, finding: Finding) -> bool:
    del finding
    workspace.add(
        ("certificates", "caInjection"),
        "external",
        "the official chart gives the API server no CA for your own certificate, so somebody else must; better is "
        "certificates.caBundle, or certificates.caInjectionAnnotations",
        kind="decide",
        comment="As with the official chart: you patch the CA bundle of the APIService and the webhook configuration yourself. "
        "Better, instead of this line: caBundle (the CA as PEM), or caInjectionAnnotations for an injector",
    )
    return True


def _long_leaf(workspace: Workspace, finding: Finding) -> bool:
    del finding
    manager = "certificates.certManager"
    duration = workspace.effective(f"{manager}.duration")
    lasting, authority, early = (
        nanoseconds(str(workspace.effective(f"{manager}.{key}"))) // 10**9
        for key in ("duration", "ca.duration", "ca.renewBefore")
    )
    block = ("certificates", "certManager", "ca")
    reason = (
        "a certificate that lives this long must not outlive its CA, and the CA of the official chart lives five years"
    )
    workspace.put((*block, "renewBefore"), duration, reason, kind="added")
    workspace.put((*block, "duration"), f"{(lasting + authority - early) // 3600 + 1}h", reason, kind="added")
    return True


def _double_registry(workspace: Workspace, finding: Finding) -> bool:
    registry = str(workspace.effective(finding.path.removesuffix("repository") + "registry"))
    repository = str(workspace.get(finding.path))
    reason = f"{registry}/{repository} does not exist; {registry} stands in the registry"
    workspace.put(_steps(finding.path), repository.removeprefix(f"{registry}/"), reason)
    return True


def _account_made_twice(workspace: Workspace, finding: Finding) -> bool:
    workspace.put(_steps(finding.path), False, "Helm installs no account twice; another component creates it")
    return True


def _monitor_of_nothing(workspace: Workspace, finding: Finding) -> bool:
    workspace.put(_steps(finding.path), False, "the official chart makes none while the metrics are off")
    return True


def _two_monitors(workspace: Workspace, finding: Finding) -> bool:
    reason = "the ServiceMonitor reads the same pods; with both, each series is there twice"
    workspace.put((*_steps(finding.path), "podMonitor", "enabled"), False, reason)
    return True


def _two_limits(workspace: Workspace, finding: Finding) -> bool:
    steps = (*_steps(finding.path), "minAvailable")
    workspace.remove(steps, "Kubernetes takes one of minAvailable and maxUnavailable; this one may block drains")
    return True


def _port(workspace: Workspace, finding: Finding) -> bool:
    """Another port for the second of two listeners; what tells other parts about it follows by itself."""
    taken = set(_numbers(workspace.judged))
    port = int(str(workspace.effective(finding.path) or 9443)) + 1
    while port in taken:
        port += 1
    workspace.put(_steps(finding.path), port, f"{finding.what}, so one of them could not start")
    return True


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        for child in value.values():
            yield from _numbers(child)
    elif isinstance(value, list):
        for child in value:
            yield from _numbers(child)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value


def _no_secrets_by_kind(workspace: Workspace, finding: Finding) -> bool:
    found = re.search(r'apiGroup "([^"]*)" with kind "([^"]*)"', finding.what)
    entries = workspace.get("rbac.scaledRefKinds") or []
    for index, entry in enumerate(entries):
        if found and (entry.get("apiGroup"), entry.get("kind")) == found.groups():
            steps = ("rbac", "scaledRefKinds", index)
            reason = "it would let the operator read every Secret, which permissions.operator.restrict.secret forbids"
            if found[2] == "*" and found[1] == "":
                # The one kind of the core group that can be scaled.
                workspace.put((*steps, "kind"), "replicationcontrollers", reason)
            else:
                workspace.remove(steps, reason)
            return True
    return False


def _creator_twice(workspace: Workspace, finding: Finding) -> bool:
    path = "permissions.operator.restrict.serviceAccountTokenCreationRoles"
    return _second_of(workspace, path, lambda role: (role.get("namespace"), role.get("name")), finding.what)


def _second_of(workspace: Workspace, path: str, identity: Callable[[Any], Any], reason: str) -> bool:
    seen = set()
    for index, item in enumerate(workspace.get(path) or []):
        if identity(item) in seen:
            workspace.remove((*_steps(path), index), reason)
            return True
        seen.add(identity(item))
    return False


def _identity_off(workspace: Workspace, finding: Finding) -> bool:
    steps = (*_steps(finding.path)[:-1], "enabled")
    workspace.put(steps, False, f"{finding.path} is empty, so it gave the account nothing")
    return True


def _remove(reason: str) -> Settle:
    def settle(workspace: Workspace, finding: Finding) -> bool:
        workspace.remove(_steps(finding.path), reason or f"{finding.what}; {finding.fix}")
        return True

    return settle


# --- Flags and variables that have a value of their own here

_PORT, _TEXT, _BOOLEAN = "port", "text", "boolean"
_FLAGS: dict[str, dict[str, tuple[str, str]]] = {
    "extraArgs.keda": {
        "metrics-bind-address": ("prometheus.operator.port", _PORT),
        "health-probe-bind-address": ("operator.healthProbePort", _PORT),
        "profiling-bind-address": ("profiling.operator.port", _PORT),
        "metrics-service-bind-address": ("operator.metricsServicePort", _PORT),
    },
    "extraArgs.metricsAdapter": {
        "port": ("prometheus.metricServer.port", _PORT),
        "secure-port": ("service.portHttpsTarget", _PORT),
        "profiling-bind-address": ("profiling.metricsServer.port", _PORT),
    },
    "extraArgs.webhooks": {
        "port": ("webhooks.port", _PORT),
        "health-probe-bind-address": ("webhooks.healthProbePort", _PORT),
        "metrics-bind-address": ("prometheus.webhooks.port", _PORT),
        "profiling-bind-address": ("profiling.webhooks.port", _PORT),
    },
    "": {
        "cert-dir": ("certificates.mountPath", _TEXT),
        "cert-secret-name": ("certificates.secretName", _TEXT),
        "k8s-cluster-domain": ("clusterDomain", _TEXT),
        "service-account-token-mode": ("operator.serviceAccountTokens.mode", _TEXT),
        "enable-cert-rotation": ("certificates.autoGenerated", _BOOLEAN),
        "enable-prometheus-metrics": ("prometheus.operator.enabled", _BOOLEAN),
    },
}
_VARIABLES = {
    "WATCH_NAMESPACE": ("watchNamespace", _TEXT),
    "WATCH_LABEL_SELECTOR": ("watchLabelSelector", _TEXT),
    "WATCH_LABEL_SELECTOR_FOR_TRIGGERAUTH": ("watchLabelSelectorForTriggerauth", _TEXT),
    "KEDA_CLUSTER_OBJECT_NAMESPACE": ("operator.clusterObjectNamespace", _TEXT),
    "KEDA_RESTRICT_SECRET_ACCESS": ("permissions.operator.restrict.secret", _BOOLEAN),
    "KEDA_SERVICE_TLS_CIPHER_LIST": ("service.tlsCipherList", _TEXT),
    "KEDA_SERVICE_MIN_TLS_VERSION": ("service.minTlsVersion", _TEXT),
}


def _as(kind: str, text: str) -> Any:
    """The value that a flag's or a variable's text stands for; None when it is none of that kind."""
    if kind == _PORT:
        found = re.fullmatch(r"(?:[\w.*\[\]:-]*:)?([0-9]{1,5})", text)
        return int(found[1]) if found else None
    if kind == _BOOLEAN:
        return {"true": True, "false": False}.get(text.lower())
    return text


def _flag(workspace: Workspace, finding: Finding) -> bool:
    block, _, flag = finding.path.rpartition(".")
    known = {**_FLAGS[""], **_FLAGS.get(block, {})}
    if flag not in known or isinstance(workspace.get(finding.path), (dict, list)):
        return False
    target, kind = known[flag]
    given = workspace.get(finding.path)
    value = _as(kind, str(given).lower() if isinstance(given, bool) else str(given))
    if value is None:
        return False
    workspace.remove(_steps(finding.path), "a value of its own here, and other objects follow it", "changed", target)
    workspace.put(_steps(target), value, f"what {block}.{flag} said")
    return True


def _variable(workspace: Workspace, finding: Finding) -> bool:
    name = finding.what.split()[0]
    for index, entry in enumerate(workspace.get(finding.path) or []):
        if not isinstance(entry, dict) or entry.get("name") != name:
            continue
        steps = (*_steps(finding.path), index)
        if name == "POD_NAMESPACE":
            workspace.remove(steps, "the chart sets it to the namespace of the release")
            return True
        target, kind = _VARIABLES.get(name, ("", ""))
        value = _as(kind, str(entry["value"])) if target and "value" in entry else None
        if value is None:
            return False
        workspace.remove(steps, "a value of its own here, and rights follow it", "changed", target)
        workspace.put(_steps(target), value, f"what the variable {name} said")
        return True
    return False


def _taken_name(workspace: Workspace, finding: Finding) -> bool:
    """A container or volume that the API server refuses beside another one of its name: the second one, or the chart's name."""
    name = re.search(r"the name (\S+) is taken", finding.what)
    for index, entry in reversed(list(enumerate(workspace.get(finding.path) or []))):
        if name and isinstance(entry, dict) and entry.get("name") == name[1]:
            workspace.remove((*_steps(finding.path), index), f"{finding.what}, and Kubernetes refuses two of one name")
            return True
    return False


def _loose_mount(workspace: Workspace, finding: Finding) -> bool:
    name = re.search(r"no volume named (\S+)", finding.what)
    place = re.search(r"mounted at (\S+) already", finding.what)
    for index, entry in reversed(list(enumerate(workspace.get(finding.path) or []))):
        if (name and entry.get("name") == name[1]) or (place and entry.get("mountPath") == place[1]):
            workspace.remove((*_steps(finding.path), index), f"Kubernetes refuses it: {finding.what}")
            return True
    return False


def _drop_digest(workspace: Workspace, finding: Finding) -> bool:
    steps = (*_steps(finding.path)[:-1], "digest")
    workspace.remove(steps, "the official chart ignores it, and the tag holds another one")
    return True


# Pattern of the path, words of the refusal, what settles it; the first that fits.
_SETTLED: tuple[tuple[str, str, Settle], ...] = (
    (r"^certificates$", "no CA to trust", _trust),
    (r"^certificates\.operator\.apiServicePatching$", "nobody gives the APIService", _trust),
    (r"^certificates\.certManager\.duration$", "could outlive its CA", _long_leaf),
    (r"^certificates\.certManager\.(duration|renewBefore)$", "cert-manager asks for", _remove("")),
    (r"^certificates\.certManager\.renewBefore$", "renewed all the time", _remove("")),
    (r"^image\.\w+\.repository$", "in front once more", _double_registry),
    (r"^image\.\w+\.tag$", "holds a digest", _drop_digest),
    (r"^serviceAccount\.\w+\.create$", "already created", _account_made_twice),
    (r"\.(serviceMonitor|podMonitor|prometheusRules)\.enabled$", "no metrics to read", _monitor_of_nothing),
    (r"^prometheus\.\w+$", "both enabled", _two_monitors),
    (r"\.serviceMonitor\.port$", "no port named", _remove("")),
    (r"^podDisruptionBudget", "both set", _two_limits),
    (r"^podDisruptionBudget", "neither", _remove("a budget without a limit protects nothing")),
    (r"\.rollingUpdate$", "", _remove("")),
    (r"Probe\.\w+$", "", _remove("")),
    (r"(additionalLabels|podLabels\.\w+)\.app$", "", _remove("")),
    (r"\.hostUsers$", "user namespace", _remove("")),
    (r"[pP]ort$", "give each its own", _port),
    (r"[pP]ort$", "already", _port),
    (r"[pP]ort$", "is also", _port),
    (r"\.portName$", "", _remove("")),
    (r"^rbac\.scaledRefKinds$", "covers Secrets", _no_secrets_by_kind),
    (
        r"\.namesAllowList$",
        "",
        _remove("it limits nothing, since KEDA lists all Secrets; permissions.operator.restrict.secret: true does"),
    ),
    (r"\.serviceAccountTokenCreationRoles$", "listed twice", _creator_twice),
    (r"^podIdentity\.(aws\.irsa\.roleArn|gcp\.gcpIAMServiceAccount)$", "", _identity_off),
    (r"^http\.idleConnTimeout$", "", _remove("")),
    (r"^extraArgs\.", "the chart passes this flag", _flag),
    (r"(^|\.)env$", "set by the chart", _variable),
    (r"\.(extraContainers|extraInitContainers|extraVolumes)$", "is taken", _taken_name),
    (r"\.extraVolumeMounts$", "", _loose_mount),
)
