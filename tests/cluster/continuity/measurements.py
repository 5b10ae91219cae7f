"""What was measured, as it is kept in the repository: a summary of each recorded change, small enough to read and to compare."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.cluster.continuity.load import METRICS, WEBHOOKS
from tests.cluster.continuity.results import KINDS

# Answers that follow each other within this time leave no gap.
_SECONDS_UNNOTICED = 1.0
Span = tuple[float, float]


@dataclass(frozen=True)
class Lane:
    """Requests to one API during one change. Times are seconds since the load began.

    ``gaps``: from one answer to the next, where that took more than a second. ``failed``: first and last of failed requests
    that followed each other.
    """

    requests: int
    failures: int
    longest_gap: float
    gaps: tuple[Span, ...]
    failed: tuple[Span, ...]


@dataclass(frozen=True)
class Measurement:
    """One change that was made under load: see ``results.Change``. ``seconds``: how long the load lasted."""

    kind: str
    what: str
    availability: str
    reliable: bool
    seconds: float
    marks: dict[str, float]
    lanes: dict[str, Lane]


def from_record(record: dict[str, Any]) -> Measurement:
    """The summary of a file that ``--record`` has written."""
    outcomes = {outcome["api"]: outcome for outcome in record["outcomes"]}
    requests = record["requests"]
    lanes = {}
    for api in (METRICS, WEBHOOKS):
        own = sorted((sent, seconds, failed) for name, sent, seconds, failed in requests if name == api)
        lanes[api] = Lane(
            outcomes[api]["requests"],
            outcomes[api]["failures"],
            outcomes[api]["longest_gap"],
            _gaps([sent + seconds for sent, seconds, failed in own if not failed]),
            _runs([(sent, failed) for sent, _, failed in own]),
        )
    return Measurement(
        record["kind"],
        record["what"],
        record["availability"],
        record["reliable"],
        round(max(sent + seconds for _, sent, seconds, _ in requests), 1),
        {name: round(moment, 1) for name, moment in record["marks"].items()},
        lanes,
    )


def _gaps(answers: list[float]) -> tuple[Span, ...]:
    answers.sort()
    return tuple(
        (round(earlier, 1), round(later, 1))
        for earlier, later in itertools.pairwise(answers)
        if later - earlier > _SECONDS_UNNOTICED
    )


def _runs(requests: list[tuple[float, bool]]) -> tuple[Span, ...]:
    runs: list[Span] = []
    open_run = False
    for sent, failed in requests:
        if failed:
            runs[-1:] = [(runs[-1][0], round(sent, 1))] if open_run else [*runs[-1:], (round(sent, 1), round(sent, 1))]
        open_run = failed
    return tuple(runs)


def of_folder(folder: Path) -> list[Measurement]:
    """The summaries of all files that ``--record FOLDER`` has written."""
    return [from_record(json.loads(file.read_text())) for file in sorted(folder.glob("*.json"))]


def load(file: Path) -> list[Measurement]:
    """The measured that ``save`` has written."""
    measured = []
    for entry in json.loads(file.read_text()):
        lanes = {
            api: Lane(**{**lane, "gaps": _spans(lane["gaps"]), "failed": _spans(lane["failed"])})
            for api, lane in entry.pop("lanes").items()
        }
        measured.append(Measurement(**entry, lanes=lanes))
    return measured


def _spans(pairs: list[list[float]]) -> tuple[Span, ...]:
    return tuple((begin, end) for begin, end in pairs)


def save(file: Path, measured: Sequence[Measurement]) -> None:
    """Write measured, a line each, in the order of the report."""
    lines = [json.dumps(asdict(one)) for one in ordered(measured)]
    file.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def merged(old: Sequence[Measurement], new: Sequence[Measurement]) -> list[Measurement]:
    """``old``, with those measured anew replaced."""
    by_name = {(one.kind, one.what, one.availability): one for one in [*old, *new]}
    return ordered(list(by_name.values()))


def ordered(measured: Sequence[Measurement]) -> list[Measurement]:
    """By kind, then by what happens, default values first."""
    return sorted(measured, key=lambda one: (KINDS.index(one.kind), one.what, one.availability))
