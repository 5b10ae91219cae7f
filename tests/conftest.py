"""Fixtures that several folders share: the rendered combinations, in chunks that the processes of pytest-xdist divide.

All tests of one chunk run in one process (the scheduler below) and next to each other (the fixture has session scope), so
that a chunk is rendered once, whatever number of tests looks at it.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.support import combinations, streaming, totals
from tests.support.modes import MODES
from tests.support.renderings import Refused, Rendered, refuse_all, render_all


class ChunkScheduling(LoadScopeScheduling):
    """Sends all tests of a chunk, of a helm-unittest suite or of an installation to one process, others to whichever is free.

    Not ``--dist loadgroup``: pytest-xdist 3.8.0 writes its groups into a field that pytest 9.2 no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/cluster/"):
            # The live tests of a mode share an installation; those of a file without modes share another.
            return next((f"[{name}" for name in MODES if f"[{name}" in nodeid), nodeid.partition("::")[0])
        group = re.search(r"\[(?:rendered|refused)-\d\d|^tests/helm_unittest/.*?\[[^:\]]+", nodeid)
        return group[0][group[0].index("[") :] if group else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ChunkScheduling:
    return ChunkScheduling(config, log)


def _chunks(name: str) -> list[Any]:
    return [pytest.param(number, id=f"{name}-{number:02d}") for number in range(combinations.CHUNKS)]


@pytest.fixture(scope="session", params=_chunks("rendered"))
def chunk(request: pytest.FixtureRequest) -> Sequence[Rendered]:
    """One part of the combinations that must render, with their renderings."""
    return render_all(combinations.chunk(combinations.rendered(), request.param))


@pytest.fixture(scope="session", params=_chunks("refused"))
def refused_chunk(request: pytest.FixtureRequest) -> Sequence[Refused]:
    """One part of the combinations that must be refused, with the error texts."""
    return refuse_all(combinations.chunk(combinations.refused(), request.param))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--combinations",
        type=int,
        metavar="N",
        help="no tests: render, validate and question N combinations in a stream, all that the tests have and then random ones",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    count = config.getoption("--combinations")
    if count is None or hasattr(config, "workerinput"):
        return None
    if count < 1:
        raise pytest.UsageError(f"--combinations {count}: give a number above 0")
    return streaming.run(count, processes=_processes(config))


def _processes(config: pytest.Config) -> int:
    """As many as pytest-xdist would start, one without it."""
    asked = config.getoption("numprocesses", 0)
    return asked if isinstance(asked, int) and asked > 0 else 1


def pytest_collection_finish() -> None:
    # What stands now stays to the end: thousands of combinations that the garbage collector need not walk through again and
    # again. The rest of the garbage is nearly all freed by counting references.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    totals.hand_over(session.config)
    yield


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    totals.take_over(node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    totals.report(terminalreporter)
