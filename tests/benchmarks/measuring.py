"""What is measured, and how often: rounds in which all tools take turns on the same combinations."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.engine import Engine
from tests.benchmarks.memory import watch
from tests.benchmarks.peers import HelmUnittest, Kubeconform, KubernetesValidate, helm_template
from tests.support import chart, combinations, helm, modes, streaming
from tests.support.combinations import Combination
from tests.support.examination import examine
from tools.progress import ProgressBar

ROOT = chart.CHART.parents[1]
Call = Callable[[], None]
# Makes a tool ready for these combinations on so many cores, and yields what runs it.
Preparation = Callable[[Sequence[Combination], int], contextlib.AbstractContextManager[Call]]


@dataclass(frozen=True)
class Tool:
    """One way to test a chart. ``sizes``: cores -> combinations in one round; None: all of the round."""

    name: str
    label: str
    prepare: Preparation
    sizes: dict[int, int | None]


def _engine(method: Callable[[Engine, Sequence[Combination]], None]) -> Preparation:
    @contextlib.contextmanager
    def prepare(sample: Sequence[Combination], cores: int) -> Iterator[Call]:
        with streaming.pool(cores) as executor:
            engine = Engine(executor, cores)
            yield lambda: method(engine, sample)

    return prepare


def _peer(run: Callable[[Sequence[Combination], int], None]) -> Preparation:
    @contextlib.contextmanager
    def prepare(sample: Sequence[Combination], cores: int) -> Iterator[Call]:
        yield lambda: run(sample, cores)

    return prepare


@contextlib.contextmanager
def _kubernetes_validate(sample: Sequence[Combination], cores: int) -> Iterator[Call]:
    peer = KubernetesValidate()
    try:
        yield lambda: peer(sample, cores)
    finally:
        peer.close()


def tools(folder: Path) -> list[Tool]:
    """All that are compared; ``folder`` takes the schemas of kubeconform. The numbers keep a round under a minute."""
    kubeconform = Kubeconform(folder / "kubeconform")
    return [
        Tool("engine", "this engine", _engine(Engine.examine), {1: 300, 2: None}),
        Tool("engine-render", "this engine, rendering only", _engine(Engine.render), {2: None}),
        Tool("engine-one", "this engine, one relation", _engine(Engine.ask_one_relation), {2: None}),
        Tool("helm", "`helm template`, rendering only", _peer(helm_template), {2: 24}),
        Tool("kubernetes-validate", "`helm template` + kubernetes-validate", _kubernetes_validate, {1: 4, 2: 8}),
        Tool("kubeconform", "`helm template` + kubeconform, one by one", _peer(kubeconform.each), {2: 12}),
        Tool(
            "kubeconform-all",
            "`helm template` + kubeconform, all at once",
            _peer(kubeconform.all_together),
            {1: 16, 2: 32},
        ),
        Tool("helm-unittest", "helm-unittest, one relation", HelmUnittest().prepare, {2: 40}),
    ]


def rounds(number: int, progress: ProgressBar) -> list[dict[str, Any]]:
    """One entry a tool, number of cores and round. No combination is in two rounds, so that no memory helps a later one."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        compared = tools(Path(folder))
        steps = [(each, tool, cores) for each in range(number) for tool in compared for cores in tool.sizes]
        for step, (each, tool, cores) in enumerate(steps):
            progress.show(step, len(steps), f"round {each + 1} of {number}: {tool.name}, cores: {cores}")
            everything = [entry for entry in combinations.rendered() if entry.group % number == each]
            size = tool.sizes[cores]
            found.append({"round": each, **measure(tool, spread(everything, size), cores)})
    return found


def spread(sample: Sequence[Combination], size: int | None) -> list[Combination]:
    """``size`` of ``sample``, evenly spread; whole groups of neighbours where there is room for many: that is how tests run."""
    if size is None or size >= len(sample):
        return list(sample)
    if size < 100:
        return [sample[index * len(sample) // size] for index in range(size)]
    groups = [list(group) for _, group in itertools.groupby(sample, key=lambda entry: entry.group)]
    step = max(1, len(sample) // size)
    return [entry for group in groups[::step] for entry in group][:size]


def yardstick() -> float:
    """Seconds of one core for a million additions in Python: one virtual machine differs in it from hour to hour."""
    started = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    return time.process_time() - started


def measure(tool: Tool, sample: Sequence[Combination], cores: int) -> dict[str, Any]:
    """Run one tool once: seconds without its preparation, and the peak of memory of the processes that it starts."""
    with watch(os.getpid(), with_root=False) as memory, tool.prepare(sample, cores) as run:
        load, addition = os.getloadavg()[0], yardstick()
        started = time.monotonic()
        run()
        seconds = time.monotonic() - started
    return {
        "tool": tool.name,
        "cores": cores,
        "combinations": len(sample),
        "seconds": round(seconds, 3),
        "peak_bytes": memory.peak,
        "load": round(load, 2),
        "yardstick_seconds": round(addition, 4),
    }


def growth(sizes: Sequence[int], progress: ProgressBar) -> list[dict[str, Any]]:
    """`tox -e render -- --combinations N` as a process of its own: seconds from its start to its end, and its memory."""
    found = []
    for step, size in enumerate(sizes):
        progress.show(step, len(sizes), f"growth: {size} combinations")
        command = [sys.executable, "-m", "pytest", "-n", "2", "--combinations", str(size)]
        load = os.getloadavg()[0]
        started = time.monotonic()
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            with watch(process.pid, with_root=True) as memory:
                out, log = process.communicate()
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, command, out, log)
        found.append(
            {
                "combinations": size,
                "seconds": round(time.monotonic() - started, 2),
                "peak_bytes": memory.peak,
                "course": thinned(memory.course),
                "load": round(load, 2),
            }
        )
    return found


def thinned(course: Sequence[tuple[float, int]], most: int = 60) -> list[tuple[float, int]]:
    """At most about ``most`` points of a course."""
    return list(course[:: max(1, len(course) // most)])


# Values that make the chart print ever more.
SIZES: dict[str, dict[str, Any]] = {
    "operator alone, without CRDs": {
        "metricsServer": {"enabled": False},
        "webhooks": {"enabled": False},
        "crds": {"install": False},
    },
    "all components, without CRDs": {"crds": {"install": False}},
    "defaults": {},
    "with policies and monitors": {
        "networkPolicy": {"enabled": True},
        "podDisruptionBudget": {"operator": {"maxUnavailable": 1}},
        "prometheus": {
            component: {"enabled": True, "serviceMonitor": {"enabled": True}}
            for component in ("operator", "metricServer", "webhooks")
        },
    },
}


def sizes(progress: ProgressBar, *, ours: int = 60, theirs: int = 6) -> list[dict[str, Any]]:
    """One process, one core, by size of the output. Each rendering has a label of its own on every object: no document is an
    earlier one, which is the worst that can happen to this engine."""
    found = []
    mode = modes.mode_of({})
    for step, (name, values) in enumerate(SIZES.items()):
        progress.show(step, len(SIZES), f"size: {name}")
        subjects = [
            Combination(
                id=f"size/{number}",
                values={**values, "additionalLabels": {"run": f"{step}-{number}"}},
                mode=mode,
                metrics_server="metricsServer" not in values,
                webhooks="webhooks" not in values,
            )
            for number in range(ours + 5)
        ]
        for subject in subjects[ours:]:
            examine(subject)
        rendered = chart.render(subjects[0].values)
        started = time.monotonic()
        for subject in subjects[1:ours]:
            chart.render(subject.values, same_chart=True)
        rendering = (time.monotonic() - started) / (ours - 1)
        fresh = [
            Combination(**{**vars(subject), "values": {**subject.values, "clusterName": f"c{number}"}})
            for number, subject in enumerate(subjects[:ours])
        ]
        for number, subject in enumerate(fresh):
            subject.values["additionalLabels"]["run"] = f"again-{step}-{number}"
        started = time.monotonic()
        for subject in fresh:
            failures = examine(subject, same_chart=True).failures
            assert not failures, failures
        examining = (time.monotonic() - started) / ours
        started = time.monotonic()
        for subject in subjects[:theirs]:
            assert helm.template("helm4", subject.values).code == 0
        found.append(
            {
                "size": name,
                "objects": len(rendered.objects),
                "bytes": len(rendered.text.encode()),
                "render_seconds": round(rendering, 5),
                "examine_seconds": round(examining, 5),
                "helm_template_seconds": round((time.monotonic() - started) / theirs, 5),
            }
        )
    return found
