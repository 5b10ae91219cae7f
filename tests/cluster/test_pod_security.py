"""Installation into a namespace that enforces the Pod Security standard "restricted"."""

from __future__ import annotations

import pytest

from tests.cluster.harness.api import ApiError
from tests.cluster.probes import COMPONENTS, pods
from tests.cluster.releases import Installed

pytestmark = pytest.mark.cluster


def test_all_pods_run_where_pod_security_restricted_is_enforced(installed: Installed) -> None:
    namespace = installed.target.get(f"/api/v1/namespaces/{installed.namespace}")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert [pod.component for pod in pods(installed.target, installed.namespace)] == list(COMPONENTS)


def test_the_namespace_does_refuse_a_pod_that_asks_for_more(installed: Installed) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "greedy"},
        "spec": {
            "containers": [{"name": "main", "image": "example.com/greedy", "securityContext": {"privileged": True}}]
        },
    }
    with pytest.raises(ApiError, match="violates PodSecurity"):
        installed.target.create(f"/api/v1/namespaces/{installed.namespace}/pods?dryRun=All", pod)
