"""What the live tests measured, a line each, handed over by the processes of pytest-xdist and printed at the end."""

from __future__ import annotations

from typing import Any

import pytest

_KEY = "keda_figures"
ALL: list[str] = []


def hand_over(config: pytest.Config) -> None:
    """At the end of a process: give the lines to the process that prints them."""
    if hasattr(config, "workeroutput"):
        config.workeroutput[_KEY] = list(ALL)


def take_over(node: Any) -> None:
    """In the printing process: add the lines of an xdist process that ended."""
    ALL.extend(getattr(node, "workeroutput", {}).get(_KEY, []))


def report(reporter: pytest.TerminalReporter) -> None:
    """Print the lines, when there are any."""
    if ALL:
        reporter.section("measured")
        for line in ALL:
            reporter.write_line(line)
