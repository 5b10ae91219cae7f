"""What a load has seen: how many requests failed, and how long nobody was served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.cluster.continuity.load import Sample


@dataclass(frozen=True)
class Outcome:
    """Requests to one API during one change.

    ``longest_gap``: seconds from the last request that succeeded before a row of failures to the first one after it.
    ``last_failure``: seconds since the load began, None when nothing failed.
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
    gap, served, failing = 0.0, own[0].sent, False
    for sample in own:
        if sample.error:
            failing = True
            continue
        if failing:
            gap = max(gap, sample.sent - served)
        served, failing = sample.sent, False
    if failing:
        # It did not come back while anybody looked.
        gap = max(gap, own[-1].sent + own[-1].seconds - served)
    errors = dict.fromkeys(sample.error.strip()[-200:] for sample in failed)
    return Outcome(
        api, len(own), len(failed), round(gap, 1), round(failed[-1].sent, 1) if failed else None, tuple(errors)[:3]
    )
