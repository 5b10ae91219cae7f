"""Making a change under load: figures of what failed meanwhile, and a look at whether everything is served afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.cluster import admission, releases
from tests.cluster.continuity import results
from tests.cluster.continuity.load import Load
from tests.cluster.continuity.results import Change
from tests.cluster.releases import NAMESPACE
from tests.cluster.targets import Target

_SECONDS_BEFORE = 3
_SECONDS_OF_CALM = 20
# kubelet brings a changed Secret to a running pod within a minute and a half.
_SECONDS_TO_CALM_DOWN = 200


def under_load(
    target: Target,
    change: Change,
    make: Callable[[], None],
    begins: str,
    ends: str = "",
    settle: Callable[[], None] = lambda: None,
) -> None:
    """``make`` the change under load, keep its figures, and check that everything is served again.

    ``begins`` and ``ends`` are what the figures call its beginning and its end; a change without ``ends`` takes no time.
    ``settle`` waits until the change has had its effect everywhere; the load goes on until then, and until nothing has failed
    for a while.
    AssertionError with the pods and their logs when the load does not calm down, or KEDA does not answer as it must.
    """
    with Load(target) as load:
        time.sleep(_SECONDS_BEFORE)
        marks = {begins: load.now}
        make()
        if ends:
            marks[ends] = load.now
        settle()
        calm = _wait_until_calm(load, load.now)
    results.keep(change, load.samples(), marks)
    assert calm, releases.describe(target)
    releases.wait_until_available(target)
    assert admission.wrong(admission.answers(target, NAMESPACE)) == {}


def _wait_until_calm(load: Load, changed: float) -> bool:
    """Wait until nothing has failed for a while since ``changed``; False when that does not happen."""
    end = time.monotonic() + _SECONDS_TO_CALM_DOWN
    while load.now - changed < _SECONDS_OF_CALM or not load.calm_for(_SECONDS_OF_CALM):
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True
