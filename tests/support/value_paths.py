"""Where the values of one component stand: the published values surface spells each component in several ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class ComponentPaths:
    """Dotted values paths of one component."""

    block: str
    account: str
    labels: str
    annotations: str
    pod_settings: str
    volumes: str
    budget: str
    strategy: str
    spread: str
    arguments: str
    prometheus: str
    policy_rules: str


def _paths(
    block: str, account: str, image: str, adapter: str, budget: str, strategy: str, prometheus: str
) -> ComponentPaths:
    return ComponentPaths(
        block=block,
        account=f"serviceAccount.{account}",
        labels=f"podLabels.{adapter}",
        annotations=f"podAnnotations.{adapter}",
        pod_settings=account,
        volumes=f"volumes.{image}",
        budget=f"podDisruptionBudget.{budget}",
        strategy=f"upgradeStrategy.{strategy}",
        spread=f"topologySpreadConstraints.{block}",
        arguments=f"extraArgs.{adapter}",
        prometheus=f"prometheus.{prometheus}",
        policy_rules=block,
    )


# Component key, as in the label app.kubernetes.io/component -> its paths.
OF_COMPONENT: Mapping[str, ComponentPaths] = MappingProxyType(
    {
        "operator": _paths("operator", "operator", "keda", "keda", "operator", "operator", "operator"),
        "metrics-apiserver": _paths(
            "metricsServer",
            "metricServer",
            "metricsApiServer",
            "metricsAdapter",
            "metricServer",
            "metricsApiServer",
            "metricServer",
        ),
        "admission-webhooks": _paths(
            "webhooks", "webhooks", "webhooks", "webhooks", "webhooks", "webhooks", "webhooks"
        ),
    }
)
