"""Every mode to every other mode by ``helm upgrade``, under load: it ends well, and the table says what failed meanwhile."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from tests.cluster import releases, scaling
from tests.cluster.continuity import results, situations
from tests.cluster.continuity.calm import SECONDS_BEFORE, check_that_all_is_served, wait_until_calm
from tests.cluster.continuity.load import Load
from tests.cluster.stage import Stage
from tests.support.modes import MODES

pytestmark = pytest.mark.continuity

SWITCHES = list(itertools.permutations(MODES, 2))


def test_there_are_twenty_switches() -> None:
    assert len(SWITCHES) == 20


@pytest.mark.parametrize(("before", "after"), SWITCHES, ids=lambda mode: mode)
def test_a_switch_ends_with_everything_served(stage: Stage, before: str, after: str, tmp_path: Path) -> None:
    start, goal = situations.situation(before), situations.situation(after)
    stage.ready(start)
    stage.spoiled()
    situations.prepare(stage, goal)
    releases.make_namespace(stage.target, name=scaling.NAMESPACE)
    with Load(stage.target) as load:
        time.sleep(SECONDS_BEFORE)
        began = load.now
        situations.upgrade(stage, goal, tmp_path)
        upgraded = load.now
        calm = wait_until_calm(load)
    results.keep(f"{before} -> {after}", load.samples(), {"helm upgrade begins": began, "and ends": upgraded})
    check_that_all_is_served(stage.target, calm=calm)
