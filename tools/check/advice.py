"""Warnings: what renders and works, and may still not be what its author wants. One function for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.support import manifests, pod_security
from tests.support.go_duration import seconds
from tests.support.renderings import Rendered
from tools.check.findings import Finding
from tools.check.subject import components, mapping

Advice = Callable[[Rendered], Iterator[Finding]]

_WEBHOOKS = "admission-webhooks"
# A leaf that lives longer than this part of what is left when its CA is renewed leaves no time to act when renewal fails.
_CLOSE = 0.9


def _warning(rule: str, what: str, path: str, fix: str) -> Finding:
    return Finding("warning", f"advice.{rule}", what, path, fix)


def budget_that_blocks_drains(rendered: Rendered) -> Iterator[Finding]:
    """A node with such a pod is never drained: upgrades of the cluster stop there."""
    budgets = {
        entry["metadata"]["name"]: entry for entry in manifests.all_of(rendered.own_objects, "PodDisruptionBudget")
    }
    for component in components(rendered):
        budget = budgets.get(component.deployment["metadata"]["name"])
        if budget is None:
            continue
        kept, lost = budget["spec"].get("minAvailable"), budget["spec"].get("maxUnavailable")
        blocks = (
            str(kept) == "100%" or (isinstance(kept, int) and kept >= component.replicas) or str(lost) in ("0", "0%")
        )
        if blocks:
            limit = f"minAvailable {kept}" if kept is not None else f"maxUnavailable {lost}"
            yield _warning(
                "budget-that-blocks-drains",
                f"{limit} of {component.replicas} replicas never lets a node be drained",
                component.paths.budget,
                "use maxUnavailable: 1",
            )


def fail_with_one_replica(rendered: Rendered) -> Iterator[Finding]:
    """While the one pod is away, no KEDA object can be created or changed."""
    for component in components(rendered):
        if (
            component.key == _WEBHOOKS
            and rendered.setting("webhooks.failurePolicy") == "Fail"
            and component.replicas < 2
        ):
            yield _warning(
                "fail-with-one-replica",
                f"Fail with {component.replicas} replica: while that pod is away, no KEDA object can be created or changed",
                "webhooks.failurePolicy",
                "set webhooks.replicaCount: 2 or highAvailability.enabled: true",
            )


def leaf_lives_almost_as_long_as_its_ca(rendered: Rendered) -> Iterator[Finding]:
    """A renewal of the CA that comes late would leave a serving certificate that nobody trusts."""
    base = "certificates.certManager"
    if rendered.combination.mode.name != "cert-manager-generated-ca":
        return
    leaf = seconds(rendered.setting(f"{base}.duration"))
    left = seconds(rendered.setting(f"{base}.ca.renewBefore"))
    if leaf > _CLOSE * left:
        yield _warning(
            "leaf-close-to-ca",
            f"{rendered.setting(f'{base}.duration')} is almost {base}.ca.renewBefore "
            f"({rendered.setting(f'{base}.ca.renewBefore')}), all that is left of the CA when its renewal begins",
            f"{base}.duration",
            f"make it shorter, or {base}.ca.renewBefore longer",
        )


def metrics_in_plain_text_for_everybody(rendered: Rendered) -> Iterator[Finding]:
    """KEDA has no TLS on these ports: names of queues and tenants can be read by every pod of the cluster."""
    limited = rendered.setting("networkPolicy.enabled") and (
        rendered.setting("networkPolicy.scrapeFrom") or rendered.setting("networkPolicy.flavor") == "cilium"
    )
    for component in components(rendered):
        if not limited and rendered.setting(f"{component.paths.prometheus}.enabled"):
            yield _warning(
                "plain-text-metrics",
                f"port {rendered.setting(f'{component.paths.prometheus}.port')} answers every pod, in plain text",
                f"{component.paths.prometheus}.enabled",
                "set networkPolicy.enabled: true and name Prometheus in networkPolicy.scrapeFrom",
            )


def highly_available_without_priority(rendered: Rendered) -> Iterator[Finding]:
    """On a full node the pods that must scale the others are evicted like any other."""
    if rendered.setting("highAvailability.enabled"):
        for component in components(rendered):
            if not component.pod.get("priorityClassName"):
                yield _warning(
                    "no-priority",
                    "highAvailability without a priority class: a full node evicts these pods like any other",
                    f"{component.paths.block}.priorityClassName",
                    "set it, or priorityClassName, for example to system-cluster-critical",
                )


def replicas_on_the_nodes_network(rendered: Rendered) -> Iterator[Finding]:
    """Two such pods cannot share a node: the port is taken."""
    for component in components(rendered):
        if component.pod.get("hostNetwork") and component.replicas > 1:
            yield _warning(
                "replicas-on-host-network",
                f"{component.replicas} replicas on the nodes' network need as many nodes, one more during an update",
                f"{component.paths.block}.useHostNetwork",
                f"have that many nodes, or use {component.paths.strategy} with maxSurge: 0",
            )


def nothing_runs(rendered: Rendered) -> Iterator[Finding]:
    """A Deployment of no pods looks healthy."""
    for component in components(rendered):
        if component.replicas == 0:
            yield _warning("no-replicas", "no pod runs", f"{component.paths.block}.replicaCount", "set it to 1 or more")


def uninstall_deletes_everything(rendered: Rendered) -> Iterator[Finding]:
    """With the CRDs go all ScaledObjects of all teams."""
    if rendered.setting("crds.install") and not rendered.setting("crds.keep"):
        yield _warning(
            "crds-go-with-the-release",
            "uninstalling the release deletes every ScaledObject and ScaledJob of the cluster",
            "crds.keep",
            "set it to true",
        )


def volume_that_nothing_mounts(rendered: Rendered) -> Iterator[Finding]:
    """Forgotten, or misspelt in the mount."""
    for component in components(rendered):
        mounted = {
            mount["name"]
            for container in manifests.all_containers(component.deployment)
            for mount in container.get("volumeMounts") or []
        }
        for volume in rendered.setting(f"{component.paths.volumes}.extraVolumes") or []:
            if volume["name"] not in mounted:
                yield _warning(
                    "idle-volume",
                    f"no container mounts {volume['name']}",
                    f"{component.paths.volumes}.extraVolumes",
                    f"mount it in {component.paths.volumes}.extraVolumeMounts, or remove it",
                )


def scraped_twice(rendered: Rendered) -> Iterator[Finding]:
    """Every sample would be stored twice."""
    for component in components(rendered):
        base = component.paths.prometheus
        annotations = mapping(component.deployment["spec"]["template"]["metadata"].get("annotations"))
        monitored = rendered.setting(f"{base}.serviceMonitor.enabled") or rendered.setting(f"{base}.podMonitor.enabled")
        if monitored and rendered.setting(f"{base}.enabled") and annotations.get("prometheus.io/scrape") == "true":
            yield _warning(
                "scraped-twice",
                "prometheus.io/scrape and a monitor of the Prometheus operator: each sample is stored twice",
                component.paths.annotations,
                "remove the annotation, or the monitor",
            )


def pod_outside_of_the_restricted_profile(rendered: Rendered) -> Iterator[Finding]:
    """A namespace that enforces the profile refuses these pods."""
    for component in components(rendered):
        found = pod_security.violations(component.pod)
        if found:
            key = component.paths.pod_settings
            stated = [
                block
                for block in ("securityContext", "podSecurityContext")
                if rendered.setting(block) is None or key in mapping(rendered.setting(block))
            ]
            path = f"{stated[0]}.{key}" if stated else component.paths.block
            yield _warning(
                "pod-security",
                f"the pods of {component.key} leave the restricted profile: {', '.join(found)}",
                path,
                "do not enforce that profile in the namespace, or leave these settings at their defaults",
            )


def older_tls(rendered: Rendered) -> Iterator[Finding]:
    """The connections between KEDA's components need nothing older than TLS 1.3."""
    if rendered.setting("service.minTlsVersion") not in ("TLS13", None):
        yield _warning(
            "older-tls",
            f"{rendered.setting('service.minTlsVersion')}: KEDA's components all speak TLS 1.3",
            "service.minTlsVersion",
            "leave it at TLS13 unless the control plane is too old for that",
        )


ADVICE: tuple[Advice, ...] = (
    budget_that_blocks_drains,
    fail_with_one_replica,
    highly_available_without_priority,
    leaf_lives_almost_as_long_as_its_ca,
    metrics_in_plain_text_for_everybody,
    nothing_runs,
    older_tls,
    pod_outside_of_the_restricted_profile,
    replicas_on_the_nodes_network,
    scraped_twice,
    uninstall_deletes_everything,
    volume_that_nothing_mounts,
)
