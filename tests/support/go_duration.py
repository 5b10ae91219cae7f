"""Durations as Go reads them: time.ParseDuration of Go 1.27, written again from its documentation and proven on samples.

https://pkg.go.dev/time#ParseDuration
"""

from __future__ import annotations

import re
from fractions import Fraction

_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,  # micro sign
    "\u03bcs": 1_000,  # Greek letter mu
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"([0-9]*)(\.[0-9]*)?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
LONGEST = 2**63 - 1


def nanoseconds(text: str) -> int:
    """The duration in nanoseconds, parts of one dropped; ValueError where Go has an error.

    Go computes the digits behind a point with floats, so that it may be one nanosecond off; nobody counts on that.
    """
    sign, rest = (-1 if text[:1] == "-" else 1), text[text[:1] in ("-", "+") :]
    if rest == "0":
        return 0
    if not rest:
        raise ValueError(f"no duration: {text!r}")
    total = 0
    position = 0
    while position < len(rest):
        part = _PART.match(rest, position)
        if not part or not (part[1] or (part[2] or ".")[1:]):
            raise ValueError(f"no duration: {text!r}")
        total += int(Fraction(part[1] + (part[2] or "") if part[1] else "0" + part[2]) * _NANOSECONDS[part[3]])
        # The longest negative one is a nanosecond longer than the longest positive one.
        if total > LONGEST + (sign < 0):
            raise ValueError(f"too long: {text!r}")
        position = part.end()
    return sign * total


def seconds(text: str) -> float:
    """The duration in seconds; ValueError where Go has an error."""
    return nanoseconds(text) / _NANOSECONDS["s"]
