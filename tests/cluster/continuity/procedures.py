"""Switches of the mode in the steps that docs/certificates.md advises, where one ``helm upgrade`` leaves a longer gap."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from pathlib import Path
from typing import Any

from tests.cluster import releases
from tests.cluster.continuity import documented
from tests.cluster.continuity.renewals import renew
from tests.cluster.continuity.situations import (
    GENERATED_CA_SECRET,
    OWN_SECRET,
    SECONDS_TO_UPGRADE,
    SECONDS_UNTIL_PODS_HAVE_IT,
    upgrade,
    wait_until_settled,
)
from tests.cluster.harness.process import CommandFailed
from tests.cluster.probes import (
    LEASE,
    METRICS_APISERVER,
    OPERATOR,
    WEBHOOKS,
    ca_bundles,
    certificates_in,
    lease_holder,
    pod_of,
    pods,
    secret,
)
from tests.cluster.releases import CHART, NAMESPACE, RELEASE, Scenario, helm, value_arguments
from tests.cluster.stage import Stage
from tests.cluster.targets import Target
from tests.cluster.waiting import NotYet, until
from tests.support.modes import (
    CA_SECRET,
    CERT_MANAGER_GENERATED_CA,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    USER_PROVIDED_SECRET,
)

# What cert-manager's documentation calls this permission.
_INJECTION_ALLOWED = "cert-manager.io/allow-direct-injection=true"
_SECONDS_TO_INJECT = 30
_SECONDS_TO_LEAD = 30
_SECONDS_TO_SIGN = 60


def bring_the_ca_along(stage: Stage, goal: Scenario, folder: Path, ca_secret: str = CA_SECRET) -> None:
    """The operator finds a CA that it would have made itself, with its key, and a certificate of it: it keeps both."""
    names = {CA_SECRET: ca_secret} if ca_secret != CA_SECRET else {}
    assert "DNS:KEDA" in documented.follow(stage.target, "The CA is one that the operator keeps", folder)
    documented.follow(stage.target, "The operator finds the CA's key", folder, names)
    upgrade(stage, goal, folder)


def over_a_generated_ca(stage: Stage, goal: Scenario, folder: Path) -> None:
    """cert-manager makes a CA that the operator would keep: it brings the new CA to everybody before the operator does."""
    upgrade(stage, _with_a_generated_ca(goal), folder)
    # From a CA of one's own the Issuer keeps its name, so that cert-manager sees no reason to sign again.
    renew(stage.target, SERVING_CERTIFICATE[1])
    _bring_along_when_everybody_has_it(stage, goal, folder)


def over_cert_manager(stage: Stage, goal: Scenario, folder: Path) -> None:
    """The same from a certificate of one's own."""
    from_user_provided_secret(stage, _with_a_generated_ca(goal), folder)
    _bring_along_when_everybody_has_it(stage, goal, folder)


def without_cert_manager(stage: Stage, goal: Scenario, folder: Path) -> None:
    """From a certificate of one's own: everybody trusts the CA that the operator will find before it does."""
    target, own = stage.target, {SERVING_SECRET: OWN_SECRET}
    documented.follow(target, "A new CA and a certificate of it", folder, own)
    documented.follow(target, "Everybody trusts the CA that the operator will have", folder)
    both = (folder / "both.crt").read_text()
    upgrade(
        stage,
        _with_certificates(
            dataclasses.replace(goal, mode=USER_PROVIDED_SECRET.name), {"secretName": OWN_SECRET, "caBundle": both}
        ),
        folder,
    )
    time.sleep(SECONDS_UNTIL_PODS_HAVE_IT)
    documented.follow(target, "The CA bundles stay when the chart no longer writes them", folder)
    upgrade(stage, goal, folder)
    # Helm waits for pods, which are Ready before one of them leads.
    wait_until_settled(target, goal.mode)
    documented.follow(target, "The second owner goes", folder)


def _with_a_generated_ca(goal: Scenario) -> Scenario:
    between = dataclasses.replace(goal, mode=CERT_MANAGER_GENERATED_CA.name)
    return _with_certificates(between, {"certManager": {"caSecretName": GENERATED_CA_SECRET}})


def _bring_along_when_everybody_has_it(stage: Stage, goal: Scenario, folder: Path) -> None:
    until(lambda: _look_for_signer(stage.target), _SECONDS_TO_SIGN, f"cert-manager signs with {GENERATED_CA_SECRET}")
    # Pods that started before that have the files of the old CA.
    time.sleep(SECONDS_UNTIL_PODS_HAVE_IT)
    bring_the_ca_along(stage, goal, folder, GENERATED_CA_SECRET)


def _look_for_signer(target: Target) -> None:
    made, serving = (secret(target, NAMESPACE, name) for name in (GENERATED_CA_SECRET, SERVING_SECRET))
    if certificates_in(made["tls.crt"]) != certificates_in(serving["ca.crt"]):
        raise NotYet(f"{SERVING_SECRET} holds another CA")


def start_pods_anew(stage: Stage, goal: Scenario, folder: Path) -> None:
    """The operator makes another CA, and nobody waits until kubelet has looked."""
    _begin_upgrade(stage.target, goal, folder)
    restart_when_written(stage.target)


def _begin_upgrade(target: Target, goal: Scenario, folder: Path) -> None:
    """``helm upgrade`` without waiting for anything."""
    helm(target, "upgrade", RELEASE, CHART, *value_arguments(goal, folder), stdin=goal.values)


def restart_when_written(target: Target) -> None:
    """Pods that have started before the operator wrote its certificates start again."""
    target.kubectl(
        *("wait", f"secret/{SERVING_SECRET}", f"--namespace={NAMESPACE}", "--for=create", "--timeout=60s"), seconds=70
    )
    target.kubectl(
        *("wait", f"secret/{SERVING_SECRET}", f"--namespace={NAMESPACE}"),
        *("--for=jsonpath={.data.ca\\.key}", f"--timeout={SECONDS_TO_UPGRADE}s"),
        seconds=SECONDS_TO_UPGRADE,
    )
    deployments = [f"deployment/{component.deployment}" for component in (METRICS_APISERVER, WEBHOOKS)]
    target.kubectl("rollout", "restart", f"--namespace={NAMESPACE}", *deployments)
    releases.wait_until_rolled_out(target, SECONDS_TO_UPGRADE)


def lease_handed_over(stage: Stage, goal: Scenario, folder: Path) -> None:
    """Whoever empties the lease of an operator that is gone spares the next one the wait until it has run out."""
    target = stage.target
    replaced = {pod.name for pod in pods(target, NAMESPACE) if pod.component is OPERATOR}
    _begin_upgrade(target, goal, folder)
    # Of several old operators, another one may lead next.
    while pod_of(holder := until(lambda: _look_for_leader(target), _SECONDS_TO_LEAD, "an operator leads")) in replaced:
        target.kubectl(
            *("wait", f"pod/{pod_of(holder)}", f"--namespace={NAMESPACE}", "--for=delete"),
            f"--timeout={SECONDS_TO_UPGRADE}s",
            seconds=SECONDS_TO_UPGRADE + 10,
        )
        path = "/spec/holderIdentity"
        patch = [{"op": "test", "path": path, "value": holder}, {"op": "replace", "path": path, "value": ""}]
        # Refused when another operator leads already.
        with contextlib.suppress(CommandFailed):
            target.kubectl(
                *("patch", "lease", LEASE, f"--namespace={NAMESPACE}", "--type=json", f"--patch={json.dumps(patch)}")
            )
    releases.wait_until_rolled_out(target, SECONDS_TO_UPGRADE)


def _look_for_leader(target: Target) -> str:
    holder = lease_holder(target, NAMESPACE)
    if not holder:
        raise NotYet("nobody holds the lease")
    return holder


def to_user_provided_secret(stage: Stage, goal: Scenario, folder: Path) -> None:
    """The API server trusts the CA of the old mode, too, until its certificate is gone."""
    old = secret(stage.target, NAMESPACE, SERVING_SECRET)["ca.crt"]
    new = secret(stage.target, NAMESPACE, OWN_SECRET)["ca.crt"]
    upgrade(stage, _with_certificates(goal, {"caBundle": new + old}), folder)
    upgrade(stage, _with_certificates(goal, {"caBundle": new}), folder)


def from_user_provided_secret(stage: Stage, goal: Scenario, folder: Path) -> None:
    """cert-manager's cainjector gets the CA bundles first: it keeps what the API server trusts until the new CA is beside it."""
    stage.target.kubectl("annotate", "secret", OWN_SECRET, f"--namespace={NAMESPACE}", _INJECTION_ALLOWED)
    injected = {"cert-manager.io/inject-ca-from-secret": f"{NAMESPACE}/{OWN_SECRET}"}
    before = dataclasses.replace(goal, mode=USER_PROVIDED_SECRET.name)
    certificates = {"secretName": OWN_SECRET, "caBundle": "", "caInjectionAnnotations": injected}
    upgrade(stage, _with_certificates(before, certificates), folder)
    until(lambda: _look_for_bundles(stage.target), _SECONDS_TO_INJECT, "the cainjector fills the CA bundles")
    upgrade(stage, goal, folder)


def _with_certificates(scenario: Scenario, certificates: dict[str, Any]) -> Scenario:
    values = json.loads(scenario.values)
    values["certificates"] |= certificates
    return dataclasses.replace(scenario, values=json.dumps(values))


def _look_for_bundles(target: Target) -> None:
    empty = [who for who, bundle in ca_bundles(target).items() if not bundle]
    if empty:
        raise NotYet(f"nothing is trusted for {empty}")
