"""Which combinations and which helm-unittest tests reach which probes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.chart import values_text
from tests.support.combinations import Combination
from tools.coverage.probes import Probe, Probed, probed
from tools.suite_runner import Outcome, Sight, SuiteRunner

Progress = Callable[[int, int, str], None]


def templates(chart: Path) -> dict[str, str]:
    """Path below the chart -> text of every template, NOTES.txt included."""
    found = {
        path.relative_to(chart).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((chart / "templates").rglob("*"))
        if path.is_file()
    }
    if not found:
        raise FileNotFoundError(f"no templates below {chart}")
    return found


@dataclass
class Reach:
    """The probes of a chart, and who reached them. ``plain`` is what combinations render, ``outcomes`` every test."""

    files: Mapping[str, Probed]
    outcomes: list[Outcome] = field(default_factory=list)
    plain: dict[str, Sight] = field(default_factory=dict)

    @property
    def probes(self) -> list[Probe]:
        return [probe for file in self.files.values() for probe in file.probes]

    def covered(self) -> set[str]:
        """Ids of all probes that anything reached."""
        reached: set[str] = set()
        for outcome in self.outcomes:
            reached |= outcome.covered
        for plain in self.plain.values():
            reached |= plain.covered
        return reached

    def uncovered(self) -> list[Probe]:
        """The directions that nothing took."""
        reached = self.covered()
        return [probe for probe in self.probes if probe.required and probe.id not in reached]


def sight(runner: SuiteRunner, combination: Combination) -> Sight:
    """What one combination renders, by the suite runner."""
    return runner.render(json.loads(values_text(combination.values)), **combination.arguments)


def reach(
    chart: Path,
    combinations: Iterable[Combination],
    *,
    enough: Callable[[Sequence[Probe]], bool] | None = None,
    progress: Progress = lambda *_: None,
) -> Reach:
    """Run all suites of ``chart`` and render ``combinations`` with probes.

    ``enough`` gets the probes that nothing reached yet and tells whether to stop; without it every combination is
    rendered. ``progress`` gets what is done, of how much, and what.
    """
    result = Reach({name: probed(name, text) for name, text in templates(chart).items()})
    with SuiteRunner(chart) as runner:
        runner.patch({name: file.text for name, file in result.files.items()})
        suites = sorted((chart / "tests").rglob("*_test.yaml"))
        for number, suite in enumerate(suites):
            progress(number, len(suites), "suites")
            result.outcomes += runner.run({suite: None})
        missing = result.uncovered()
        wanted = list(combinations)
        for number, combination in enumerate(wanted):
            if enough is not None and enough(missing):
                break
            progress(number, len(wanted), "combinations")
            seen = sight(runner, combination)
            result.plain[combination.id] = seen
            missing = [probe for probe in missing if probe.id not in seen.covered]
    return result
