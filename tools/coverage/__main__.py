"""Is every action of every template executed both ways by the suite?

    python -m tools.coverage

Puts a probe at both directions of every if, else if, with and range, at every define and at every include, runs the
helm-unittest suites and renders the combinations of tests/support/combinations.py, and names the directions that nothing
took. Directions that nothing can take stand in tools/coverage/exceptions.yaml with a reason. Exit code 1 when one is
left, or when an exception is not needed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support import chart, combinations
from tests.support.combinations import Combination
from tools.coverage.probes import Probe
from tools.coverage.reach import Reach, reach
from tools.progress import ProgressBar

EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")


@dataclass(frozen=True)
class Exempt:
    """A direction of an action, wherever it stands, that nothing can take."""

    action: str
    direction: str
    reason: str

    def fits(self, probe: Probe) -> bool:
        return probe.what == self.action and probe.direction == self.direction


def exceptions(file: Path = EXCEPTIONS) -> list[Exempt]:
    """The list of exceptions; ValueError for one without a reason."""
    found = []
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or []:
        if not entry.get("reason", "").strip():
            raise ValueError(f"{file.name}: an exception without a reason: {entry}")
        found += [Exempt(action, entry["direction"], entry["reason"]) for action in entry["actions"]]
    return found


def judged(seen: Reach, exempt: Sequence[Exempt]) -> tuple[list[Probe], list[Exempt]]:
    """(directions not taken and not exempt, exceptions that fit nothing or only what was taken)."""
    missing = seen.uncovered()
    open_directions = [probe for probe in missing if not any(entry.fits(probe) for entry in exempt)]
    unneeded = [entry for entry in exempt if not any(entry.fits(probe) for probe in missing)]
    return open_directions, unneeded


def in_turns(wanted: Sequence[Combination], stride: int = 97) -> list[Combination]:
    """The same combinations in an order in which neighbours differ, so that the rare ones come early."""
    return [combination for start in range(stride) for combination in wanted[start::stride]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.coverage", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="render every combination, also when nothing is missing")
    options = parser.parse_args(arguments)
    bar = ProgressBar("coverage")
    exempt = exceptions()
    seen = reach(
        chart.CHART,
        in_turns(combinations.every()),
        enough=None
        if options.all
        else lambda missing: all(any(entry.fits(probe) for entry in exempt) for probe in missing),
        progress=bar.show,
    )
    bar.close()
    missing, unneeded = judged(seen, exempt)
    required = [probe for probe in seen.probes if probe.required]
    excused = len(seen.uncovered()) - len(missing)
    taken = len(required) - len(missing) - excused
    for probe in sorted(missing, key=lambda probe: (probe.file, probe.line)):
        print(probe)
    for entry in unneeded:
        print(f"tools/coverage/exceptions.yaml: not needed: {entry.action} {entry.direction}")
    share = 100.0 * taken / (len(required) - excused)
    print(
        f"{taken} of {len(required) - excused} directions taken ({share:.1f} %), {excused} cannot be taken; "
        f"{len(seen.outcomes)} helm-unittest tests, {len(seen.plain)} combinations"
    )
    return 1 if missing or unneeded else 0


if __name__ == "__main__":
    sys.exit(main())
