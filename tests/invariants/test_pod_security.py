"""Pods meet the restricted profile of the Pod Security Standards unless the values ask for less."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support import chart, manifests, modes, pod_security
from tests.support.findings import Findings
from tests.support.renderings import Rendered

# Values with which a user leaves the profile, on purpose.
_LEAVING = ("securityContext", "podSecurityContext")


@pytest.mark.parametrize("mode", modes.MODES.values(), ids=lambda mode: mode.name)
def test_a_namespace_that_enforces_the_restricted_profile_admits_the_default_pods(mode: modes.Mode) -> None:
    deployments = manifests.all_of(chart.render(mode.values).objects, "Deployment")
    assert len(deployments) == 3
    for deployment in deployments:
        assert pod_security.violations(manifests.pod_spec(deployment)) == []


def test_no_other_value_takes_a_pod_out_of_the_restricted_profile(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        if any(key in rendered.combination.values for key in _LEAVING):
            continue
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                spec = manifests.pod_spec(deployment)
                found = pod_security.violations(spec)
                # The node's network is the one thing that a value asks for by name.
                expected = ["hostNetwork is true"] if spec.get("hostNetwork") else []
                assert found == expected
                assert manifests.container(deployment)["securityContext"]["readOnlyRootFilesystem"] is True
    findings.settle()
