"""KEDA at work: Deployments scaled through the HPA and the external metrics API, and private CAs for scalers."""

from __future__ import annotations

import pytest

from tests.cluster import releases, scaling
from tests.cluster.harness.api import ApiError
from tests.cluster.probes import OPERATOR, container_log
from tests.cluster.releases import Installed
from tests.cluster.targets import EmbeddedTarget
from tests.cluster.waiting import NotYet, until
from tests.support.certificates import authority, foreign_authority

pytestmark = pytest.mark.cluster

CLOCK, TRUSTED, STRANGER = "by-clock", "by-trusted-server", "by-stranger"


@pytest.fixture
def scaled(installed: Installed, embedded: EmbeddedTarget) -> Installed:
    """An installation with three ScaledObjects: made once for it and left there for the next test."""
    path = f"/apis/apps/v1/namespaces/{scaling.NAMESPACE}/deployments/{STRANGER}"
    try:
        embedded.get(path)
    except ApiError:
        releases.make_namespace(embedded, name=scaling.NAMESPACE)
        embedded.apply([scaling.deployment(CLOCK), scaling.deployment(TRUSTED), scaling.deployment(STRANGER)])
        embedded.apply(scaling.server("known", 3, authority()) + scaling.server("stranger", 3, foreign_authority()))
        for name in ("known", "stranger"):
            embedded.kubectl("rollout", "status", f"--namespace={scaling.NAMESPACE}", f"deployment/{name}")
        embedded.apply(
            [
                scaling.by_clock(CLOCK, 2),
                scaling.by_server(TRUSTED, "known"),
                scaling.by_server(STRANGER, "stranger"),
            ]
        )
    return installed


def test_a_cron_trigger_scales_a_deployment_through_the_hpa(scaled: Installed) -> None:
    scaling.wait_until_scaled(scaled.target, CLOCK, 2)


def test_a_number_from_an_https_server_with_a_trusted_private_ca_scales_a_deployment(scaled: Installed) -> None:
    scaling.wait_until_scaled(scaled.target, TRUSTED, 3)
    assert scaling.metric_of(scaled.target, TRUSTED) == 3


def test_a_server_whose_ca_nobody_trusts_is_refused_and_scales_nothing(scaled: Installed) -> None:
    def complained() -> None:
        messages = scaling.complaints(scaled.target, STRANGER)
        if not any("certificate signed by unknown authority" in message for message in messages):
            raise NotYet(f"{messages}\n{container_log(scaled.target, scaled.namespace, OPERATOR)}")

    until(complained, 45, "KEDA reports that it does not trust the server")
    with pytest.raises(ApiError):
        scaling.metric_of(scaled.target, STRANGER)
    assert scaling.replicas(scaled.target, STRANGER) == 1
