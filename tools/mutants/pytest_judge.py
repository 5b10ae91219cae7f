"""The process that judges mutants by the Python suite: it collects the tests once and forks a child for each mutant.

Runs inside of a workspace, as ``python -m tools.mutants.pytest_judge``; speaks JSON lines on standard input and output:

    {"record": [PART, PARTS]}     which renderings each test asks for, and which files it opens
    {"items": [...], "combinations": [...], "renew": false, "skipped": [...], "only": [...]}
                                  run these tests, those over chunks for these combinations only, until one fails
    {"regenerate": true, "first": "..."}
                                  the values schema has changed: generate what comes out of it, collect and run the tests that
                                  depend on it, those first that have this text in their names

The parent never runs a test, so that no child sees what another chart left in a cache. What a cache computes from nothing but
a text (parsed documents, their validity) is kept warm on purpose.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import importlib
import io
import json
import os
import select
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

PATHS = ("tests/render", "tests/invariants", "tests/certificates", "tests/values")
# Modules whose caches hold what follows from texts alone, or from the axes.
_PURE = ("tests.support.combinations", "tests.support.certificates", "tests.support.modes", "tests.support.schemas")
LONGEST_SECONDS = 240.0
_WARM = 72
_FEW_TESTS = 40

_out: io.TextIOBase


def main() -> int:
    """Serve until the input ends."""
    global _out
    # Tests and plugins may print: only replies go to the real standard output.
    _out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    judge = Judge()
    options = ["-q", "--no-header", "--no-summary", "-p", "no:cacheprovider", "-p", "no:randomly", "--assert=plain"]
    options += ["--hypothesis-seed=0", "--tb=short", "--capture=no", "-W", "ignore"]
    folders = [path for path in PATHS if Path(path).is_dir()]
    return int(pytest.main([*options, *folders], plugins=[judge]))


class Judge:
    """The pytest plugin that answers requests in place of running what was collected."""

    def __init__(self) -> None:
        self.items: dict[str, pytest.Item] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            reply({"error": "the tests cannot be collected"})
            return True
        self.items = {item.nodeid: item for item in session.items}
        _warm()
        gc.collect()
        gc.freeze()
        reply({"items": list(self.items)})
        for line in sys.stdin:
            request = json.loads(line)
            if "record" in request:
                part, parts = request["record"]
                reply(in_child(functools.partial(self.record, part, parts), seconds=3600))
            elif "regenerate" in request:
                reply(in_child(functools.partial(regenerated, request["first"], self.files_of_the_schema())))
            else:
                reply(in_child(functools.partial(self.judge, **request)))
        return True

    def files_of_the_schema(self) -> list[list[str]]:
        """The files whose tests are made from the values schema; those with few tests, which are about the whole, first."""
        sizes = Counter(item.location[0] for item in self.items.values())
        of_schema = [name for name in sizes if name.startswith("tests/values/") or name == "tests/render/test_axes.py"]
        few = [name for name in of_schema if sizes[name] <= _FEW_TESTS]
        return [group for group in (few, [name for name in of_schema if name not in few]) if group]

    def record(self, part: int, parts: int) -> dict[str, Any]:
        """Run this part of the tests that are not over chunks; what each renders, opens and takes."""
        from tests.support import chart

        asked: list[str] = []
        opened: set[str] = set()
        root = str(Path.cwd())

        ask = chart._Worker.ask

        def noting(worker: Any, request: str) -> dict[str, Any]:
            asked.append(request)
            return ask(worker, request)

        setattr(chart._Worker, "ask", noting)  # noqa: B010 (mypy knows that methods are not assigned to)

        def audit(event: str, arguments: Any) -> None:
            if event == "open" and str(arguments[0]).startswith(root):
                opened.add(str(arguments[0])[len(root) + 1 :])

        sys.addaudithook(audit)
        found = {}
        mine = [item for item in self.items.values() if not _chunk_of(item)][part::parts]
        for item in mine:
            # A test must ask for its renderings itself; what the values contract says costs much and renders nothing.
            clear_caches(("tools.", "tests.values.documents"))
            asked.clear()
            opened.clear()
            started = time.monotonic()
            failure = run([item])
            found[item.nodeid] = {
                "asked": sorted(set(asked)),
                "opened": sorted(name for name in opened if name.startswith(("charts/", "schemas/", "docs/"))),
                "seconds": time.monotonic() - started,
                "failed": failure,
            }
        return {"record": found}

    def judge(
        self,
        items: Sequence[str],
        combinations: Sequence[str],
        renew: bool,
        skipped: Sequence[str],
        only: Sequence[str],
    ) -> dict[str, Any]:
        """Run the tests over chunks for ``combinations``, but for ``skipped``, then ``items``; the first that fails."""
        from tests.support import combinations as every

        if renew:
            clear_caches()
        wanted = set(combinations)
        chosen = []
        for kind, known in (("rendered", every.rendered()), ("refused", every.refused())):
            if wanted & {combination.id for combination in known}:
                chosen += [item for item in self.items.values() if _chunk_of(item) == f"{kind}-00"]

        def only_wanted(of: Iterable[Any], _number: int) -> tuple[Any, ...]:
            return tuple(combination for combination in of if combination.id in wanted)

        setattr(every, "chunk", only_wanted)  # noqa: B010 (nor functions)
        # Validation for four versions of Kubernetes costs more than all relations.
        chosen.sort(key=lambda item: "what_the_api_server_rejects" in item.nodeid)
        chosen = [item for item in chosen if item.nodeid not in skipped and (not only or item.nodeid in only)]
        return {"failed": run([*chosen, *(self.items[name] for name in items)])}


def run(items: Sequence[pytest.Item]) -> str:
    """Run tests until one fails: its id with the first line of the reason; "" when none does."""
    from _pytest.runner import runtestprotocol

    for item, following in zip(items, [*items[1:], None], strict=True):
        for report in runtestprotocol(item, log=False, nextitem=following):
            if report.failed:
                reason = str(report.longrepr).strip().splitlines()
                told = next((line for line in reversed(reason) if line.startswith("E ")), reason[-1] if reason else "")
                return f"{item.nodeid}: {told.removeprefix('E').strip()[:200]}"
    return ""


def regenerated(first: str, files: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Generate what comes out of the values schema and run the tests that depend on it, in a pytest of their own for each
    group of files.
    """
    clear_caches()
    for name in [
        name for name in sys.modules if name.startswith(("tests.values", "tests.render.test_axes", "tools.values"))
    ]:
        del sys.modules[name]
    generator = importlib.import_module("tools.values_schema")
    try:
        contract = generator.load()
        texts = generator.generated(contract)
    except Exception as problem:
        return {"refused": str(problem).splitlines()[0][:200]}
    unchanged = texts[generator.SCHEMA] == generator.SCHEMA.read_text(encoding="utf-8")
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    failures: list[str] = []

    class First:
        """Orders the tests and keeps the first failure."""

        def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
            items.sort(key=lambda item: not first or first not in item.nodeid)

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                failures.append(report.nodeid)

        def pytest_collectreport(self, report: pytest.CollectReport) -> None:
            if report.failed:
                failures.append(f"{report.nodeid} cannot be collected")

    options = ["-q", "-x", "--no-header", "--no-summary", "-p", "no:cacheprovider", "--assert=plain", "--tb=no"]
    options += ["--hypothesis-seed=0", "--capture=no", "-W", "ignore"]
    for group in files:
        code = pytest.main([*options, *group], plugins=[First()])
        if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}:
            return {"error": f"pytest ended with {code!r}"}
        if failures:
            break
    return {"failed": failures[0] if failures else "", "unchanged": unchanged}


def clear_caches(kept: tuple[str, ...] = ()) -> None:
    """Empty the caches of the suite and the tools, but for pure ones and those of modules whose names begin with ``kept``."""
    for clear in _caches(kept):
        clear()


@functools.cache
def _caches(kept: tuple[str, ...]) -> tuple[Callable[[], None], ...]:
    found: dict[int, Callable[[], None]] = {}
    for name, module in list(sys.modules.items()):
        if not name.startswith(("tests.", "tools.")):
            continue
        for value in list(vars(module).values()):
            clear = getattr(value, "cache_clear", None)
            # By the module that it comes from: test modules import functions by name.
            home = str(getattr(value, "__module__", ""))
            pure = home.startswith((*_PURE, *kept))
            if callable(clear) and home.startswith(("tests.", "tools.")) and not pure and home != __name__:
                found[id(value)] = clear
    return tuple(found.values())


def in_child(work: Callable[[], dict[str, Any]], seconds: float = LONGEST_SECONDS) -> dict[str, Any]:
    """The answer of a forked child; a child that takes too long is ended, which counts as a failed test."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            # A session of its own, so that whatever it started ends with it.
            os.setsid()
            _end_with_parent()
            try:
                told = work()
            except BaseException:
                told = {"error": traceback.format_exc()[-2000:]}
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                json.dump(told, pipe)
        finally:
            os._exit(0)
    os.close(writing)
    parts = []
    until = time.monotonic() + seconds
    while True:
        ready, _, _ = select.select([reading], [], [], max(until - time.monotonic(), 0))
        if not ready:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(reading)
            _forget_worker()
            return {"failed": f"no verdict within {seconds:.0f} s", "timeout": True}
        part = os.read(reading, 1 << 20)
        if not part:
            break
        parts.append(part)
    os.close(reading)
    os.waitpid(child, 0)
    answer: dict[str, Any] = json.loads(b"".join(parts) or b'{"error": "the child ended without an answer"}')
    if "error" in answer:
        _forget_worker()
    return answer


def _end_with_parent() -> None:
    """Let the kernel end this process when its parent is gone, where it can."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _forget_worker() -> None:
    """A child that was ended may have left the renderer in the middle of a reply: the next one starts its own."""
    from tests.support import chart

    for worker in chart._workers:
        worker._process.kill()
    chart._workers.clear()
    chart.render()


def _warm() -> None:
    """Start the renderer and fill the caches that depend on texts alone."""
    from tests.support import chart, combinations, schemas

    for combination in combinations.sample(_WARM):
        rendering = chart.render(combination.values, **combination.arguments)
        for version in schemas.KUBERNETES_VERSIONS:
            schemas.validate_rendering(rendering, version)


def _chunk_of(item: pytest.Item) -> str:
    """rendered-00 of a test over that chunk; "" for any other test."""
    callspec: Any = getattr(item, "callspec", None)
    if callspec is None:
        return ""
    for part in callspec.id.split("-"):
        if part in {"rendered", "refused"} and {"chunk", "refused_chunk"} & set(callspec.params):
            number = callspec.params.get("chunk", callspec.params.get("refused_chunk"))
            return f"{part}-{number:02d}"
    return ""


def reply(answer: dict[str, Any]) -> None:
    _out.write(json.dumps(answer) + "\n")
    _out.flush()


if __name__ == "__main__":
    # Once, under its importable name: pytest plugins and the children refer to it.
    from tools.mutants import pytest_judge

    sys.exit(pytest_judge.main())
