"""The smallest values that still fail: settings are taken away, in ever smaller parts, as long as the failure stays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.support import chart, combinations
from tests.support.combinations import Combination
from tests.support.examination import examine

Setting = tuple[tuple[str, ...], Any]


def smallest(combination: Combination, statement: str) -> Combination:
    """``combination`` with the fewest settings for which ``statement`` (of examination.Failure) still does not hold.

    Nothing that is left can be taken away by itself. Returned as it is when the failure does not come again.
    """

    def fails(settings: Sequence[Setting]) -> bool:
        candidate = with_settings(combination, settings)
        try:
            return any(failure.statement == statement for failure in examine(candidate).failures)
        except (LookupError, AssertionError, chart.RendererCrashed):
            # Another failure than the one that is looked for.
            return False

    settings = list(combinations.leaves(combination.values))
    if not fails(settings):
        return combination
    return with_settings(combination, fewest(settings, fails))


def fewest(settings: Sequence[Setting], fails: Callable[[Sequence[Setting]], bool]) -> list[Setting]:
    """The part of ``settings`` that still fails, from which nothing more can be taken. ``fails(settings)`` holds."""
    left = list(settings)
    size = max(len(left) // 2, 1)
    while left:
        start, taken = 0, False
        while start < len(left):
            candidate = left[:start] + left[start + size :]
            if fails(candidate):
                left, taken = candidate, True
            else:
                start += size
        if size == 1 and not taken:
            break
        size = max(size // 2, 1)
    return left


def with_settings(combination: Combination, settings: Sequence[Setting]) -> Combination:
    """``combination`` with these settings and no others; what it expects stays."""
    tree: dict[str, Any] = {}
    for path, value in settings:
        below = tree
        for key in path[:-1]:
            below = below.setdefault(key, {})
        below[path[-1]] = dict(value) if isinstance(value, Mapping) else value
    return dataclasses.replace(combination, values=tree)
