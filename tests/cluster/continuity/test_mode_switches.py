"""Every mode to every other mode by ``helm upgrade``, under load: it ends well, and the table says what failed meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.continuity import situations
from tests.cluster.continuity.change import under_load
from tests.cluster.releases import Scenario
from tests.cluster.stage import Stage
from tests.support.modes import MODES, OPERATOR_GENERATED

pytestmark = pytest.mark.continuity

SWITCHES = list(itertools.permutations(MODES, 2))


def test_there_are_twenty_switches() -> None:
    assert len(SWITCHES) == 20


@pytest.mark.parametrize(("before", "after"), SWITCHES, ids=lambda mode: mode)
def test_a_switch_ends_with_everything_served(stage: Stage, before: str, after: str, tmp_path: Path) -> None:
    switch(stage, before, after, tmp_path, situations.upgrade, f"{before} -> {after}")


# From a Secret of another name, pods wait for the new one by themselves.
@pytest.mark.parametrize("before", [name for name, mode in MODES.items() if mode.by_cert_manager])
def test_the_documented_way_to_the_operators_certificates(stage: Stage, before: str, tmp_path: Path) -> None:
    after = OPERATOR_GENERATED.name
    name = f"{before} -> {after}, as documented"
    switch(stage, before, after, tmp_path, situations.upgrade_to_operator_generated, name)


def switch(
    stage: Stage, before: str, after: str, folder: Path, upgrade: Callable[[Stage, Scenario, Path], None], name: str
) -> None:
    """Install one mode, ``upgrade`` to the other under load, keep the figures, and check that everything is served."""
    goal = situations.situation(after)
    target = situations.begin(stage, situations.situation(before))
    situations.prepare(stage, goal)
    under_load(target, name, lambda: upgrade(stage, goal, folder), "helm upgrade begins", "and ends")
