"""The files in values-examples/environments, layered over a mode: they come up, and no GitOps tool sees a difference."""

from __future__ import annotations

import pytest

from tests.cluster import admission, drift
from tests.cluster.addons import prometheus_operator
from tests.cluster.probes import COMPONENTS, availability, pods
from tests.cluster.releases import EXAMPLES, Installed, Scenario
from tests.cluster.stage import Stage
from tests.support.modes import CERT_MANAGER_GENERATED_CA

pytestmark = pytest.mark.cluster

ENVIRONMENTS = sorted(path.stem for path in (EXAMPLES / "environments").glob("*.yaml"))


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    """Each environment; of module scope, so that the tests of one share an installation."""
    name: str = request.param
    return name


@pytest.fixture
def layered(stage: Stage, environment: str) -> Installed:
    prometheus_operator.define(stage.target)
    return stage.ready(Scenario(CERT_MANAGER_GENERATED_CA.name, layers=(f"environments/{environment}",)))


def test_the_environment_comes_up_without_a_restart(layered: Installed) -> None:
    found = pods(layered.target, layered.namespace)
    assert {pod.component for pod in found} == set(COMPONENTS)
    assert [pod for pod in found if not pod.ready or pod.restarts] == []
    assert availability(layered.target)[0]


def test_the_webhooks_judge_rightly_in_the_environment(layered: Installed) -> None:
    assert len(layered.first_answers) == 12, "each of the six webhooks was asked twice"
    assert admission.wrong(layered.first_answers) == {}


def test_no_difference_is_seen_in_the_environment(layered: Installed) -> None:
    assert drift.difference(layered.target, drift.manifest(layered.target)) == ""


def test_all_environments_are_tried() -> None:
    assert ENVIRONMENTS == ["development", "production", "staging"]
