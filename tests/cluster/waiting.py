"""Waiting for a cluster to come to a state, with what was seen last in the failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tests.cluster.harness.api import ApiError
from tests.cluster.harness.process import CommandFailed, tail

Seen = TypeVar("Seen")
_SECONDS_BETWEEN_LOOKS = 0.2


class Waited(AssertionError):
    """A state was not reached in time; the message says which, and what was seen last."""


class NotYet(Exception):
    """What a look raises while the state is not reached; the message says what was seen."""


def until(look: Callable[[], Seen], seconds: float, what: str) -> Seen:
    """Call ``look`` until it does not raise NotYet, and return what it returns; raises Waited after ``seconds``.

    Refusals by the API server, failed commands and broken connections count as "not yet", too.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return look()
        except (NotYet, ApiError, CommandFailed, OSError) as seen:
            if time.monotonic() > end:
                raise Waited(f"not within {seconds:.0f} s: {what}; seen last: {tail(str(seen))}") from seen
        time.sleep(_SECONDS_BETWEEN_LOOKS)
