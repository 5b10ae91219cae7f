"""Certificates and CAs that are renewed under load, in every mode, by whoever renews them there."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from tests.cluster import releases
from tests.cluster.continuity import documented
from tests.cluster.continuity.change import under_load
from tests.cluster.continuity.renewals import (
    CA_CERTIFICATES,
    KEDA_CA,
    ending_soon,
    renew,
    replace,
    wait_until_rotated,
    wait_until_served,
)
from tests.cluster.continuity.results import RENEWAL, Change
from tests.cluster.continuity.situations import (
    AVAILABILITY,
    OWN_SECRET,
    SECONDS_UNTIL_PODS_HAVE_IT,
    begin,
    situation,
    upgrade,
)
from tests.cluster.probes import ca_bundles, certificates_in, pods, secret, service_names
from tests.cluster.releases import NAMESPACE
from tests.cluster.stage import Stage
from tests.cluster.targets import Target
from tests.cluster.waiting import NotYet, until
from tests.support import certificates
from tests.support.modes import (
    BY_CERT_MANAGER,
    CA_CERTIFICATE,
    CA_SECRET,
    CERT_MANAGER_GENERATED_CA,
    CERT_MANAGER_USER_CA,
    OPERATOR_GENERATED,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    USER_PROVIDED_SECRET,
)

pytestmark = pytest.mark.continuity

_DAYS = 3000
_SECONDS_TO_INJECT = 30
_SECONDS_TO_SIGN = 60


@pytest.fixture(params=list(AVAILABILITY))
def availability(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def renewed(target: Target, what: Change, change: Callable[[], None], secret_name: str = SERVING_SECRET) -> None:
    """Make ``change`` under load and wait until every port serves the certificate that the Secret holds then."""

    def until_served() -> None:
        change()
        wait_until_served(target, secret_name)

    under_load(target, what, until_served, "it begins", "new certificate served everywhere")


@pytest.mark.parametrize("mode", BY_CERT_MANAGER)
def test_cert_manager_renews_the_serving_certificate(stage: Stage, mode: str, availability: str) -> None:
    target = begin(stage, situation(mode, availability))
    renewed(
        target, Change(RENEWAL, f"{mode}, leaf renewed", availability), lambda: renew(target, SERVING_CERTIFICATE[1])
    )


@pytest.mark.parametrize("mode", list(CA_CERTIFICATES))
@pytest.mark.parametrize("key", ["same key", "new key"])
def test_cert_manager_renews_the_ca(stage: Stage, mode: str, key: str, availability: str) -> None:
    target = begin(stage, situation(mode, availability))
    certificate = CA_CERTIFICATES[mode]
    if key == "new key":
        patch = json.dumps({"spec": {"privateKey": {"rotationPolicy": "Always"}}})
        target.kubectl(
            *("patch", "certificate", certificate, f"--namespace={NAMESPACE}", "--type=merge", f"--patch={patch}")
        )

    def change() -> None:
        renew(target, certificate)
        renew(target, SERVING_CERTIFICATE[1])

    renewed(target, Change(RENEWAL, f"{mode}, CA ({key}) and leaf renewed", availability), change)


@pytest.mark.parametrize("key", ["same key", "new key"])
def test_a_user_replaces_the_ca(stage: Stage, key: str, availability: str) -> None:
    mode = CERT_MANAGER_USER_CA.name
    target = begin(stage, situation(mode, availability))
    old = certificates.rsa_authority("company CA", _DAYS)
    replace(target, CA_SECRET, {"tls.crt": old.pem, "tls.key": old.key_pem})
    renew(target, SERVING_CERTIFICATE[1])
    wait_until_served(target, SERVING_SECRET)
    new = certificates.rsa_authority("company CA", _DAYS, old.key if key == "same key" else None)

    def change() -> None:
        replace(target, CA_SECRET, {"tls.crt": new.pem, "tls.key": new.key_pem})
        renew(target, SERVING_CERTIFICATE[1])

    renewed(target, Change(RENEWAL, f"{mode}, CA ({key}) and leaf renewed", availability), change)


@pytest.mark.parametrize("what", ["leaf", "CA"])
def test_the_operator_rotates_by_itself(stage: Stage, what: str, availability: str) -> None:
    mode = OPERATOR_GENERATED.name
    target = begin(stage, situation(mode, availability))
    soon = ending_soon(target, what)

    def change() -> None:
        replace(target, SERVING_SECRET, soon)
        wait_until_rotated(target, soon)

    renewed(target, Change(RENEWAL, f"{mode}, {what} rotated", availability), change)


def test_a_ca_without_the_operators_name_gets_it_and_keeps_its_key(
    stage: Stage, availability: str, tmp_path: Path
) -> None:
    """As after a takeover of an official release, whose CA has no DNS name: an upgrade has it signed anew."""
    mode = CERT_MANAGER_GENERATED_CA.name
    goal = situation(mode, availability)
    target = begin(stage, goal)
    without = json.dumps({"spec": {"dnsNames": None}})
    target.kubectl(
        *("patch", "certificate", CA_CERTIFICATE[1], f"--namespace={NAMESPACE}", "--type=merge", f"--patch={without}")
    )
    until(lambda: _look_for_names(target, []), _SECONDS_TO_SIGN, "the CA has no name")
    renew(target, SERVING_CERTIFICATE[1])
    wait_until_served(target, SERVING_SECRET)
    key = secret(target, NAMESPACE, CA_SECRET)["tls.key"]

    def change() -> None:
        upgrade(stage, goal, tmp_path)
        until(lambda: _look_for_names(target, [KEDA_CA]), _SECONDS_TO_SIGN, "the CA is signed anew")
        renew(target, SERVING_CERTIFICATE[1])

    renewed(target, Change(RENEWAL, f"{mode}, CA signed anew with the name KEDA, and leaf", availability), change)
    assert secret(target, NAMESPACE, CA_SECRET)["tls.key"] == key


def _look_for_names(target: Target, names: list[str]) -> None:
    (ca,) = certificates_in(secret(target, NAMESPACE, CA_SECRET)["tls.crt"])
    found: list[str] = []
    with contextlib.suppress(x509.ExtensionNotFound):
        alternatives = ca.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found = alternatives.get_values_for_type(x509.DNSName)
    if found != names:
        raise NotYet(f"it has the names {found}")


def test_a_user_rotates_the_operators_ca_in_three_steps(stage: Stage, availability: str, tmp_path: Path) -> None:
    """Everybody trusts both CAs, then the certificate is replaced, then the old CA goes: the operator keeps each state."""
    target = begin(stage, situation(OPERATOR_GENERATED.name, availability))
    lives = [(pod.name, pod.restarts) for pod in pods(target, NAMESPACE)]
    documented.follow(target, "A new CA and a certificate of it", tmp_path)

    def step(comment: str, cas: int) -> None:
        documented.follow(target, comment, tmp_path)
        until(lambda: _look_for_cas(target, cas), _SECONDS_TO_INJECT, f"the API server trusts {cas} CAs")
        # The files of the pods follow within a minute and a half, and nothing tells when.
        time.sleep(SECONDS_UNTIL_PODS_HAVE_IT)

    def change() -> None:
        step("1. ", 2)
        step("2. ", 2)
        step("3. ", 1)

    renewed(target, Change(RENEWAL, f"{OPERATOR_GENERATED.name}, CA rotated in three steps", availability), change)
    (new,) = certificates_in((tmp_path / "new-ca.crt").read_text())
    content = secret(target, NAMESPACE, SERVING_SECRET)
    assert certificates_in(content["ca.crt"]) == [new]
    assert content["ca.key"] == (tmp_path / "new-ca.key").read_text()
    assert content["tls.crt"] == (tmp_path / "new-tls.crt").read_text()
    assert [(pod.name, pod.restarts) for pod in pods(target, NAMESPACE)] == lives


def _look_for_cas(target: Target, count: int) -> None:
    wanted = certificates_in(secret(target, NAMESPACE, SERVING_SECRET)["ca.crt"])
    assert len(wanted) == count
    bundles = ca_bundles(target)
    assert bundles, "nobody calls KEDA"
    for who, bundle in bundles.items():
        if certificates_in(bundle) != wanted:
            raise NotYet(f"{who} trusts something else")


def test_a_user_replaces_certificate_and_ca_in_three_steps(stage: Stage, availability: str, tmp_path: Path) -> None:
    """Both CAs are trusted, then the certificate is replaced, then the old CA goes."""
    mode = USER_PROVIDED_SECRET.name
    name = OWN_SECRET
    old, new = certificates.rsa_authority("old CA", _DAYS), certificates.rsa_authority("new CA", _DAYS)
    names = service_names(NAMESPACE)
    before, after = certificates.rsa_leaf(names, old, _DAYS), certificates.rsa_leaf(names, new, _DAYS)
    target = begin(stage, situation(mode, availability))
    bundles = {"old": old.pem, "both": old.pem + new.pem, "new": new.pem}

    def trust(which: str) -> None:
        upgrade(stage, situation(mode, availability, {"caBundle": bundles[which]}), tmp_path)

    replace(target, name, {"tls.crt": before.pem, "tls.key": before.key_pem, "ca.crt": old.pem})
    trust("old")
    wait_until_served(target, name)
    releases.wait_until_available(target)

    def change() -> None:
        replace(target, name, {"ca.crt": bundles["both"]})
        trust("both")
        # The files of the pods follow within a minute and a half, and nothing tells when.
        time.sleep(SECONDS_UNTIL_PODS_HAVE_IT)
        replace(target, name, {"tls.crt": after.pem, "tls.key": after.key_pem})
        wait_until_served(target, name)
        replace(target, name, {"ca.crt": bundles["new"]})
        trust("new")

    renewed(target, Change(RENEWAL, f"{mode}, certificate and CA replaced in three steps", availability), change, name)
