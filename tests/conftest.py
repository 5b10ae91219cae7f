"""Fixtures that several folders share: the rendered combinations, in chunks that the processes of pytest-xdist divide.

All tests of one chunk run in one process (xdist_group with --dist loadgroup) and next to each other (the fixture has session
scope), so that a chunk is rendered once whatever number of tests looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.support import combinations, totals
from tests.support.renderings import Refused, Rendered, refuse_all, render_all


def _chunks(name: str) -> list[Any]:
    return [
        pytest.param(number, id=f"{name}-{number:02d}", marks=pytest.mark.xdist_group(f"{name}-{number:02d}"))
        for number in range(combinations.CHUNKS)
    ]


@pytest.fixture(scope="session", params=_chunks("rendered"))
def chunk(request: pytest.FixtureRequest) -> Sequence[Rendered]:
    """One part of the combinations that must render, with their renderings."""
    return render_all(combinations.chunk(combinations.rendered(), request.param))


@pytest.fixture(scope="session", params=_chunks("refused"))
def refused_chunk(request: pytest.FixtureRequest) -> Sequence[Refused]:
    """One part of the combinations that must be refused, with the error texts."""
    return refuse_all(combinations.chunk(combinations.refused(), request.param))


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    totals.hand_over(session.config)
    yield


def pytest_testnodedown(node: Any) -> None:
    totals.take_over(node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    totals.report(terminalreporter)
