"""KEDA in each certificate mode as the switches begin and end with it, and what must be in the cluster before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.cluster import releases, scaling
from tests.cluster.continuity.renewals import wait_until_served
from tests.cluster.probes import OPERATOR, ca_bundles, certificates_in, pods, secret
from tests.cluster.releases import NAMESPACE, RELEASE, Scenario, helm
from tests.cluster.stage import Stage
from tests.cluster.targets import Target
from tests.cluster.waiting import NotYet, until
from tests.support.modes import (
    CERT_MANAGER_GENERATED_CA,
    CERT_MANAGER_USER_CA,
    MODES,
    OPERATOR_GENERATED,
    USER_PROVIDED_SECRET,
)

# Neither the operator nor cert-manager may find the user's certificate under the name that they write to.
OWN_SECRET = "keda-own-certs"
GENERATED_CA_SECRET = "keda-generated-ca"
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


def pair(before: str, after: str, availability: str = "default") -> tuple[Scenario, Scenario]:
    """Two modes for a switch between them.

    The CA that cert-manager makes gets a Secret of its own where the user's CA is the other one: cert-manager would keep the
    user's key, or refuse it.
    """
    both = {CERT_MANAGER_GENERATED_CA.name, CERT_MANAGER_USER_CA.name} == {before, after}
    own = {"certManager": {"caSecretName": GENERATED_CA_SECRET}} if both else {}
    first, second = (
        situation(mode, availability, own if mode == CERT_MANAGER_GENERATED_CA.name else {}) for mode in (before, after)
    )
    return first, second


def begin(stage: Stage, scenario: Scenario) -> Target:
    """Install the situation anew, for a test that changes it, and make a namespace for the load."""
    stage.clear()
    stage.ready(scenario)
    stage.spoiled()
    releases.make_namespace(stage.target, name=scaling.NAMESPACE)
    return stage.target


def begin_with_new_pods(stage: Stage, scenario: Scenario) -> None:
    """The situation, as an earlier test has left it or installed now, with pods in which no container has ended before.

    kubelet lets a container wait that ends again within ten minutes.
    """
    stage.ready(scenario)
    target = stage.target
    if scaling.NAMESPACE not in target.kubectl("get", "namespaces", "--output=name"):
        releases.make_namespace(target, name=scaling.NAMESPACE)
    if any(pod.restarts for pod in pods(target, NAMESPACE)):
        target.kubectl("delete", "pods", "--all", f"--namespace={NAMESPACE}", seconds=SECONDS_TO_UPGRADE)
        releases.wait_until_rolled_out(target, SECONDS_TO_UPGRADE)
        releases.wait_until_available(target)


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


def wait_until_settled(target: Target, mode: str) -> None:
    """Wait until ``mode`` is in force everywhere: its Secret is written, every port serves it, and the API server trusts it."""
    deployment = target.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{OPERATOR.deployment}")
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    (name,) = [volume["secret"]["secretName"] for volume in volumes if volume["name"] == "certificates"]
    if mode == OPERATOR_GENERATED.name:
        until(lambda: _look_for_authority(target, name), SECONDS_TO_UPGRADE, f"the operator writes {name}")
    wait_until_served(target, name)
    until(lambda: _look_for_trust(target, name), SECONDS_TO_UPGRADE, f"the API server trusts the CA in {name}")
    releases.wait_until_available(target)


def _look_for_authority(target: Target, name: str) -> None:
    """NotYet while the Secret does not hold the CA's key: of another owner, or left from an earlier time of the operator."""
    content = secret(target, NAMESPACE, name)
    if "ca.key" not in content:
        raise NotYet("no ca.key in it")
    key = load_pem_private_key(content["ca.key"].encode(), None)
    if key.public_key() != certificates_in(content["ca.crt"])[0].public_key():
        raise NotYet("ca.key is of another CA than ca.crt")


def _look_for_trust(target: Target, name: str) -> None:
    wanted = certificates_in(secret(target, NAMESPACE, name)["ca.crt"])
    bundles = ca_bundles(target)
    assert bundles, "nobody calls KEDA"
    for who, bundle in bundles.items():
        if not set(wanted) <= set(certificates_in(bundle)):
            raise NotYet(f"{who} does not trust it")
