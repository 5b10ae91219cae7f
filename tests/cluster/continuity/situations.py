"""KEDA in each certificate mode as the switches begin and end with it, and what must be in the cluster before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509

from tests.cluster import releases
from tests.cluster.probes import COMPONENTS, METRICS_APISERVER, WEBHOOKS, certificates_in
from tests.cluster.releases import CHART, NAMESPACE, RELEASE, Scenario, helm, value_arguments
from tests.cluster.stage import Stage
from tests.cluster.targets import REPOSITORY
from tests.support.modes import MODES, SERVING_SECRET, USER_PROVIDED_SECRET

# Neither the operator nor cert-manager may find the user's certificate under the name that they write to.
OWN_SECRET = "keda-own-certs"
# kubelet's period of a minute, half a minute of jitter, and a little.
SECONDS_UNTIL_PODS_HAVE_IT = 95
_SECONDS_TO_UPGRADE = 180


def situation(mode: str, *layers: str) -> Scenario:
    """The mode's example with ``failurePolicy: Fail``, so that a webhook that is away is noticed, and ``layers`` over it."""
    values: dict[str, Any] = {"webhooks": {"failurePolicy": "Fail"}}
    prerequisites = None
    if mode == USER_PROVIDED_SECRET.name:
        values["certificates"] = {"secretName": OWN_SECRET}
        prerequisites = json.dumps(_renamed())
    return Scenario(mode, layers=layers, values=json.dumps(values), prerequisites=prerequisites)


def _renamed() -> list[Any]:
    path = REPOSITORY / releases.prerequisites(USER_PROVIDED_SECRET.name)
    items = [item for item in yaml.safe_load_all(path.read_text()) if item]
    for item in items:
        assert item["metadata"]["name"] == SERVING_SECRET
        item["metadata"]["name"] = OWN_SECRET
    return items


def prepare(stage: Stage, scenario: Scenario) -> None:
    """Bring what the mode needs, while KEDA runs in another mode."""
    if MODES[scenario.mode].by_cert_manager:
        stage.need_cert_manager()
    if scenario.prerequisites is None:
        releases.apply_prerequisites(stage.target, scenario.mode)
    else:
        stage.target.apply(json.loads(scenario.prerequisites))


def upgrade(stage: Stage, scenario: Scenario, folder: Path) -> None:
    """``helm upgrade --wait`` to the situation; raises CommandFailed with the pods and their logs added."""
    # The CA bundles belong to the operator or the cainjector; without the flag Helm 4 does not take them over.
    force = ["--force-conflicts"] if scenario.mode == USER_PROVIDED_SECRET.name else []
    with releases.explained(stage.target):
        helm(
            stage.target,
            *("upgrade", RELEASE, CHART, *value_arguments(scenario, folder)),
            *("--wait", f"--timeout={_SECONDS_TO_UPGRADE}s", *force),
            stdin=scenario.values,
        )


def upgrade_to_operator_generated(stage: Stage, scenario: Scenario, folder: Path) -> None:
    """The procedure of docs/certificates.md: pods that have started before the operator wrote its certificates start again."""
    arguments = value_arguments(scenario, folder)
    helm(stage.target, "upgrade", RELEASE, CHART, *arguments, stdin=scenario.values)
    stage.target.kubectl(
        *("wait", f"secret/{SERVING_SECRET}", f"--namespace={NAMESPACE}"),
        *("--for=jsonpath={.data.ca\\.key}", f"--timeout={_SECONDS_TO_UPGRADE}s"),
        seconds=_SECONDS_TO_UPGRADE,
    )
    deployments = [f"deployment/{component.deployment}" for component in (METRICS_APISERVER, WEBHOOKS)]
    stage.target.kubectl("rollout", "restart", f"--namespace={NAMESPACE}", *deployments)
    for component in COMPONENTS:
        stage.target.kubectl(
            *("rollout", "status", f"deployment/{component.deployment}", f"--namespace={NAMESPACE}"),
            f"--timeout={_SECONDS_TO_UPGRADE}s",
            seconds=_SECONDS_TO_UPGRADE,
        )


def service_names() -> list[str]:
    """The names that a serving certificate of the default values must carry, the operator's first."""
    services = [component.service for component in COMPONENTS]
    return [
        f"{service}{suffix}"
        for service in services
        for suffix in ("", f".{NAMESPACE}", f".{NAMESPACE}.svc", f".{NAMESPACE}.svc.cluster.local")
    ]


def certificate(pem: str) -> x509.Certificate:
    """The only certificate of a PEM text."""
    (found,) = certificates_in(pem)
    return found
