"""Every mode to every other mode by ``helm upgrade``, under load: it ends well, and the table says what failed meanwhile."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from tests.cluster import admission, releases, scaling
from tests.cluster.continuity import results, situations
from tests.cluster.continuity.load import Load
from tests.cluster.releases import NAMESPACE
from tests.cluster.stage import Stage
from tests.support.modes import MODES

pytestmark = pytest.mark.continuity

SWITCHES = list(itertools.permutations(MODES, 2))
_SECONDS_BEFORE = 3
_SECONDS_OF_CALM = 20
# kubelet brings a changed Secret to a running pod within a minute and a half.
_SECONDS_TO_CALM_DOWN = 200


def wait_until_calm(load: Load) -> bool:
    """Wait until nothing fails any more; False when that does not happen."""
    end = time.monotonic() + _SECONDS_TO_CALM_DOWN
    while not load.calm_for(_SECONDS_OF_CALM):
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True


def test_there_are_twenty_switches() -> None:
    assert len(SWITCHES) == 20


@pytest.mark.parametrize(("before", "after"), SWITCHES, ids=lambda mode: mode)
def test_a_switch_ends_with_everything_served(stage: Stage, before: str, after: str, tmp_path: Path) -> None:
    start, goal = situations.situation(before), situations.situation(after)
    installed = stage.ready(start)
    stage.spoiled()
    situations.prepare(stage, goal)
    releases.make_namespace(stage.target, name=scaling.NAMESPACE)
    with Load(stage.target) as load:
        time.sleep(_SECONDS_BEFORE)
        began = load.now
        situations.upgrade(stage, goal, tmp_path)
        upgraded = load.now
        calm = wait_until_calm(load)
    results.keep(f"{before} -> {after}", load.samples(), {"helm upgrade begins": began, "and ends": upgraded})
    assert calm, releases.describe(stage.target)
    releases.wait_until_available(stage.target)
    assert admission.wrong(admission.answers(stage.target, NAMESPACE)) == {}
    assert installed.namespace == NAMESPACE
