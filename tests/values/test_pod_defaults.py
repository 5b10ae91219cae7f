"""The defaults that values.yaml cannot hold are the same in the schema, which documents them, and in the pods."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.chart import render
from tests.support.manifests import one
from tests.values.documents import all_keys
from tools.values_schema import Key

DOCUMENTED = [key for key in all_keys() if "default" in key.schema]
DEPLOYMENTS = {
    "operator": "keda-operator",
    "metricServer": "keda-operator-metrics-apiserver",
    "webhooks": "keda-admission-webhooks",
}


def in_the_pod(pod: dict[str, Any], block: str) -> Any:
    if block == "podSecurityContext":
        return pod["securityContext"]
    return pod["containers"][0][block]


@pytest.mark.parametrize("key", DOCUMENTED, ids=lambda key: key.path)
def test_a_documented_pod_default_is_what_the_pod_gets(key: Key) -> None:
    block, component = key.path.split(".")
    pod = one(render().objects, "Deployment", DEPLOYMENTS[component])["spec"]["template"]["spec"]
    assert in_the_pod(pod, block) == key.default


def test_all_three_blocks_of_all_three_components_are_documented() -> None:
    blocks = ("resources", "securityContext", "podSecurityContext")
    assert {key.path for key in DOCUMENTED} == {f"{block}.{component}" for block in blocks for component in DEPLOYMENTS}
