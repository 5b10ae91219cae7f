"""Does the suite bite? Mutation testing of the chart.

    python -m tools.mutants                      all mutants (an hour and more)
    python -m tools.mutants --sample 1000        a thousand of them, the same ones for the same --seed
    python -m tools.mutants --only '*_pod.tpl'   those of some files
    python -m tools.mutants --list               the mutants, without judging them
    python -m tools.mutants --resume             go on with the last run

Each mutant is one change of a template, of schemas/values.schema.yaml or of a default. It is judged by the helm-unittest
tests that reach its place and by the Python suite over the combinations that reach it, and killed by the first test that
fails. Survivors that are equivalent stand in tools/mutants/equivalent.yaml with a reason. Exit code 1 when others are more
than 3 % of the mutants judged. docs/decisions/0017-judging-mutants.md tells more.
"""

from __future__ import annotations

import argparse
import contextlib
import queue
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import toolchain
from tools.mutants import baseline as baselines
from tools.mutants import generator, results
from tools.mutants.judge_client import JudgeFailed, PytestJudge
from tools.mutants.mutation import Mutant
from tools.mutants.results import Result, Store
from tools.mutants.verdicts import KILLED, Judge, Verdict
from tools.mutants.workspace import Workspace
from tools.progress import ProgressBar
from tools.suite_runner import SuiteRunner, SuiteRunnerFailed

_SECONDS_TO_STOP = 10.0
STORED = toolchain.REPOSITORY / ".mutants" / "results.jsonl"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _options(arguments)
    # Ended by another program is like Ctrl-C: what was started ends, too, and folders in memory are freed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.closing(Workspace()) as first:
        found = generator.chosen(
            generator.mutants(first.root), sample=options.sample, seed=options.seed, only=options.only
        )
        if not found:
            print("no mutant fits", file=sys.stderr)
            return 2
        if options.list:
            for mutant in found:
                print(mutant)
            print(f"{len(found)} mutants")
            return 0
        store = Store(options.results, first.digest(), resume=options.resume)
        done = [Result(mutant, store.known[mutant.id]) for mutant in found if mutant.id in store.known]
        waiting = [mutant for mutant in found if mutant.id not in store.known]
        started = time.monotonic()
        try:
            done += _judge(waiting, first, store, options.jobs) if waiting else []
        except JudgeFailed as failure:
            print(failure, file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("ended before the first verdict", file=sys.stderr)
            return 130
    summary = results.summary(done, results.equivalents())
    for line in results.report(summary):
        print(line)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    cores = spent.ru_utime + spent.ru_stime
    print(f"{(time.monotonic() - started) / 60:.1f} minutes, {cores:.0f} core seconds; verdicts in {options.results}")
    if len(done) < len(found):
        print(f"ended early: {len(done)} of {len(found)}; --resume goes on")
        return 130
    return 0 if summary.ok else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, metavar="N", help="judge N mutants")
    parser.add_argument("--seed", type=int, default=1, help="which N (default 1)")
    parser.add_argument(
        "--only", default="", metavar="GLOB", help="only mutants of files that fit, from the repository's root"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes that judge (default 2)")
    parser.add_argument("--list", action="store_true", help="print the mutants and end")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="keep the verdicts of the last run; when something has changed since, only the killed ones",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=STORED,
        metavar="FILE",
        help="where verdicts are kept (default .mutants/results.jsonl)",
    )
    options = parser.parse_args(arguments)
    if options.jobs < 1 or (options.sample is not None and options.sample < 1):
        parser.error("--jobs and --sample must be above 0")
    if options.results.is_dir():
        parser.error(f"--results {options.results}: is a folder; name a file")
    return options


def _judge(waiting: list[Mutant], first: Workspace, store: Store, jobs: int) -> list[Result]:
    """Judge all, on ``jobs`` threads with a workspace and processes each; what was judged until Ctrl-C."""
    bar = ProgressBar("mutants")
    done: list[Result] = []
    failures: list[Exception] = []
    todo: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in waiting:
        todo.put(mutant)
    stop = threading.Event()
    lock = threading.Lock()
    with contextlib.ExitStack() as stack:
        workspaces = [first, *(stack.enter_context(contextlib.closing(Workspace(first.root))) for _ in range(jobs - 1))]
        tests = [stack.enter_context(contextlib.closing(PytestJudge(workspace))) for workspace in workspaces]
        baseline = _baseline(store.folder, workspaces, tests, bar)

        def work(workspace: Workspace, python: PytestJudge) -> None:
            with (
                SuiteRunner(workspace.chart) as suites,
                contextlib.closing(Judge(workspace, suites, python, baseline)) as judge,
            ):
                for mutant in _taken(todo, stop):
                    result = Result(mutant, judge.verdict(mutant))
                    with lock:
                        store.add(result)
                        done.append(result)
                        alive = sum(entry.verdict.status not in {KILLED, "invalid"} for entry in done)
                        bar.show(len(done), len(waiting), f"judged: {alive} alive")

        def guarded(workspace: Workspace, python: PytestJudge) -> None:
            try:
                work(workspace, python)
            except Exception as failure:
                if not stop.is_set():
                    failures.append(failure)
                stop.set()

        threads = [
            threading.Thread(target=guarded, args=pair, daemon=True) for pair in zip(workspaces, tests, strict=True)
        ]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                threads[0].join(0.2)
                time.sleep(0.05)
        except KeyboardInterrupt:
            stop.set()
            for python in tests:
                python.close()
            for thread in threads:
                thread.join(_SECONDS_TO_STOP)
        bar.close()
        if failures:
            raise failures[0]
    return done


def _baseline(
    folder: Path, workspaces: list[Workspace], tests: list[PytestJudge], bar: ProgressBar
) -> baselines.Baseline:
    """What is known of the repository as it is; kept in ``folder`` until anything changes."""
    kept = folder / f"baseline-{workspaces[0].digest()}.json"
    if kept.is_file():
        return baselines.Baseline.restored(kept.read_text(encoding="utf-8"), workspaces[0].chart)
    taken = baselines.take(workspaces, tests, bar.show, lambda text: print(text, file=sys.stderr))
    for old in folder.glob("baseline-*.json"):
        old.unlink()
    kept.write_text(taken.stored(), encoding="utf-8")
    return taken


def _taken(todo: queue.SimpleQueue[Mutant], stop: threading.Event) -> Iterator[Mutant]:
    while not stop.is_set():
        try:
            yield todo.get_nowait()
        except queue.Empty:
            return


__all__ = ["SuiteRunnerFailed", "Verdict", "main"]

if __name__ == "__main__":
    sys.exit(main())
