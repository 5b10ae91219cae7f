"""Either a rendering or a refusal: many properties have a statement about each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support import chart
from tests.support.chart import ChartRefused, Rendering


def outcome(values: Mapping[str, Any], **arguments: Any) -> Rendering | str:
    """What the chart renders, or the error with which it refuses; ``arguments`` as for ``chart.render``."""
    try:
        return chart.render(values, **arguments)
    except ChartRefused as refused:
        return str(refused)
