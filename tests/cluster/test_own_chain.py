"""A user's own certificate, signed by an intermediate of the company's CA, and the CA given with ``--set-file``."""

from __future__ import annotations

import json

import pytest

from tests.cluster import admission
from tests.cluster.handshakes import is_signed_by, shake_hands
from tests.cluster.probes import (
    COMPONENTS,
    METRICS_APISERVER,
    availability,
    ca_bundles,
    certificates_in,
    pair_of,
    pods,
    secret,
    service_host,
    service_names,
)
from tests.cluster.releases import NAMESPACE, Installed, Scenario
from tests.cluster.stage import Stage
from tests.support.certificates import authority, bundle, intermediate, leaf
from tests.support.modes import SERVING_SECRET, USER_PROVIDED_SECRET

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def own_chain() -> Scenario:
    serving = leaf(service_names(NAMESPACE), intermediate())
    secret_with_chain = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SERVING_SECRET, "namespace": NAMESPACE},
        "stringData": {
            "tls.crt": bundle(serving, intermediate()),
            "tls.key": serving.key_pem,
            "ca.crt": authority().pem,
        },
    }
    return Scenario(
        USER_PROVIDED_SECRET.name,
        values=json.dumps({"webhooks": {"failurePolicy": "Fail"}}),
        set_files=(("certificates.caBundle", authority().pem),),
        prerequisites=json.dumps([secret_with_chain]),
    )


@pytest.fixture
def installed_with_own_chain(stage: Stage, own_chain: Scenario) -> Installed:
    return stage.ready(own_chain)


def test_a_chain_with_an_intermediate_is_served_and_verified_everywhere(installed_with_own_chain: Installed) -> None:
    target, namespace = installed_with_own_chain.target, installed_with_own_chain.namespace
    content = secret(target, namespace, SERVING_SECRET)
    for component in COMPONENTS:
        with target.reach(namespace, component.service, component.port) as connect:
            served = shake_hands(
                connect, service_host(component, namespace), trusted=authority().pem, client=pair_of(content)
            )
        assert is_signed_by(served.certificate, intermediate().certificate), component.name
        assert not is_signed_by(served.certificate, authority().certificate), component.name


def test_the_ca_of_a_file_becomes_the_bundle_of_every_caller(installed_with_own_chain: Installed) -> None:
    bundles = ca_bundles(installed_with_own_chain.target)
    assert len(bundles) == 7, "the APIService and six webhooks"
    expected = [authority().certificate]
    assert {who: certificates_in(pem) for who, pem in bundles.items()} == dict.fromkeys(bundles, expected)


def test_the_api_server_follows_the_chain(installed_with_own_chain: Installed) -> None:
    available, message = availability(installed_with_own_chain.target)
    assert available, message
    assert admission.wrong(installed_with_own_chain.first_answers) == {}
    restarts = {pod.component: pod.restarts for pod in pods(installed_with_own_chain.target, NAMESPACE)}
    assert restarts == dict.fromkeys(COMPONENTS, 0), METRICS_APISERVER
