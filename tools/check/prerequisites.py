"""What must be in the cluster before: told from the mode table, the values, and what the pods mount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.invariants.relations.mounts import mounted_objects
from tests.support import manifests
from tests.support.modes import PUBLISHED_KEYS, Trust, trust_of
from tests.support.renderings import Rendered
from tests.support.schemas import is_built_in
from tools.check.subject import Component, components

# API group of rendered objects -> who brings their CRDs. cert-manager is told with the mode.
_CRDS = {"monitoring.coreos.com": "the Prometheus operator", "cilium.io": "Cilium"}
_TRUST: Mapping[Trust, str] = {
    "operator": "the operator fills",
    "annotations": "an injector fills",
    "bundle": "certificates.caBundle fills",
    "external": "you fill",
}
_KEYS = ", ".join(sorted(PUBLISHED_KEYS))
_SYSTEM_PRIORITIES = {"system-cluster-critical", "system-node-critical"}


def summary(rendered: Rendered) -> str:
    """Who writes the serving Secret, and who has the API server trust it."""
    mode = rendered.combination.mode
    secret = rendered.setting("certificates.secretName")
    apiservice, webhooks = (_TRUST[source] for source in trust_of(rendered.combination.values))
    trust = (
        f"{webhooks} the CA bundles"
        if apiservice == webhooks
        else f"{apiservice} the APIService's CA bundle, {webhooks} that of the webhooks"
    )
    writer = {"operator": "the operator", "cert-manager": "cert-manager", "user": "you"}[mode.writes_serving_secret]
    return f"{writer} {'write' if writer == 'you' else 'writes'} Secret {secret}; {trust}"


def needed(rendered: Rendered) -> list[str]:
    """One sentence for each thing that the user provides, without doubles."""
    return list(
        dict.fromkeys((*_certificates(rendered), *_rendered_kinds(rendered), *_pods(rendered), *_rights(rendered)))
    )


def _certificates(rendered: Rendered) -> Iterator[str]:
    mode, namespace = rendered.combination.mode, rendered.combination.namespace
    base = "certificates.certManager"
    if mode.by_cert_manager:
        yield "cert-manager with its CRDs and its cainjector"
    ca_secret = rendered.setting(f"{base}.caSecretName")
    if mode.name == "cert-manager-user-ca":
        yield f"Secret {namespace}/{ca_secret} with your CA, keys tls.crt and tls.key ({base}.caSecretName)"
        if rendered.setting(f"{base}.injectFrom") == "secret":
            yield (
                f'annotation cert-manager.io/allow-direct-injection: "true" and key ca.crt on Secret {namespace}/{ca_secret}'
            )
    if mode.name == "cert-manager-existing-issuer":
        issuer = rendered.setting(f"{base}.issuer")
        scope = f"{namespace}/" if issuer["kind"] == "Issuer" else ""
        yield f"{issuer['kind']} {scope}{issuer['name']}, which puts its CA into key ca.crt ({base}.issuer)"
    if mode.writes_serving_secret == "user":
        secret = rendered.setting("certificates.secretName")
        names = ", ".join(
            f"{service['metadata']['name']}.{namespace}.svc"
            for service in manifests.all_of(rendered.own_objects, "Service")
        )
        yield f"Secret {namespace}/{secret} with keys {_KEYS}, for the names {names}, and its renewal (certificates.secretName)"
    if rendered.setting("certificates.caInjection") == "external":
        yield "the caBundle of the APIService and of the webhook configuration (certificates.caInjection: external)"
    if rendered.setting("certificates.caInjectionAnnotations"):
        yield "the injector that certificates.caInjectionAnnotations names"


def _rendered_kinds(rendered: Rendered) -> Iterator[str]:
    for group, owner in _CRDS.items():
        kinds = sorted({entry["kind"] for entry in rendered.own_objects if entry["apiVersion"].startswith(f"{group}/")})
        if kinds:
            yield f"{owner} with its CRDs, for {', '.join(kinds)}"
    if not rendered.setting("crds.install"):
        yield "KEDA's CRDs (crds.install: false)"
    others = {entry["metadata"].get("namespace", "") for entry in rendered.own_objects} - {
        rendered.combination.namespace
    }
    for namespace in sorted(others - {"", "kube-system"}):
        yield f"namespace {namespace}"
    foreign = {entry["kind"] for entry in rendered.objects if not is_built_in(entry["apiVersion"])}
    for kind in sorted(foreign - {entry["kind"] for entry in rendered.own_objects}):
        yield f"an API that serves {kind}, for extraObjects"


def _pods(rendered: Rendered) -> Iterator[str]:
    own = manifests.inventory(rendered.objects)
    serving = rendered.setting("certificates.secretName")
    for component in components(rendered):
        for kind, name in _referred(component):
            if name != serving and (kind, name) not in own:
                yield f"{kind} {rendered.combination.namespace}/{name}"
        for field, kind in (("priorityClassName", "PriorityClass"), ("runtimeClassName", "RuntimeClass")):
            chosen = component.pod.get(field)
            if chosen and chosen not in _SYSTEM_PRIORITIES and (kind, chosen) not in own:
                yield f"{kind} {chosen}"


def _referred(component: Component) -> Iterator[tuple[str, str]]:
    """Secrets and ConfigMaps that the pods cannot start without."""
    for volume in component.pod.get("volumes") or []:
        if not any(volume.get(kind, {}).get("optional") for kind in ("secret", "configMap")):
            yield from mounted_objects([volume])
    for secret in component.pod.get("imagePullSecrets") or []:
        yield "Secret", secret["name"]
    for container in manifests.all_containers(component.deployment):
        for source in container.get("envFrom") or []:
            for key, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
                if key in source and not source[key].get("optional"):
                    yield kind, source[key]["name"]
        for variable in container.get("env") or []:
            for key, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                reference = (variable.get("valueFrom") or {}).get(key)
                if reference and not reference.get("optional"):
                    yield kind, reference["name"]


def _rights(rendered: Rendered) -> Iterator[str]:
    for component in components(rendered):
        if not rendered.setting(f"{component.paths.account}.create"):
            namespace, name = rendered.account(component.key)
            yield f"ServiceAccount {namespace}/{name} ({component.paths.account}.create: false)"
    if not rendered.setting("rbac.create"):
        yield "roles and bindings for the ServiceAccounts (rbac.create: false)"
