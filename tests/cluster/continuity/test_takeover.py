"""An upgrade in place from what the official chart leaves: nothing that is in use is made anew, nothing of it stays behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import releases, scaling
from tests.cluster.continuity import situations
from tests.cluster.continuity.change import under_load
from tests.cluster.continuity.results import TAKEOVER, Change
from tests.cluster.probes import COMPONENTS, exists, uids
from tests.cluster.releases import CHART, NAMESPACE, RELEASE, helm
from tests.cluster.stage import Stage
from tests.cluster.targets import REPOSITORY, Target
from tests.cluster.waiting import until
from tests.support.modes import APISERVICE, CERT_MANAGER_GENERATED_CA, OPERATOR_GENERATED, SERVING_SECRET

pytestmark = pytest.mark.continuity

FORMER = yaml.safe_load((REPOSITORY / "tests/cluster/continuity/former_release.yaml").read_text())
SCALED = "app"
_SECONDS_TO_ANSWER = 20
_COLLECTIONS = {
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/roles",
}
_DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
_IN_USE = {
    **{
        f"Deployment {one.deployment}": f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{one.deployment}"
        for one in COMPONENTS
    },
    **{f"Service {one.service}": f"/api/v1/namespaces/{NAMESPACE}/services/{one.service}" for one in COMPONENTS},
    "APIService": f"/apis/apiregistration.k8s.io/v1/apiservices/{APISERVICE}",
    "webhooks": "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/keda-admission",
    "CRD": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/scaledobjects.keda.sh",
    **scaling.scaled(SCALED),
}


def former_chart(target: Target, folder: Path) -> Path:
    """A chart of the former release, with the CRDs of ours: the official chart has them among its templates, too."""
    rendered = helm(target, "template", RELEASE, CHART)
    crds = [item for item in yaml.safe_load_all(rendered) if item and item["kind"] == "CustomResourceDefinition"]
    assert crds, "the chart renders its CRDs"
    for crd in crds:
        del crd["metadata"]["annotations"]["helm.sh/resource-policy"]
    chart = folder / "former"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: keda\nversion: 2.20.2\nappVersion: 2.20.2\n")
    for number, item in enumerate([*crds, *FORMER]):
        # Braces in the descriptions of CRDs are no templates.
        text = yaml.safe_dump(item, sort_keys=False).replace("{{", '{{ "{{" }}')
        (chart / "templates" / f"{number:02}.yaml").write_text(text)
    return chart


@pytest.fixture
def former(stage: Stage, tmp_path: Path) -> Target:
    """The former release, Available, and a workload that it scales."""
    stage.clear()
    stage.spoiled()
    target = stage.target
    releases.make_namespace(target)
    chart = former_chart(target, tmp_path)
    with releases.explained(target):
        helm(target, "install", RELEASE, str(chart), "--wait", "--timeout=180s")
    releases.wait_until_available(target)
    releases.make_namespace(target, name=scaling.NAMESPACE)
    scaled = [scaling.deployment(SCALED), scaling.by_clock(SCALED, 3)]
    # Its pods are Ready before their Service knows them.
    until(lambda: target.apply(scaled), _SECONDS_TO_ANSWER, "the webhooks answer")
    scaling.wait_until_scaled(target, SCALED, 3)
    return target


@pytest.mark.parametrize("mode", [OPERATOR_GENERATED.name, CERT_MANAGER_GENERATED_CA.name])
def test_an_official_release_is_taken_over_in_place(stage: Stage, former: Target, mode: str, tmp_path: Path) -> None:
    goal = situations.situation(mode)
    situations.prepare(stage, goal)
    before = uids(former, _IN_USE)
    under_load(
        former,
        Change(TAKEOVER, f"official chart -> {mode}"),
        lambda: situations.upgrade(stage, goal, tmp_path),
        "helm upgrade begins",
        "and ends",
    )
    assert uids(former, _IN_USE) == before
    assert scaling.replicas(former, SCALED) == 3
    rendered = {(item["kind"], item["metadata"]["name"]) for item in manifest(former)}
    gone = [item for item in FORMER if (item["kind"], item["metadata"]["name"]) not in rendered]
    gone = [item for item in gone if item["kind"] in _COLLECTIONS]
    assert gone, "some roles of the official chart have other names here"
    assert [item for item in gone if exists(former, f"{_COLLECTIONS[item['kind']]}/{item['metadata']['name']}")] == []


def test_a_takeover_can_be_rolled_back(stage: Stage, former: Target, tmp_path: Path) -> None:
    situations.upgrade(stage, situations.situation(OPERATOR_GENERATED.name), tmp_path)
    before = uids(former, _IN_USE)
    under_load(
        former,
        Change(TAKEOVER, "operator-generated -> official chart, by helm rollback"),
        lambda: situations.roll_back(stage, OPERATOR_GENERATED.name),
        "helm rollback begins",
        "and ends",
    )
    assert uids(former, _IN_USE) == before
    assert scaling.replicas(former, SCALED) == 3
    assert exists(former, f"/api/v1/namespaces/{NAMESPACE}/secrets/{SERVING_SECRET}")


def manifest(target: Target) -> list[dict[str, Any]]:
    """The objects of the release as it is now."""
    return [item for item in yaml.safe_load_all(helm(target, "get", "manifest", RELEASE)) if item]
