"""A release over its life, with ScaledObjects in use: upgrade, rollback, uninstall, reinstall."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cluster import admission, figures, releases, scaling
from tests.cluster.probes import exists
from tests.cluster.releases import NAMESPACE, RELEASE, Scenario, helm
from tests.cluster.stage import Stage
from tests.cluster.targets import EmbeddedTarget
from tests.support.modes import Mode

pytestmark = pytest.mark.cluster

SCALED_OBJECT = f"/apis/keda.sh/v1alpha1/namespaces/{scaling.NAMESPACE}/scaledobjects/app"
_SECONDS_TO_UNINSTALL = 60


def test_scaled_objects_outlive_upgrade_rollback_uninstall_and_reinstall_and_can_be_deleted(
    stage: Stage, mode: Mode, embedded: EmbeddedTarget, tmp_path: Path
) -> None:
    plain = Scenario(mode.name)
    changed = Scenario(
        mode.name,
        values=json.dumps({"webhooks": {"failurePolicy": "Fail"}, "logging": {"operator": {"level": "debug"}}}),
    )
    stage.ready(plain)
    stage.spoiled()
    releases.make_namespace(embedded, name=scaling.NAMESPACE)
    embedded.apply([scaling.deployment("app")])
    embedded.apply([scaling.by_clock("app", 2)])
    scaling.wait_until_scaled(embedded, "app", 2)

    releases.put(embedded, "upgrade", changed, tmp_path)
    assert admission.wrong(admission.answers(embedded, NAMESPACE)) == {}
    releases.wait_until_available(embedded)
    embedded.apply([scaling.by_clock("app", 3)])
    scaling.wait_until_scaled(embedded, "app", 3)

    with releases.explained(embedded):
        helm(embedded, "rollback", RELEASE, "1", "--wait", "--timeout=180s")
    releases.wait_until_available(embedded)
    assert exists(embedded, SCALED_OBJECT)
    embedded.apply([scaling.by_clock("app", 2)])
    scaling.wait_until_scaled(embedded, "app", 2)

    started = time.monotonic()
    releases.uninstall(embedded, _SECONDS_TO_UNINSTALL)
    figures.ALL.append(
        f"{mode.name}: helm uninstall with a ScaledObject in use took {time.monotonic() - started:.1f} s"
    )
    assert exists(embedded, SCALED_OBJECT), "the ScaledObject went with the release"
    assert scaling.replicas(embedded, "app") == 2, "the workload was scaled by the uninstall"

    releases.put(embedded, "install", plain, tmp_path)
    releases.wait_until_available(embedded)
    embedded.apply([scaling.by_clock("app", 3)])
    scaling.wait_until_scaled(embedded, "app", 3)

    embedded.kubectl("delete", "scaledobject", "app", f"--namespace={scaling.NAMESPACE}", "--timeout=30s", seconds=40)
    assert scaling.replicas(embedded, "app") == 3, "the workload was scaled by the deletion"
