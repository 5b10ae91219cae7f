"""Renewals and switches of the mode in the middle of which something dies: in the end everything is served, and nothing is lost.

In a renewal, whoever issues is struck while it issues; KEDA's processes and kubelet when the Secret is written and the pods
have the old files still. A switch is struck when Helm has changed the operator's Deployment, and has more to change.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import figures, scaling
from tests.cluster.continuity import load, renewals, situations
from tests.cluster.continuity.change import under_load
from tests.cluster.continuity.faults import CERT_MANAGER_RESTARTED, FAULTS, away, killed
from tests.cluster.continuity.results import INTERRUPTED, Change
from tests.cluster.continuity.situations import OWN_SECRET, situation
from tests.cluster.harness.process import CommandFailed
from tests.cluster.probes import OPERATOR, service_names, uids
from tests.cluster.releases import NAMESPACE, RELEASE, Scenario, helm
from tests.cluster.stage import Stage
from tests.cluster.targets import EmbeddedTarget, Target
from tests.cluster.waiting import NotYet, until
from tests.support import certificates
from tests.support.modes import (
    CERT_MANAGER_EXISTING_ISSUER,
    CERT_MANAGER_GENERATED_CA,
    CERT_MANAGER_USER_CA,
    MODES,
    OPERATOR_GENERATED,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    USER_PROVIDED_SECRET,
)

pytestmark = pytest.mark.continuity

_API_SERVER, _ETCD = away("kube-apiserver"), away("etcd")
# What Helm talks to in an upgrade, cert-manager's webhook among it: without it Helm gives up.
_NEEDED_BY_HELM = (_API_SERVER, _ETCD, CERT_MANAGER_RESTARTED)
# cert-manager and the operator have written the Secret by then.
_SECONDS_UNTIL_WRITTEN = 2
# A container that ends again and again is started after 10, 20 and 40 s.
_SECONDS_TO_COME_BACK = 180
_DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{OPERATOR.deployment}"


@dataclass(frozen=True)
class Renewal:
    """A renewal in a mode. ``begin`` returns while it goes on; what it returns waits until the Secret is written."""

    mode: str
    what: str
    begin: Callable[[Target], Callable[[], None]]
    secret_name: str = SERVING_SECRET

    @property
    def modes(self) -> tuple[str, ...]:
        return (self.mode,)

    def __str__(self) -> str:
        return f"{self.mode}, {self.what}"


@dataclass(frozen=True)
class Switch:
    """A change from one mode to another."""

    before: str
    after: str

    @property
    def modes(self) -> tuple[str, ...]:
        return self.before, self.after

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"


def with_faults(changes: Sequence[Renewal] | Sequence[Switch]) -> list[Any]:
    """Each change with each fault; cert-manager has a part only where it issues before or after."""
    return [
        pytest.param(change, fault, id=f"{change}-{fault}")
        for change in changes
        for fault in FAULTS
        if fault != CERT_MANAGER_RESTARTED or any(MODES[mode].by_cert_manager for mode in change.modes)
    ]


# --- Renewals ----------------------------------------------------------------------------------------------------------


def begin_leaf(target: Target) -> Callable[[], None]:
    certificate = SERVING_CERTIFICATE[1]
    revision = renewals.request_renewal(target, certificate)
    return lambda: renewals.wait_until_signed(target, certificate, revision, _SECONDS_TO_COME_BACK)


def begin_leaf_of_a_new_ca(mode: str) -> Callable[[Target], Callable[[], None]]:
    def begin(target: Target) -> Callable[[], None]:
        renewals.renew(target, renewals.CA_CERTIFICATES[mode])
        return begin_leaf(target)

    return begin


def begin_rotation(target: Target) -> Callable[[], None]:
    soon = renewals.ending_soon(target, "leaf")
    renewals.replace(target, SERVING_SECRET, soon)
    return lambda: renewals.wait_until_rotated(target, soon, _SECONDS_TO_COME_BACK)


def own_content() -> dict[str, str]:
    """A Secret's content with a new serving certificate of our own CA."""
    pair = certificates.leaf(service_names(NAMESPACE))
    return {"tls.crt": pair.pem, "tls.key": pair.key_pem, "ca.crt": certificates.authority().pem}


@functools.cache
def renewable(mode: str) -> Scenario:
    """The situation of a mode, where the certificate is the user's own with one of our CA: the example's CA has no key here."""
    scenario = situation(mode)
    if scenario.prerequisites is None:
        return scenario
    (item,) = json.loads(scenario.prerequisites)
    return dataclasses.replace(
        situation(mode, certificates={"caBundle": certificates.authority().pem}),
        prerequisites=json.dumps([item | {"stringData": own_content()}]),
    )


def begin_replacement(target: Target) -> Callable[[], None]:
    renewals.replace(target, OWN_SECRET, own_content())
    return lambda: None


RENEWALS = [
    *(
        Renewal(mode, what, begin)
        for mode in (CERT_MANAGER_GENERATED_CA.name, CERT_MANAGER_EXISTING_ISSUER.name)
        for what, begin in (("leaf renewed", begin_leaf), ("CA and leaf renewed", begin_leaf_of_a_new_ca(mode)))
    ),
    Renewal(CERT_MANAGER_USER_CA.name, "leaf renewed", begin_leaf),
    Renewal(OPERATOR_GENERATED.name, "leaf rotated", begin_rotation),
    Renewal(USER_PROVIDED_SECRET.name, "certificate replaced", begin_replacement, OWN_SECRET),
]


def is_issued_by(mode: str, fault: str) -> bool:
    """Whether the fault strikes what issues in the mode, or what that needs."""
    issuer = killed(OPERATOR) if mode == OPERATOR_GENERATED.name else CERT_MANAGER_RESTARTED
    return fault in (_API_SERVER, _ETCD, issuer)


@pytest.mark.parametrize(("renewal", "fault"), with_faults(RENEWALS))
def test_a_renewal_in_which_something_dies_ends_with_everything_served(
    stage: Stage, embedded: EmbeddedTarget, renewal: Renewal, fault: str
) -> None:
    situations.begin_with_new_pods(stage, renewable(renewal.mode))

    def change() -> None:
        wait_until_written = renewal.begin(embedded)
        if not is_issued_by(renewal.mode, fault):
            time.sleep(_SECONDS_UNTIL_WRITTEN)
        FAULTS[fault](embedded)
        wait_until_written()
        renewals.wait_until_served(embedded, renewal.secret_name)

    with stage.kept():
        nothing_is_lost(
            embedded, Change(INTERRUPTED, f"{renewal}; {fault}"), change, "new certificate served everywhere"
        )


# --- Switches of the mode ----------------------------------------------------------------------------------------------


SWITCHES = [
    Switch(OPERATOR_GENERATED.name, CERT_MANAGER_GENERATED_CA.name),
    Switch(CERT_MANAGER_GENERATED_CA.name, OPERATOR_GENERATED.name),
    Switch(CERT_MANAGER_USER_CA.name, USER_PROVIDED_SECRET.name),
    Switch(USER_PROVIDED_SECRET.name, OPERATOR_GENERATED.name),
]


@pytest.mark.parametrize(("switch", "fault"), with_faults(SWITCHES))
def test_a_switch_in_which_something_dies_ends_with_everything_served(
    stage: Stage, embedded: EmbeddedTarget, switch: Switch, fault: str, tmp_path: Path
) -> None:
    first, goal = situations.pair(switch.before, switch.after)
    situations.begin(stage, first)
    situations.prepare(stage, goal)
    what = Change(INTERRUPTED, f"{switch}; {fault}")

    def change() -> None:
        old = generation(embedded)
        with ThreadPoolExecutor(1) as pool:
            upgrade = pool.submit(situations.upgrade, stage, goal, tmp_path)
            wait_for_change(embedded, old, upgrade)
            FAULTS[fault](embedded)
            try:
                upgrade.result()
            except CommandFailed as failure:
                if fault not in _NEEDED_BY_HELM:
                    raise
                figures.ALL.append(f"{what}: Helm gave up: {last_words(failure)}; it was {release_status(embedded)}")
                upgrade_again(stage, switch.before, goal, tmp_path)

    nothing_is_lost(
        embedded, what, change, "and ends", settle=lambda: situations.wait_until_settled(embedded, switch.after)
    )


def generation(target: Target) -> int:
    """How often the operator's Deployment has been changed."""
    count: int = target.get(_DEPLOYMENT)["metadata"]["generation"]
    return count


def wait_for_change(target: Target, old: int, upgrade: Future[None]) -> None:
    """Wait until the operator's Deployment is not as it was, or the upgrade has ended before that."""

    def look() -> None:
        if generation(target) == old and not upgrade.done():
            raise NotYet("it is as it was")

    until(look, _SECONDS_TO_COME_BACK, "Helm changes the operator's Deployment")


def upgrade_again(stage: Stage, before: str, goal: Scenario, folder: Path) -> None:
    """What docs/troubleshooting.md says: roll back what Helm calls in progress, and upgrade again."""
    if release_status(stage.target).startswith("pending"):
        with pytest.raises(CommandFailed, match="another operation"):
            situations.upgrade(stage, goal, folder)
        situations.roll_back(stage, before)
    until(lambda: situations.upgrade(stage, goal, folder), _SECONDS_TO_COME_BACK, "the upgrade is made again")


def release_status(target: Target) -> str:
    """What Helm calls the release now, such as ``pending-upgrade``."""
    status: str = json.loads(helm(target, "status", RELEASE, "--output=json"))["info"]["status"]
    return status


def last_words(failure: CommandFailed) -> str:
    return failure.output.strip().splitlines()[-1][:300] if failure.output.strip() else "without a word"


# --- What must hold in both --------------------------------------------------------------------------------------------


def nothing_is_lost(
    target: Target, what: Change, change: Callable[[], None], ends: str, settle: Callable[[], None] = lambda: None
) -> None:
    """Make ``change`` under load; everything is served afterwards, and the objects that scale are the same as before."""
    before: dict[str, str] = {}

    def make() -> None:
        before.update(uids(target, scaling.scaled(load.NAME)))
        change()

    under_load(target, what, make, "it begins", ends, settle)
    assert uids(target, scaling.scaled(load.NAME)) == before
