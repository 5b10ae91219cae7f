"""Waiting until a change is over: nothing has failed for a while."""

from __future__ import annotations

import time

from tests.cluster import admission, releases
from tests.cluster.continuity.load import Load
from tests.cluster.releases import NAMESPACE
from tests.cluster.targets import Target

SECONDS_BEFORE = 3
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


def check_that_all_is_served(target: Target, *, calm: bool) -> None:
    """AssertionError with the pods and their logs when the load did not calm down, or KEDA does not answer as it must."""
    assert calm, releases.describe(target)
    releases.wait_until_available(target)
    assert admission.wrong(admission.answers(target, NAMESPACE)) == {}
