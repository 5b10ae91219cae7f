"""Durations as the chart takes them (8760h0m0s), in seconds."""

from __future__ import annotations

import re

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def seconds(text: str) -> float:
    """Seconds of a duration; ValueError for any other text."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", text)
    if "".join(f"{number}{unit}" for number, unit in parts) != text or not parts:
        raise ValueError(f"{text!r} is no duration")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
