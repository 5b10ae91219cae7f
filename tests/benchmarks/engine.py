"""This suite's own engine, in the same shape as its peers: processes that are warm, and combinations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.benchmarks.peers import HelmUnittest
from tests.invariants.relations import catalogue
from tests.support import chart, streaming
from tests.support.combinations import Combination
from tests.support.renderings import Rendered


class EngineFailed(Exception):
    """A combination is not as it must be."""


class Engine:
    """Warm processes, one or two: each has started its renderer and read its schemas, on other combinations than are measured."""

    def __init__(self, executor: ProcessPoolExecutor, cores: int) -> None:
        self._executor, self._cores = executor, cores

    def examine(self, combinations: Sequence[Combination]) -> None:
        """Render, validate for four Kubernetes versions, ask every relation."""
        for outcome in streaming.stream(combinations, self._executor, self._cores, helm_each=0):
            if outcome.failures:
                combination, failure = outcome.failures[0]
                raise EngineFailed(f"{combination.id}: {failure.statement}: {failure.text}")

    def render(self, combinations: Sequence[Combination]) -> None:
        """Render only."""
        for _ in self._executor.map(_render, streaming.blocks(combinations)):
            pass

    def ask_one_relation(self, combinations: Sequence[Combination]) -> None:
        """Render, and ask what helm-unittest is asked."""
        for _ in self._executor.map(_ask, streaming.blocks(combinations)):
            pass


def _renderings(block: Sequence[Combination]) -> Iterator[Rendered]:
    for number, combination in enumerate(block):
        yield Rendered(combination, chart.render(combination.values, same_chart=number > 0, **combination.arguments))


def _render(block: Sequence[Combination]) -> int:
    return sum(len(rendered.rendering.parts) for rendered in _renderings(block))


def _ask(block: Sequence[Combination]) -> None:
    relation = catalogue.every()[HelmUnittest.RELATION]
    for rendered in _renderings(block):
        if list(relation(rendered)):
            raise EngineFailed(f"{rendered.id}: {HelmUnittest.RELATION}")
