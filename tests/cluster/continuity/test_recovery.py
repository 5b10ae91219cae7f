"""Certificates that have ended, deleted Secrets, a cert-manager that is away: who repairs it, and what fails until then."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.cluster import releases
from tests.cluster.continuity import faults, procedures
from tests.cluster.continuity.change import under_load
from tests.cluster.continuity.renewals import renew, replace, wait_until_served
from tests.cluster.continuity.results import RECOVERY, Change
from tests.cluster.continuity.situations import OWN_SECRET, SECONDS_UNTIL_PODS_HAVE_IT, begin, situation, upgrade
from tests.cluster.probes import OPERATOR, certificates_in, secret, service_names
from tests.cluster.releases import NAMESPACE
from tests.cluster.stage import Stage
from tests.cluster.targets import Target
from tests.cluster.waiting import NotYet, until
from tests.support import certificates
from tests.support.modes import (
    BY_CERT_MANAGER,
    CA_SECRET,
    CERT_MANAGER_USER_CA,
    OPERATOR_GENERATED,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    USER_PROVIDED_SECRET,
)

pytestmark = pytest.mark.continuity

_DAYS, _ENDED = 3000, 0
_SECONDS_TO_REPAIR = 60


def ended(names: list[str], signer: certificates.Pair) -> dict[str, str]:
    """``tls.crt`` and ``tls.key`` of a certificate whose time is over."""
    pair = certificates.rsa_leaf(names, signer, _ENDED)
    return {"tls.crt": pair.pem, "tls.key": pair.key_pem}


def signer(target: Target, name: str, certificate: str, key: str) -> certificates.Pair:
    """The CA in a Secret, by the names of its two keys there."""
    content = secret(target, NAMESPACE, name)
    private = load_pem_private_key(content[key].encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return certificates.Pair(certificates_in(content[certificate])[0], private)


def repaired(target: Target, name: str, broken: str) -> None:
    """Wait until ``name`` holds another certificate than ``broken``, and every port serves it."""

    def look() -> None:
        if secret(target, NAMESPACE, name).get("tls.crt", broken) == broken:
            raise NotYet("nobody has repaired the Secret")

    until(look, _SECONDS_TO_REPAIR, f"{name} is written again")
    wait_until_served(target, name)


@pytest.mark.parametrize("mode", [OPERATOR_GENERATED.name, CERT_MANAGER_USER_CA.name])
def test_an_ended_certificate_is_replaced_by_who_made_it(stage: Stage, mode: str) -> None:
    target = begin(stage, situation(mode))
    place = (
        (SERVING_SECRET, "ca.crt", "ca.key") if mode == OPERATOR_GENERATED.name else (CA_SECRET, "tls.crt", "tls.key")
    )
    broken = ended(service_names(NAMESPACE), signer(target, *place))

    def change() -> None:
        replace(target, SERVING_SECRET, broken)
        repaired(target, SERVING_SECRET, broken["tls.crt"])

    under_load(
        target, Change(RECOVERY, f"{mode}, certificate ended"), change, "it ends", "new certificate served everywhere"
    )


def test_the_users_ended_certificate_is_over_when_the_user_replaces_it(stage: Stage, tmp_path: Path) -> None:
    mode = USER_PROVIDED_SECRET.name
    target = begin(stage, situation(mode))
    ca = certificates.rsa_authority("company CA", _DAYS)
    names = service_names(NAMESPACE)
    valid = [certificates.rsa_leaf(names, ca, _DAYS) for _ in range(2)]
    content = [{"tls.crt": pair.pem, "tls.key": pair.key_pem} for pair in valid]
    replace(target, OWN_SECRET, {**content[0], "ca.crt": ca.pem})
    upgrade(stage, situation(mode, certificates={"caBundle": ca.pem}), tmp_path)
    wait_until_served(target, OWN_SECRET)
    releases.wait_until_available(target)

    def change() -> None:
        replace(target, OWN_SECRET, ended(names, ca))
        # Nobody takes the ended certificate from a client, so nobody can be asked whether it is served.
        time.sleep(SECONDS_UNTIL_PODS_HAVE_IT)
        replace(target, OWN_SECRET, content[1])
        wait_until_served(target, OWN_SECRET)

    under_load(
        target, Change(RECOVERY, f"{mode}, certificate ended"), change, "it ends", "new certificate served everywhere"
    )


@pytest.mark.parametrize("mode", BY_CERT_MANAGER)
def test_a_deleted_secret_is_written_again_by_cert_manager(stage: Stage, mode: str) -> None:
    lose_the_secret(stage, mode)


def test_a_deleted_secret_is_written_again_by_an_operator_that_starts(stage: Stage) -> None:
    """The operator looks for its Secret when it starts; until then all pods serve what they have, and then they start, too."""

    def restart(target: Target) -> None:
        target.kubectl("rollout", "restart", f"--namespace={NAMESPACE}", f"deployment/{OPERATOR.deployment}")
        procedures.restart_when_written(target)

    lose_the_secret(stage, OPERATOR_GENERATED.name, repair=restart)


def lose_the_secret(stage: Stage, mode: str, repair: Callable[[Target], None] | None = None) -> None:
    """Delete the serving Secret under load, ``repair`` what does not do so itself, wait for another certificate everywhere."""
    target = begin(stage, situation(mode))
    broken = secret(target, NAMESPACE, SERVING_SECRET)["tls.crt"]

    def change() -> None:
        delete_secret(target, SERVING_SECRET)
        if repair is not None:
            repair(target)
        repaired(target, SERVING_SECRET, broken)

    under_load(
        target,
        Change(RECOVERY, f"{mode}, Secret deleted"),
        change,
        "it is deleted",
        "new certificate served everywhere",
    )


def test_pods_serve_on_while_the_users_secret_is_away(stage: Stage) -> None:
    mode = USER_PROVIDED_SECRET.name
    target = begin(stage, situation(mode))
    content = secret(target, NAMESPACE, OWN_SECRET)

    def change() -> None:
        delete_secret(target, OWN_SECRET)
        # kubelet looks once in this time.
        time.sleep(SECONDS_UNTIL_PODS_HAVE_IT)
        target.apply(
            [
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": OWN_SECRET, "namespace": NAMESPACE},
                    "type": "kubernetes.io/tls",
                    "stringData": content,
                }
            ]
        )

    under_load(
        target, Change(RECOVERY, f"{mode}, Secret deleted and brought back"), change, "it is deleted", "and is back"
    )


def test_a_renewal_waits_for_a_cert_manager_that_is_away(stage: Stage) -> None:
    mode = CERT_MANAGER_USER_CA.name
    target = begin(stage, situation(mode))

    def change() -> None:
        faults.restart_cert_manager(target)
        # Its webhook is away, too, and takes no request for a renewal meanwhile.
        until(lambda: renew(target, SERVING_CERTIFICATE[1]), _SECONDS_TO_REPAIR, "cert-manager renews")
        wait_until_served(target, SERVING_SECRET)

    restarted = Change(RECOVERY, f"{mode}, leaf renewed while cert-manager restarts")
    under_load(target, restarted, change, "it begins", "new certificate served everywhere")


def delete_secret(target: Target, name: str) -> None:
    target.kubectl("delete", "secret", name, f"--namespace={NAMESPACE}")
