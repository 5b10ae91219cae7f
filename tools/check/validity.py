"""Rendered objects against the schemas of Kubernetes and of custom resources, with the value that most likely caused it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tests.support import manifests, schemas
from tests.support.manifests import Manifest
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT
from tools.check.findings import Finding

# Fields of a pod spec -> block of the component's values.
_POD_FIELDS = ("affinity", "nodeSelector", "tolerations", "dnsConfig", "hostAliases", "dnsPolicy")
_SENTENCE = re.compile(r"^\S+ at (?P<path>\S+|\(top\)): (?P<what>.*) \(Kubernetes \S+\)$", re.DOTALL)
_NO_SCHEMA = re.compile(r"^(no schema |Kubernetes \S+ has no )")


def problems(by_version: Sequence[tuple[str, Rendered]]) -> tuple[list[Finding], list[str]]:
    """(findings, objects that there is no schema for); a sentence that several versions share is told once."""
    versions: dict[tuple[str, str, str], list[str]] = {}
    unjudged: dict[str, None] = {}
    for version, rendered in by_version:
        own = {id(entry) for entry in rendered.own_objects}
        for manifest in rendered.objects:
            for sentence in schemas.problems(manifest, version):
                name = _name(manifest)
                if _NO_SCHEMA.match(sentence) and id(manifest) not in own:
                    # An object of extraObjects may be of any kind that the user's cluster has.
                    unjudged[name] = None
                    continue
                found = _SENTENCE.match(sentence)
                what = f"at {found['path']}: {found['what']}" if found else sentence
                cause = (
                    "extraObjects"
                    if id(manifest) not in own
                    else _cause(rendered, manifest, found["path"] if found else "")
                )
                versions.setdefault((name, what, cause), []).append(version)
    findings = [
        Finding(
            "problem",
            "kubernetes",
            f"{' '.join(what.split())} (Kubernetes {', '.join(listed)})",
            cause,
            "correct it there" if cause else "",
            where=name,
        )
        for (name, what, cause), listed in versions.items()
    ]
    return findings, list(unjudged)


def _name(manifest: Manifest) -> str:
    metadata = manifest.get("metadata") or {}
    namespace = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{manifest.get('kind', '?')} {namespace}{metadata.get('name', '?')}"


def _cause(rendered: Rendered, manifest: Manifest, path: str) -> str:
    """The values path that a place in an object comes from; "" when it is not one that users fill."""
    steps = path.split(".")
    component = (manifest["metadata"].get("labels") or {}).get("app.kubernetes.io/component", "")
    if component not in OF_COMPONENT:
        return ""
    return next(iter(_causes(rendered, manifest, steps, component)), "")


def _causes(rendered: Rendered, manifest: Manifest, steps: list[str], component: str) -> Iterator[str]:
    paths = OF_COMPONENT[component]
    if manifest["kind"] in ("NetworkPolicy", "CiliumNetworkPolicy"):
        yield "networkPolicy"
    if manifest["kind"] in ("ServiceMonitor", "PodMonitor", "PrometheusRule"):
        yield paths.prometheus
    if manifest["kind"] == "PodDisruptionBudget":
        yield paths.budget
    if manifest["kind"] != "Deployment":
        return
    if steps[:2] == ["spec", "strategy"]:
        yield paths.strategy
    if steps[:3] != ["spec", "template", "spec"] or len(steps) < 4:
        return
    field, rest = steps[3], steps[4:]
    if field in _POD_FIELDS:
        yield f"{paths.block}.{field}" if rendered.setting(f"{paths.block}.{field}") else field
    if field == "topologySpreadConstraints":
        yield paths.spread
    if field == "securityContext":
        yield f"podSecurityContext.{paths.pod_settings}"
    if field == "volumes":
        yield f"{paths.volumes}.extraVolumes"
    if field == "initContainers":
        yield f"{paths.block}.extraInitContainers"
    if field == "containers" and rest:
        container = manifests.pod_spec(manifest)["containers"][int(rest[0])]
        if container["name"] != manifest["metadata"]["name"]:
            yield f"{paths.block}.extraContainers"
        elif rest[1:]:
            own = {
                "env": f"{paths.block}.env",
                "envFrom": f"{paths.block}.envFrom",
                "resources": f"resources.{paths.pod_settings}",
                "securityContext": f"securityContext.{paths.pod_settings}",
                "volumeMounts": f"{paths.volumes}.extraVolumeMounts",
            }
            probes = ("startupProbe", "livenessProbe", "readinessProbe")
            yield own.get(rest[1], f"{paths.block}.{rest[1]}" if rest[1] in probes else "")
