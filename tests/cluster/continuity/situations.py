"""KEDA in each certificate mode as the switches begin and end with it, and what must be in the cluster before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.cluster import releases, scaling
from tests.cluster.continuity.renewals import wait_until_served
from tests.cluster.releases import RELEASE, Scenario, helm
from tests.cluster.stage import Stage
from tests.cluster.targets import Target
from tests.support.modes import MODES, SERVING_SECRET, USER_PROVIDED_SECRET

# Neither the operator nor cert-manager may find the user's certificate under the name that they write to.
OWN_SECRET = "keda-own-certs"
# Values for each level of availability.
AVAILABILITY: Mapping[str, dict[str, Any]] = MappingProxyType(
    {"default": {}, "highAvailability": {"highAvailability": {"enabled": True}}}
)
# kubelet's period of a minute, half a minute of jitter, and a little.
SECONDS_UNTIL_PODS_HAVE_IT = 95
# For each command.
SECONDS_TO_UPGRADE = 180


def situation(mode: str, availability: str = "default", certificates: Mapping[str, Any] = {}) -> Scenario:
    """The mode's example with ``failurePolicy: Fail``, so that a webhook that is away is noticed.

    ``availability`` is a name in ``AVAILABILITY``, ``certificates`` are further values below that key.
    """
    own: dict[str, Any] = {}
    prerequisites = None
    if mode == USER_PROVIDED_SECRET.name:
        own["secretName"] = OWN_SECRET
        prerequisites = releases.prerequisites_with(mode, OWN_SECRET)
    values = {"webhooks": {"failurePolicy": "Fail"}, "certificates": own | dict(certificates)}
    return Scenario(mode, values=json.dumps(values | AVAILABILITY[availability]), prerequisites=prerequisites)


def begin(stage: Stage, scenario: Scenario) -> Target:
    """Install the situation anew, for a test that changes it, and make a namespace for the load."""
    stage.clear()
    stage.ready(scenario)
    stage.spoiled()
    releases.make_namespace(stage.target, name=scaling.NAMESPACE)
    return stage.target


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
    releases.put(stage.target, "upgrade", scenario, folder, *force)


def roll_back(stage: Stage, mode: str) -> None:
    """``helm rollback --wait`` to the release before, which was in ``mode``; raises CommandFailed."""
    force = ["--force-conflicts"] if mode == USER_PROVIDED_SECRET.name else []
    with releases.explained(stage.target):
        helm(stage.target, "rollback", RELEASE, "--wait", f"--timeout={SECONDS_TO_UPGRADE}s", *force)


def settled(target: Target, mode: str) -> None:
    """Wait until ``mode`` is in force everywhere: every port serves its certificate and the API server trusts it."""
    wait_until_served(target, OWN_SECRET if mode == USER_PROVIDED_SECRET.name else SERVING_SECRET)
    releases.wait_until_available(target)
