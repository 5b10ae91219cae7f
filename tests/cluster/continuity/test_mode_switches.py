"""Every mode to every other mode, and back, under load: it ends well, and the table says what failed meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.continuity import procedures, situations
from tests.cluster.continuity.change import under_load
from tests.cluster.continuity.renewals import KEDA_CA, renew, replace, wait_until_served
from tests.cluster.continuity.results import DOCUMENTED, ROLLBACK, SWITCH, Change
from tests.cluster.continuity.situations import AVAILABILITY
from tests.cluster.probes import secret
from tests.cluster.releases import NAMESPACE, Scenario
from tests.cluster.stage import Stage
from tests.support import certificates
from tests.support.modes import (
    BY_CERT_MANAGER,
    CA_SECRET,
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

SWITCHES = list(itertools.permutations(MODES, 2))
BY_OTHERS = [name for name in MODES if name != USER_PROVIDED_SECRET.name]
Upgrade = Callable[[Stage, Scenario, Path], None]
TO_OPERATOR_GENERATED: dict[str, Upgrade] = {
    CERT_MANAGER_GENERATED_CA.name: procedures.bring_the_ca_along,
    CERT_MANAGER_USER_CA.name: procedures.over_a_generated_ca,
    CERT_MANAGER_EXISTING_ISSUER.name: procedures.over_a_generated_ca,
    USER_PROVIDED_SECRET.name: procedures.over_cert_manager,
}
DAYS = 3000


@pytest.fixture(params=list(AVAILABILITY))
def availability(request: pytest.FixtureRequest) -> str:
    """Default values, and the high-availability preset."""
    name: str = request.param
    return name


def test_there_are_twenty_switches() -> None:
    assert len(SWITCHES) == 20


@pytest.mark.parametrize(("before", "after"), SWITCHES, ids=lambda mode: mode)
def test_a_switch_ends_with_everything_served(
    stage: Stage, before: str, after: str, availability: str, tmp_path: Path
) -> None:
    switch(stage, before, after, availability, tmp_path, situations.upgrade, SWITCH)


@pytest.mark.parametrize(("before", "after"), SWITCHES, ids=lambda mode: mode)
def test_a_rollback_ends_with_everything_served(stage: Stage, before: str, after: str, tmp_path: Path) -> None:
    """``before`` is what the rollback ends with: it is installed first, then the other mode."""
    first, goal = situations.pair(before, after)
    target = situations.begin(stage, first)
    situations.prepare(stage, goal)
    situations.upgrade(stage, goal, tmp_path)
    situations.wait_until_settled(target, after)
    under_load(
        target,
        Change(ROLLBACK, f"{after} -> {before}"),
        lambda: situations.roll_back(stage, before),
        "helm rollback begins",
        "and ends",
        settle=lambda: situations.wait_until_settled(target, before),
    )


@pytest.mark.parametrize("before", list(TO_OPERATOR_GENERATED))
def test_the_documented_way_to_the_operators_certificates(
    stage: Stage, before: str, availability: str, tmp_path: Path
) -> None:
    # The way from a certificate of one's own leads over cert-manager.
    stage.need_cert_manager()
    after = OPERATOR_GENERATED.name
    switch(stage, before, after, availability, tmp_path, TO_OPERATOR_GENERATED[before], DOCUMENTED)


def test_the_documented_way_to_the_operators_certificates_without_cert_manager(
    stage: Stage, availability: str, tmp_path: Path
) -> None:
    before, after = USER_PROVIDED_SECRET.name, OPERATOR_GENERATED.name
    way, note = procedures.without_cert_manager, ", without cert-manager"
    switch(stage, before, after, availability, tmp_path, way, DOCUMENTED, note)


# From a Secret of another name, pods wait for the new one by themselves.
@pytest.mark.parametrize("before", BY_CERT_MANAGER)
def test_pods_that_start_anew_shorten_the_way_to_the_operators_certificates(
    stage: Stage, before: str, availability: str, tmp_path: Path
) -> None:
    after, note = OPERATOR_GENERATED.name, ", pods started anew"
    switch(stage, before, after, availability, tmp_path, procedures.start_pods_anew, DOCUMENTED, note)


def test_a_ca_of_ones_own_that_the_operator_would_have_made_is_kept(
    stage: Stage, availability: str, tmp_path: Path
) -> None:
    before, after = CERT_MANAGER_USER_CA.name, OPERATOR_GENERATED.name
    target = situations.begin(stage, situations.situation(before, availability))
    own = certificates.rsa_authority(KEDA_CA, DAYS)
    replace(target, CA_SECRET, {"tls.crt": own.pem, "tls.key": own.key_pem})
    renew(target, SERVING_CERTIFICATE[1])
    wait_until_served(target, SERVING_SECRET)
    what = Change(DOCUMENTED, f"{before}, with a CA as the operator makes it -> {after}", availability)
    measure(stage, situations.situation(after, availability), what, tmp_path, procedures.bring_the_ca_along)
    kept = secret(target, NAMESPACE, SERVING_SECRET)
    assert (kept["ca.crt"], kept["ca.key"]) == (own.pem, own.key_pem)


@pytest.mark.parametrize("before", BY_OTHERS)
def test_the_documented_way_to_a_certificate_of_ones_own(
    stage: Stage, before: str, availability: str, tmp_path: Path
) -> None:
    after = USER_PROVIDED_SECRET.name
    switch(stage, before, after, availability, tmp_path, procedures.to_user_provided_secret, DOCUMENTED)


@pytest.mark.parametrize("after", BY_CERT_MANAGER)
def test_the_documented_way_from_a_certificate_of_ones_own(
    stage: Stage, after: str, availability: str, tmp_path: Path
) -> None:
    before = USER_PROVIDED_SECRET.name
    switch(stage, before, after, availability, tmp_path, procedures.from_user_provided_secret, DOCUMENTED)


def test_the_lease_can_be_handed_over(stage: Stage, availability: str, tmp_path: Path) -> None:
    before, after = OPERATOR_GENERATED.name, CERT_MANAGER_GENERATED_CA.name
    note = ", lease handed over"
    switch(stage, before, after, availability, tmp_path, procedures.lease_handed_over, DOCUMENTED, note)


def switch(
    stage: Stage, before: str, after: str, availability: str, folder: Path, upgrade: Upgrade, kind: str, note: str = ""
) -> None:
    """Install one mode, ``upgrade`` to the other under load, keep the figures, and check that everything is served.

    ``note`` tells this way from another one between the same modes.
    """
    first, goal = situations.pair(before, after, availability)
    situations.begin(stage, first)
    situations.prepare(stage, goal)
    measure(stage, goal, Change(kind, f"{before} -> {after}{note}", availability), folder, upgrade)


def measure(stage: Stage, goal: Scenario, what: Change, folder: Path, upgrade: Upgrade) -> None:
    """``upgrade`` what is installed to ``goal`` under load, until its mode is in force everywhere."""
    under_load(
        stage.target,
        what,
        lambda: upgrade(stage, goal, folder),
        "helm upgrade begins",
        "and ends",
        settle=lambda: situations.wait_until_settled(stage.target, goal.mode),
    )
