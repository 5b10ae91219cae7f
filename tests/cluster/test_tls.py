"""Real handshakes with KEDA's three TLS ports: TLS 1.3 only, and no stranger on the port between KEDA's components."""

from __future__ import annotations

import pytest

from tests.cluster.handshakes import TLS12, TLS13, ClientPair, refusal, shake_hands
from tests.cluster.harness.layout import API_PORT, NODE_ADDRESS
from tests.cluster.probes import COMPONENTS, OPERATOR, Component, pair_of, secret, service_host
from tests.cluster.releases import Installed
from tests.cluster.targets import EmbeddedTarget
from tests.support.certificates import foreign_authority, leaf
from tests.support.modes import SERVING_SECRET

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_tls_1_3_is_accepted(installed: Installed, component: Component) -> None:
    pair = pair_of(secret(installed.target, installed.namespace, SERVING_SECRET))
    host = service_host(component, installed.namespace)
    with installed.target.reach(installed.namespace, component.service, component.port) as connect:
        assert shake_hands(connect, host, trusted=None, minimum=TLS13, client=pair).version == "TLSv1.3"


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_tls_1_2_is_refused(installed: Installed, component: Component) -> None:
    pair = pair_of(secret(installed.target, installed.namespace, SERVING_SECRET))
    host = service_host(component, installed.namespace)
    with installed.target.reach(installed.namespace, component.service, component.port) as connect:
        assert refusal(connect, host, maximum=TLS12, client=pair) == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_a_server_that_offers_tls_1_2_is_seen_to(embedded: EmbeddedTarget) -> None:
    network = embedded.cluster.network
    accepted = shake_hands(lambda: network.connect((NODE_ADDRESS, API_PORT)), NODE_ADDRESS, trusted=None, maximum=TLS12)
    assert accepted.version == "TLSv1.2"


def test_the_metrics_service_refuses_a_client_without_certificate(installed: Installed) -> None:
    with installed.target.reach(installed.namespace, OPERATOR.service, OPERATOR.port) as connect:
        reason = refusal(connect, service_host(OPERATOR, installed.namespace))
    assert reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED"


def test_the_metrics_service_refuses_a_client_of_a_foreign_ca(installed: Installed) -> None:
    host = service_host(OPERATOR, installed.namespace)
    foreign = leaf([host], foreign_authority())
    with installed.target.reach(installed.namespace, OPERATOR.service, OPERATOR.port) as connect:
        reason = refusal(connect, host, client=ClientPair(foreign.pem, foreign.key_pem))
    assert reason in {"TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_BAD_CERTIFICATE"}
