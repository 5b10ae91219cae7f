"""`helm install --wait` with a mode's example: everything runs afterwards, and ran from the start."""

from __future__ import annotations

import pytest

from tests.cluster import releases
from tests.cluster.probes import COMPONENTS, OPERATOR, availability, ca_bundles, pods
from tests.cluster.releases import Installed
from tests.support.modes import Mode

pytestmark = pytest.mark.cluster


def test_helm_wait_returns_when_every_component_is_ready(installed: Installed) -> None:
    found = pods(installed.target, installed.namespace)
    assert [pod.component for pod in found] == list(COMPONENTS)
    assert [pod for pod in found if not pod.ready] == []


def test_no_pod_restarts_but_the_operator_that_wrote_its_own_certificates(installed: Installed, mode: Mode) -> None:
    restarts = {pod.component: pod.restarts for pod in pods(installed.target, installed.namespace)}
    # KEDA's rotator ends its process after the first write, so that it starts anew with the files in place.
    expected = {component: int(mode.rotation and component is OPERATOR) for component in COMPONENTS}
    assert restarts == expected, releases.describe(installed.target)


def test_external_metrics_are_available_without_help(installed: Installed) -> None:
    available, message = availability(installed.target)
    assert available, f"{message}\n{ca_bundles(installed.target)}"
