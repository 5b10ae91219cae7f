"""docs/continuity.md from what ``tox -e continuity -- --record FOLDER`` has measured.

python -m tests.cluster.continuity.report FOLDER     add what was measured, then write page and pictures
python -m tests.cluster.continuity.report            write page and pictures from the figures that are kept
python -m tests.cluster.continuity.report --check    exit 1 when they are not what the figures say
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.cluster.continuity import measurements as kept
from tests.cluster.continuity.load import METRICS, WEBHOOKS
from tests.cluster.continuity.measurements import Measurement
from tests.cluster.continuity.plot import picture
from tests.cluster.targets import REPOSITORY

PAGE = REPOSITORY / "docs" / "continuity.md"
FOLDER = REPOSITORY / "docs" / "continuity"
FIGURES = FOLDER / "figures.json"
_BEGIN, _END = "<!-- begin: written by tests.cluster.continuity.report -->", "<!-- end -->"
_COLUMNS = [(availability, api) for availability in ("default", "highAvailability") for api in (METRICS, WEBHOOKS)]


def files(figures: Sequence[Measurement], page: str) -> Mapping[Path, str]:
    """Path -> text of the page, whose text between the marks is replaced, and of a picture for each kind of change.

    ValueError when ``page`` has no marks.
    """
    head, begin, rest = page.partition(_BEGIN)
    _, end, foot = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{PAGE}: {_BEGIN} and {_END} must be in it")
    made: dict[Path, str] = {}
    sections = []
    for kind, group in itertools.groupby(kept.ordered(figures), key=lambda figure: figure.kind):
        own = list(group)
        file = FOLDER / f"{kind.replace(' ', '-')}.svg"
        made[file] = picture(own)
        title = kind[0].upper() + kind[1:]
        sections.append(f"### {title}\n\n{_table(own)}\n\n![{title}](continuity/{file.name})\n")
    made[PAGE] = f"{head}{_BEGIN}\n\n" + "\n".join(sections) + f"\n{_END}{foot}"
    return made


def _table(figures: Sequence[Measurement]) -> str:
    rows = [
        "| change | external metrics | webhooks | external metrics, highAvailability | webhooks, highAvailability |",
        "|---|---|---|---|---|",
    ]
    for what, group in itertools.groupby(figures, key=lambda figure: figure.what):
        own = {figure.availability: figure for figure in group}
        cells = [_cell(own.get(availability), api) for availability, api in _COLUMNS]
        rows.append(f"| {what} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _cell(figure: Measurement | None, api: str) -> str:
    """Longest gap and failed requests; a star where the machine was too busy to be believed."""
    if figure is None:
        return ""
    lane = figure.lanes[api]
    text = f"{lane.longest_gap:.1f} s, {lane.failures} of {lane.requests}"
    return text if figure.reliable else f"{text} *"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.cluster.continuity.report",
        description="Write docs/continuity.md and its pictures from what the continuity tests have measured.",
    )
    parser.add_argument("folder", type=Path, nargs="?", help="what was recorded: tox -e continuity -- --record FOLDER")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is stale")
    options = parser.parse_args(arguments)
    figures = kept.load(FIGURES) if FIGURES.exists() else []
    if options.folder is not None:
        new = kept.of_folder(options.folder)
        if not new:
            parser.error(f"{options.folder} holds no recorded file; record with: tox -e continuity -- --record FOLDER")
        figures = kept.merged(figures, new)
        FOLDER.mkdir(exist_ok=True)
        kept.save(FIGURES, figures)
    made = files(figures, PAGE.read_text())
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if options.check:
        for path in stale:
            print(f"{path.relative_to(REPOSITORY)}: stale; run python -m tests.cluster.continuity.report")
        return 1 if stale else 0
    for path in stale:
        path.write_text(made[path])
        print(f"wrote {path.relative_to(REPOSITORY)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
