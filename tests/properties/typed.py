"""Comparing what went in with what came out, types included."""

from __future__ import annotations

from typing import Any


def typed(value: Any) -> Any:
    """A document with the type of each scalar, so that 1, "1" and true differ. JSON has one type of number, of 64 bits."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return type(value).__name__, value
