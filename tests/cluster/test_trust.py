"""Who signed what KEDA serves, and who is told to trust it: one and the same CA, in every certificate mode."""

from __future__ import annotations

import pytest

from tests.cluster.handshakes import is_signed_by, shake_hands
from tests.cluster.probes import (
    COMPONENTS,
    METRICS_APISERVER,
    WEBHOOKS,
    Component,
    ca_bundles,
    certificates_in,
    pair_of,
    secret,
    service_host,
)
from tests.cluster.releases import Installed
from tests.support.modes import APISERVICE, PUBLISHED_KEYS, SERVING_SECRET, Mode

pytestmark = pytest.mark.cluster


def test_ca_bundles_of_all_callers_are_the_ca_that_signed_the_serving_certificate(installed: Installed) -> None:
    content = secret(installed.target, installed.namespace, SERVING_SECRET)
    serving, authorities = certificates_in(content["tls.crt"])[0], certificates_in(content["ca.crt"])
    bundles = ca_bundles(installed.target)
    assert len(bundles) == 7, "the APIService and six webhooks"
    assert {who: certificates_in(pem) for who, pem in bundles.items()} == dict.fromkeys(bundles, authorities)
    assert [authority for authority in authorities if is_signed_by(serving, authority)], authorities


@pytest.mark.parametrize("component", [METRICS_APISERVER, WEBHOOKS], ids=lambda component: component.name)
def test_what_a_port_serves_leads_to_the_ca_bundle_of_its_caller(installed: Installed, component: Component) -> None:
    bundles = ca_bundles(installed.target)
    trusted = (
        bundles[f"APIService {APISERVICE}"]
        if component is METRICS_APISERVER
        else next(pem for who, pem in bundles.items() if who.startswith("webhook "))
    )
    with installed.target.reach(installed.namespace, component.service, component.port) as connect:
        served = shake_hands(connect, service_host(component, installed.namespace), trusted=trusted)
    content = secret(installed.target, installed.namespace, SERVING_SECRET)
    assert served.certificate == certificates_in(content["tls.crt"])[0]


def test_nobody_is_told_to_skip_verification(installed: Installed) -> None:
    spec = installed.target.get(f"/apis/apiregistration.k8s.io/v1/apiservices/{APISERVICE}")["spec"]
    assert spec.get("insecureSkipTLSVerify", False) is False


def test_the_serving_secret_holds_what_the_pods_mount(installed: Installed, mode: Mode) -> None:
    content = secret(installed.target, installed.namespace, SERVING_SECRET)
    own_key = {"ca.key"} if mode.writes_serving_secret == "operator" else set()
    assert set(content) == PUBLISHED_KEYS | own_key


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_the_certificate_names_each_service(installed: Installed, component: Component) -> None:
    content = secret(installed.target, installed.namespace, SERVING_SECRET)
    with installed.target.reach(installed.namespace, component.service, component.port) as connect:
        served = shake_hands(
            connect,
            service_host(component, installed.namespace),
            trusted=content["ca.crt"],
            client=pair_of(content),
        )
    assert served.answer
