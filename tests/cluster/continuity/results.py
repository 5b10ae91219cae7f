"""What the continuity tests have measured: a row each for the table at the end, and, when asked for, files with every request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.cluster import figures
from tests.cluster.continuity.load import METRICS, WEBHOOKS, Sample
from tests.cluster.continuity.outcome import Outcome, outcome

# Kinds of changes, in the order of the report.
SWITCH, DOCUMENTED, ROLLBACK, TAKEOVER, RENEWAL, RECOVERY, FAULT, INTERRUPTED = (
    "mode switch",
    "mode switch as documented",
    "rollback of a mode switch",
    "takeover of an official release",
    "renewal",
    "recovery",
    "fault",
    "fault in the middle of a change",
)
KINDS = (SWITCH, DOCUMENTED, ROLLBACK, TAKEOVER, RENEWAL, RECOVERY, FAULT, INTERRUPTED)
# Requests that are sent later than this, in seconds, say more about the machine than about KEDA.
_LATE = 1.0
# Set by the option --record.
FOLDER: list[Path] = []


@dataclass(frozen=True)
class Change:
    """What happens under load: one of ``KINDS``, what exactly, and with which values (a name in ``AVAILABILITY``)."""

    kind: str
    what: str
    availability: str = "default"

    def __str__(self) -> str:
        return f"{self.kind}: {self.what} ({self.availability})"


def keep(change: Change, samples: Sequence[Sample], marks: Mapping[str, float]) -> list[Outcome]:
    """Add a row for ``change``; ``marks`` are moments in seconds since the load began."""
    outcomes = [outcome(api, samples) for api in (METRICS, WEBHOOKS)]
    parts = [
        f"{one.api}: {one.failures} of {one.requests} failed, longest gap {one.longest_gap:.1f} s" for one in outcomes
    ]
    moments = ", ".join(f"{name} {moment:.1f} s" for name, moment in marks.items())
    late = max(sample.late for sample in samples)
    doubt = (
        f"; NOT RELIABLE, the machine was too busy: requests were sent up to {late:.1f} s late" if late > _LATE else ""
    )
    figures.ALL.append(f"{change}: {'; '.join(parts)} ({moments}){doubt}")
    for folder in FOLDER:
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            **asdict(change),
            "marks": dict(marks),
            "reliable": late <= _LATE,
            "outcomes": [asdict(one) for one in outcomes],
            # [api, sent, seconds, failed]: what the report needs.
            "requests": [
                [sample.api, round(sample.sent, 2), round(sample.seconds, 2), bool(sample.error)] for sample in samples
            ],
        }
        (folder / f"{_file_name(str(change))}.json").write_text(json.dumps(content) + "\n")
    return outcomes


def _file_name(change: str) -> str:
    return "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in change.replace(" -> ", "--"))
