"""The chart without Helm's help: ``kubectl apply`` of what it renders, and the difference that GitOps tools see."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.cluster import drift, releases
from tests.cluster.probes import ca_bundles, pods
from tests.cluster.releases import CHART, NAMESPACE, RELEASE, Installed, example, helm
from tests.cluster.stage import Stage
from tests.cluster.targets import EmbeddedTarget, Target
from tests.support.modes import Mode

pytestmark = pytest.mark.cluster


@pytest.fixture
def applied(stage: Stage, mode: Mode, embedded: EmbeddedTarget) -> Iterator[str]:
    """The rendered text of the mode's example, applied once, client side; removed afterwards."""
    stage.clear()
    stage.spoiled()
    if mode.by_cert_manager:
        stage.need_cert_manager()
    releases.make_namespace(embedded)
    releases.apply_prerequisites(embedded, mode.name)
    text = helm(embedded, "template", RELEASE, CHART, f"--values={example(mode.name)}")
    apply(embedded, text)
    yield text
    embedded.kubectl("delete", "--ignore-not-found", "--filename=-", "--timeout=60s", stdin=text, seconds=90)
    releases.clear(embedded)


def apply(target: Target, text: str) -> dict[str, str]:
    """Object -> what ``kubectl apply`` did with it. The CRDs come first in the text, and take a moment to be served."""
    lines = target.kubectl("apply", "--filename=-", stdin=text, seconds=120).splitlines()
    matches = [re.fullmatch(r"(\S+) (\w+)(?: \(.*\))?", line) for line in lines]
    found = {match[1]: match[2] for match in matches if match}
    assert len(found) == len(lines), lines
    return found


def test_kubectl_apply_works_and_a_second_one_changes_nothing_and_keeps_the_injected_ca(
    applied: str, embedded: EmbeddedTarget
) -> None:
    releases.wait_until_rolled_out(embedded)
    releases.wait_until_available(embedded)
    before = ca_bundles(embedded)
    second = apply(embedded, applied)
    assert len(second) > 20, "the chart has many objects"
    assert {name: done for name, done in second.items() if done != "unchanged"} == {}
    assert ca_bundles(embedded) == before
    assert all(before.values())
    assert all(pod.ready for pod in pods(embedded, NAMESPACE))


def test_a_server_side_diff_is_empty_after_the_ca_was_injected(installed: Installed, embedded: EmbeddedTarget) -> None:
    assert all(ca_bundles(embedded).values()), "the CA was injected"
    assert drift.difference(embedded, drift.manifest(embedded)) == "", installed.scenario.mode


def test_a_server_side_diff_does_see_a_change(installed: Installed, embedded: EmbeddedTarget) -> None:
    changed = drift.manifest(embedded).replace("replicas: 1", "replicas: 2")
    seen = drift.difference(embedded, changed, force=True)
    assert "+  replicas: 2" in seen, installed.scenario.mode
    assert 'conflict with "helm"' in drift.difference(embedded, changed), installed.scenario.mode
