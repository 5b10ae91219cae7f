"""A picture of figures: two strips a change, time from left to right, gaps and failed requests in colour."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tests.cluster.continuity.load import METRICS, WEBHOOKS
from tests.cluster.continuity.measurements import Lane, Measurement, Span

_LEFT, _WIDTH, _STRIP, _SPACE, _TOP = 470, 640, 9, 12, 44
# Of a letter of a title, on average.
_LETTER = 5.7
_SERVED, _WAITING, _FAILED, _MARK = "#a5d6a7", "#ffb74d", "#c62828", "#333333"
_SECONDS_A_TICK = 30
_LEGEND = (
    "seconds; upper strip: external metrics, lower strip: webhooks; green: answered, orange: no answer for more than a second, "
    "red: requests failed; lines: the change begins and ends"
)


def picture(figures: Sequence[Measurement]) -> str:
    """SVG text of at least one figure, from top to bottom in the order given."""
    titles = [f"{figure.what} ({figure.availability})" for figure in figures]
    left = max(_LEFT, round(_LETTER * max(len(title) for title in titles)))
    scale = _WIDTH / max(figure.seconds for figure in figures)
    row = 2 * (_STRIP + 2) + _SPACE
    height = len(figures) * row + _TOP + 10
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + _WIDTH + 20}" height="{height}" '
            'font-family="sans-serif" font-size="11">'
        ),
        f'<rect width="100%" height="100%" fill="white"/><text x="10" y="14">{escape(_LEGEND)}</text>',
    ]
    for second in range(0, int(_WIDTH / scale) + 1, _SECONDS_A_TICK):
        x = left + second * scale
        parts.append(f'<text x="{x:.1f}" y="32" text-anchor="middle" fill="#666666">{second}</text>')
    for number, (figure, title) in enumerate(zip(figures, titles, strict=True)):
        top = _TOP + number * row
        parts.append(f'<text x="{left - 8}" y="{top + 14}" text-anchor="end">{escape(title)}</text>')
        for lane, api in enumerate((METRICS, WEBHOOKS)):
            parts += _strip(figure.lanes[api], figure.seconds, left, top + lane * (_STRIP + 2), scale)
        for moment in figure.marks.values():
            x = left + moment * scale
            parts.append(f'<path d="M{x:.1f} {top - 3}v{row - _SPACE + 4}" stroke="{_MARK}"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _strip(lane: Lane, seconds: float, left: int, top: int, scale: float) -> list[str]:
    def part(span: Span, colour: str) -> str:
        width = max(1.0, (span[1] - span[0]) * scale)
        x = left + span[0] * scale
        return f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{_STRIP}" fill="{colour}"/>'

    return [
        part((0.0, seconds), _SERVED),
        *(part(span, _WAITING) for span in lane.gaps),
        *(part(span, _FAILED) for span in lane.failed),
    ]
