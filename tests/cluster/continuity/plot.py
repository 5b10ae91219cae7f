"""A picture of what ``--record`` has written: one strip a change and API, time from left to right, failed requests in red.

python -m tests.cluster.continuity.plot FOLDER picture.svg
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from tests.cluster.continuity.load import METRICS, WEBHOOKS

_LEFT, _WIDTH, _STRIP, _GAP = 330, 720, 9, 12
_SERVED, _FAILED, _MARK = "#9ccc9c", "#c62828", "#333333"
_SECONDS_A_TICK = 30


def picture(records: Sequence[dict[str, Any]]) -> str:
    """SVG text; ``records`` are the contents of the files, in the order from top to bottom."""
    end = max(sent + seconds for record in records for _, sent, seconds, _ in record["requests"])
    scale = _WIDTH / end
    row = 2 * (_STRIP + 2) + _GAP
    height = len(records) * row + 50
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 20}" height="{height}" '
            'font-family="sans-serif" font-size="11">'
        ),
        (
            f'<rect width="100%" height="100%" fill="white"/><text x="{_LEFT}" y="14">seconds; upper strip: external metrics, '
            "lower strip: webhooks; red: failed; lines: helm upgrade begins and ends</text>"
        ),
    ]
    for second in range(0, int(end) + 1, _SECONDS_A_TICK):
        x = _LEFT + second * scale
        parts.append(f'<text x="{x:.1f}" y="28" text-anchor="middle" fill="#666666">{second}</text>')
    for number, record in enumerate(records):
        top = 36 + number * row
        parts.append(f'<text x="{_LEFT - 8}" y="{top + 14}" text-anchor="end">{escape(record["change"])}</text>')
        for lane, api in enumerate((METRICS, WEBHOOKS)):
            parts += _strip(record, api, top + lane * (_STRIP + 2), scale)
        for moment in record["marks"].values():
            x = _LEFT + moment * scale
            parts.append(f'<path d="M{x:.1f} {top - 3}v{row - _GAP + 4}" stroke="{_MARK}"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _strip(record: dict[str, Any], api: str, top: int, scale: float) -> list[str]:
    own = [(sent, failed) for name, sent, _, failed in record["requests"] if name == api]
    last = own[-1][0]
    parts = [
        f'<rect x="{_LEFT}" y="{top}" width="{last * scale:.1f}" height="{_STRIP}" fill="{_SERVED}"/>',
    ]
    # Requests that failed one after the other are one rectangle.
    since: float | None = None
    for number, (sent, failed) in enumerate(own):
        if failed and since is None:
            since = sent
        if since is not None and (not failed or number == len(own) - 1):
            width = max(1.0, (sent - since) * scale)
            parts.append(
                f'<rect x="{_LEFT + since * scale:.1f}" y="{top}" width="{width:.1f}" height="{_STRIP}" fill="{_FAILED}"/>'
            )
            since = None
    return parts


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.cluster.continuity.plot",
        description="Draw what the continuity tests have recorded with --record FOLDER.",
    )
    parser.add_argument("folder", type=Path, help="folder with the recorded JSON files")
    parser.add_argument("picture", type=Path, help="SVG file to write")
    options = parser.parse_args(arguments)
    files = sorted(options.folder.glob("*.json"))
    if not files:
        parser.error(f"{options.folder} holds no recorded file; record with: tox -e continuity -- --record FOLDER")
    options.picture.write_text(picture([json.loads(file.read_text()) for file in files]))
    print(f"{options.picture}: {len(files)} changes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
