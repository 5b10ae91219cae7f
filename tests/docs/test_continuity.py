"""docs/continuity.md says what was measured, and the summaries are what the requests say."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from tests.cluster.continuity import report
from tests.cluster.continuity.load import METRICS, WEBHOOKS, Sample
from tests.cluster.continuity.measurements import from_record, load, merged, save
from tests.cluster.continuity.outcome import outcome
from tests.cluster.continuity.plot import picture
from tests.cluster.continuity.results import FAULT, KINDS, RENEWAL, Change


def record(change: Change, samples: list[Sample]) -> dict[str, object]:
    """What ``--record`` writes for ``samples``."""
    return {
        **asdict(change),
        "marks": {"it happens": 0.04},
        "reliable": True,
        "outcomes": [asdict(outcome(api, samples)) for api in (METRICS, WEBHOOKS)],
        "requests": [[one.api, one.sent, one.seconds, bool(one.error)] for one in samples],
    }


def of(api: str, *requests: tuple[float, float, str]) -> list[Sample]:
    return [Sample(api, sent, seconds, error) for sent, seconds, error in requests]


def test_the_page_and_its_pictures_are_what_was_measured() -> None:
    assert report.main(["--check"]) == 0


def test_every_kind_of_change_was_measured() -> None:
    assert {one.kind for one in load(report.FIGURES)} == set(KINDS)


def test_a_summary_holds_failed_requests_and_the_gap_around_them() -> None:
    metrics = of(METRICS, (0, 0.1, ""), (1, 0.1, "503"), (2, 0.1, "503"), (3, 0.1, ""), (3.5, 0.1, "503"), (4, 0.1, ""))
    webhooks = of(WEBHOOKS, (0, 0.1, ""), (4, 2, ""))
    summary = from_record(record(Change(FAULT, "operator killed"), metrics + webhooks))
    lane = summary.lanes[METRICS]
    assert (lane.requests, lane.failures, lane.longest_gap) == (6, 3, 3.0)
    assert list(lane.failed) == [(1, 2), (3.5, 3.5)]
    assert list(lane.gaps) == [(0.1, 3.1)]
    assert list(summary.lanes[WEBHOOKS].failed) == []
    assert list(summary.lanes[WEBHOOKS].gaps) == [(0.1, 6.0)]
    assert summary.seconds == 6.0


def test_an_api_that_never_answers_is_away_for_the_whole_time() -> None:
    away = outcome(WEBHOOKS, of(WEBHOOKS, (0, 0.1, "refused"), (5, 0.1, "refused")))
    assert (away.requests, away.failures, away.longest_gap, away.last_failure) == (2, 2, 5, 5)


def test_what_is_measured_anew_replaces_what_was_and_nothing_else(tmp_path: Path) -> None:
    calm = of(METRICS, (0, 0.1, ""), (1, 0.1, "")) + of(WEBHOOKS, (0, 0.1, ""))
    old = [from_record(record(Change(kind, "it"), calm)) for kind in (FAULT, RENEWAL)]
    new = [from_record(record(Change(FAULT, "it"), calm + of(METRICS, (2, 0.1, "503"), (3, 0.1, ""))))]
    file = tmp_path / "figures.json"
    save(file, merged(old, new))
    assert load(file) == [old[1], new[0]]


def test_a_picture_has_room_for_its_longest_title() -> None:
    calm = of(METRICS, (0, 0.1, ""), (1, 0.1, "")) + of(WEBHOOKS, (0, 0.1, ""))
    short, long = (picture([from_record(record(Change(FAULT, "i" * letters), calm))]) for letters in (10, 110))
    widths = [int(text.partition('width="')[2].partition('"')[0]) for text in (short, long)]
    assert widths[1] - widths[0] > 100


def test_a_page_without_marks_is_an_error_that_names_them() -> None:
    with pytest.raises(ValueError, match="begin: written by"):
        report.files([], "# Continuity\n")
