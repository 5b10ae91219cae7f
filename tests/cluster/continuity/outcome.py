"""What a load has seen: how many requests failed, and how long nobody was served."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from tests.cluster.continuity.load import Sample

# A request that is answered within this time has not been kept waiting: the machine may have been busy.
_SECONDS_UNNOTICED = 1.0


@dataclass(frozen=True)
class Outcome:
    """Requests to one API during one change.

    ``longest_gap``: seconds between two successful answers that followed each other, the longest there was; 0 when nothing
    failed and nothing was kept waiting. ``last_failure``: when the last request that failed was sent, in seconds since the
    load began, None when nothing failed.
    """

    api: str
    requests: int
    failures: int
    longest_gap: float
    last_failure: float | None
    # The first few different errors, shortened.
    errors: tuple[str, ...]


def outcome(api: str, samples: Sequence[Sample]) -> Outcome:
    """Summarize the requests to ``api``; AssertionError when there were none."""
    own = sorted((sample for sample in samples if sample.api == api), key=lambda sample: sample.sent)
    assert own, f"no request was sent to {api}"
    failed = [sample for sample in own if sample.error]
    answered = sorted(sample.sent + sample.seconds for sample in own if not sample.error)
    # From the first request to the end: nobody may have been answered at all.
    moments = [own[0].sent, *answered, *([max([own[-1].sent, *answered])] if failed else [])]
    gap = max(later - earlier for earlier, later in itertools.pairwise(moments))
    if not failed and all(sample.seconds < _SECONDS_UNNOTICED for sample in own):
        gap = 0.0
    errors = dict.fromkeys(sample.error.strip()[-200:] for sample in failed)
    return Outcome(
        api, len(own), len(failed), round(gap, 1), round(failed[-1].sent, 1) if failed else None, tuple(errors)[:3]
    )
