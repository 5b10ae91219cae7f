"""Combinations one after the other, in as many processes as there are cores: ``tox -e render -- --combinations 10000``.

First all that the tests render or see refused, then random ones without end, up to the number that is asked for. A combination
is made when its turn comes and forgotten afterwards, so that memory does not grow with their number. One in
``HELM_EACH`` is also rendered by Helm's own way. Of the first failures the smallest values that still fail are printed.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier

import yaml

from tests.support import chart, combinations, schemas
from tests.support.combinations import Combination
from tests.support.examination import RENDERING, Failure, examine
from tests.support.shrinking import smallest
from tools.progress import ProgressBar

HELM_EACH = 50
# Neighbours share most of their documents: they go to one process together.
_BLOCK = 20
_SHRUNKEN = 3
_LONGEST_START_SECONDS = 300


@dataclass
class Outcome:
    """Sums over combinations, and the failures with their combinations."""

    rendered: int = 0
    refused: int = 0
    objects: int = 0
    validations: int = 0
    relations: int = 0
    compared: int = 0
    failures: list[tuple[Combination, Failure]] = field(default_factory=list)

    @property
    def combinations(self) -> int:
        return self.rendered + self.refused

    def add(self, other: Outcome) -> None:
        self.rendered += other.rendered
        self.refused += other.refused
        self.objects += other.objects
        self.validations += other.validations
        self.relations += other.relations
        self.compared += other.compared
        self.failures += other.failures


def every_and_more() -> Iterator[Combination]:
    """All combinations of the tests, then drawn ones without end; each is made when it is taken."""
    yield from combinations.certificate_product()
    yield from combinations.switch_combinations()
    yield from combinations.drawn_combinations()


def examine_block(block: Sequence[Combination], helm_each: int = HELM_EACH) -> Outcome:
    """Examine neighbours in this process; ``helm_each`` 0 compares none with Helm."""
    done = Outcome()
    for number, combination in enumerate(block):
        # One of each block in turn, so that all kinds of combinations get theirs.
        compared = helm_each > 0 and hash_of(combination) % helm_each == 0
        try:
            found = examine(combination, same_chart=number > 0, with_helm=compared)
        except LookupError as error:
            done.failures.append((combination, Failure(RENDERING, f"a relation finds nothing to look at: {error}")))
            continue
        done.refused += found.refused
        done.rendered += not found.refused
        done.objects += found.objects
        done.validations += found.validations
        done.relations += found.relations
        done.compared += compared
        done.failures += [(combination, failure) for failure in found.failures]
    return done


def hash_of(combination: Combination) -> int:
    """A number that is the same in each run and process."""
    return sum(combination.id.encode()) * 2_654_435_761 % 2**32 >> 8


def _prepare(ready: Barrier) -> None:
    """Start the renderer, read the schemas and modules; at the start of a process."""
    for combination in itertools.islice(combinations.drawn_combinations(10**9), 4):
        examine(combination)
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    ready.wait(_LONGEST_START_SECONDS)


@contextlib.contextmanager
def pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that are ready: each has its own renderer, and has examined some combinations."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(processes)
    with ProcessPoolExecutor(processes, context, _prepare, (ready,)) as executor:
        # A process is started when there is work and nobody free; nobody is before all are there.
        for each in [executor.submit(os.getpid) for _ in range(processes)]:
            each.result()
        yield executor


def blocks(source: Iterable[Combination], size: int = _BLOCK) -> Iterator[list[Combination]]:
    """``source`` in lists of ``size``, the last one shorter."""
    listed = iter(source)
    while block := list(itertools.islice(listed, size)):
        yield block


def stream(
    source: Iterable[Combination], executor: ProcessPoolExecutor, processes: int, helm_each: int = HELM_EACH
) -> Iterator[Outcome]:
    """Examine ``source`` block by block; yields the sums so far after each. Only a few blocks exist at a time."""
    total = Outcome()
    running: set[Future[Outcome]] = set()
    for block in blocks(source):
        running.add(executor.submit(examine_block, block, helm_each))
        if len(running) > 2 * processes:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                total.add(each.result())
            yield total
    for each in running:
        total.add(each.result())
        yield total


def run(count: int, processes: int) -> int:
    """The command: examine ``count`` combinations; 0 when all is well, 1 when something failed."""
    progress = ProgressBar("combinations")
    started = time.monotonic()
    outcome = Outcome()
    with pool(processes) as executor:
        for outcome in stream(itertools.islice(every_and_more(), count), executor, processes):
            progress.show(outcome.combinations, count, _failed(len(outcome.failures)))
    progress.close()
    seconds = time.monotonic() - started
    print(
        f"{outcome.rendered:,} combinations rendered, {outcome.refused:,} refused as expected, "
        f"{_failed(len(outcome.failures))}\n"
        f"{outcome.objects:,} objects; {outcome.validations:,} validations for Kubernetes "
        f"{', '.join(schemas.KUBERNETES_VERSIONS)}; {outcome.relations:,} relations asked; "
        f"{outcome.compared:,} renderings compared with Helm's own\n"
        f"{seconds:.0f} s, {outcome.combinations / seconds:.0f} combinations/s in {processes} processes"
    )
    for combination, failure in outcome.failures[:_SHRUNKEN]:
        report(combination, failure)
    hidden = outcome.failures[_SHRUNKEN:]
    for combination, failure in hidden[:20]:
        print(f"also {combination.id}: {failure.statement}")
    if len(hidden) > 20:
        print(f"and {len(hidden) - 20} more")
    return 1 if outcome.failures else 0


def report(combination: Combination, failure: Failure) -> None:
    """Print one failure with the smallest values that show it, and the command that does."""
    print(f"\n{combination.id} fails: {failure.statement}\n{failure.text[:2000]}")
    print("the smallest values that still fail are looked for ...", file=sys.stderr)
    small = smallest(combination, failure.statement)
    arguments = small.arguments
    # By way of JSON: values may hold read-only mappings.
    text = yaml.safe_dump(yaml.safe_load(chart.values_text(small.values)), sort_keys=False)
    print(
        f"save as fails.yaml:\n\n{text}\n"
        f"helm template {arguments['release']} charts/keda --namespace {arguments['namespace']} "
        f"--kube-version {arguments['kubernetes']} -f fails.yaml\n"
        f"all of its values: python -m tests.support.combinations '{combination.id}'"
    )


def _failed(number: int) -> str:
    return f"{number} failures" if number != 1 else "1 failure"
