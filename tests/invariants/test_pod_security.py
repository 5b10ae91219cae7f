"""Default pods meet the restricted profile of the Pod Security Standards in every mode."""

from __future__ import annotations

import pytest

from tests.support import chart, manifests, modes, pod_security


@pytest.mark.parametrize("mode", modes.MODES.values(), ids=lambda mode: mode.name)
def test_a_namespace_that_enforces_the_restricted_profile_admits_the_default_pods(mode: modes.Mode) -> None:
    deployments = manifests.all_of(chart.render(mode.values).objects, "Deployment")
    assert len(deployments) == 3
    for deployment in deployments:
        assert pod_security.violations(manifests.pod_spec(deployment)) == []
