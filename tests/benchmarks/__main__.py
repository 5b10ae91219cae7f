"""How fast is the suite, measured against what people use today, and what does the chart cost its users?

Without options everything that needs no cluster is measured, side by side in one run of about six minutes, and written to
docs/benchmarks.json, docs/benchmarks.md and docs/benchmarks.svg. Leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import chart_cost, measuring, report
from tests.support.modes import MODES
from tools import toolchain
from tools.progress import ProgressBar

DOCS = measuring.ROOT / "docs"
RECORD, PAGE, PICTURE = (DOCS / f"benchmarks.{ending}" for ending in ("json", "md", "svg"))
_PROGRAMS = ("renderer", "helm4", "helm-unittest", "kubeconform")
_GROWTH = (100, 1000, 10_000)


def main(arguments: Sequence[str]) -> int:
    """The command; returns its exit code."""
    options = _options(arguments)
    if options.write or options.check:
        return _documents(json.loads(RECORD.read_text()), check=options.check)
    if options.cluster:
        # Only here: it needs root, and the programs of the embedded cluster.
        from tests.benchmarks.live import measure as measure_on_cluster

        record = json.loads(RECORD.read_text()) if RECORD.is_file() else None
        if record is None:
            print("measure without --cluster first: there is no docs/benchmarks.json to add to", file=sys.stderr)
            return 1
        record["cluster"] = measure_on_cluster(options.modes)
    else:
        record = _measure(options)
    if options.no_docs:
        print(report.markdown(record))
        return 0
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    _documents(record, check=False)
    print(report.markdown(record))
    print(f"written: {', '.join(os.path.relpath(file) for file in (RECORD, PAGE, PICTURE))}", file=sys.stderr)
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tox -e bench --", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of the comparison (default: 3)")
    parser.add_argument(
        "--most", type=int, default=_GROWTH[-1], metavar="N", help=f"combinations of the longest stream ({_GROWTH[-1]})"
    )
    parser.add_argument("--no-docs", action="store_true", help="print the tables and write nothing")
    parser.add_argument("--write", action="store_true", help="measure nothing: make the page anew from the record")
    parser.add_argument(
        "--check", action="store_true", help="measure nothing: 1 when the page is not that of the record"
    )
    parser.add_argument(
        "--cluster",
        action="store_true",
        help="measure on a real Kubernetes (root; see tox -e cluster), add to the record",
    )
    parser.add_argument(
        "--modes", nargs="+", metavar="MODE", choices=tuple(MODES), help="with --cluster: these certificate modes only"
    )
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.most < 1:
        parser.error("--rounds and --most must be above 0")
    if options.modes and not options.cluster:
        parser.error("--modes says what is measured with --cluster")
    return options


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    toolchain.build_missing(_PROGRAMS)
    progress = ProgressBar("benchmarks")
    record = {
        "taken": datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d"),
        "machine": _machine(),
        "versions": _versions(),
        "rounds": measuring.rounds(options.rounds, progress),
        "growth": measuring.growth(
            sorted({*(size for size in _GROWTH if size < options.most), options.most}), progress
        ),
        "sizes": measuring.sizes(progress),
        "chart": chart_cost.measure(progress),
    }
    progress.close()
    if RECORD.is_file() and "cluster" in (earlier := json.loads(RECORD.read_text())):
        record["cluster"] = earlier["cluster"]
    return record


def _machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cores": os.cpu_count(),
        "model": models[0] if models else "unknown processor",
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }


def _versions() -> dict[str, str]:
    import importlib.metadata
    import platform

    return {
        "Helm": toolchain.PROGRAMS["helm4"].version.removeprefix("v"),
        "helm-unittest": toolchain.PROGRAMS["helm-unittest"].version.removeprefix("v"),
        "kubeconform": toolchain.PROGRAMS["kubeconform"].version.removeprefix("v"),
        "kubernetes-validate": importlib.metadata.version("kubernetes-validate"),
        "Python": platform.python_version(),
    }


def page(record: report.Record, now: str) -> str:
    """The text of docs/benchmarks.md with the figures of ``record``; ValueError when the marks are missing."""
    before, begin, rest = now.partition(report.BEGIN)
    _, end, after = rest.partition(report.END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} must hold {report.BEGIN} and {report.END}")
    return before + report.markdown(record).rstrip("\n") + after


def _documents(record: report.Record, *, check: bool) -> int:
    wanted = {PAGE: page(record, PAGE.read_text()), PICTURE: report.picture(record)}
    stale = [file for file, text in wanted.items() if not file.is_file() or file.read_text() != text]
    if check:
        for file in stale:
            print(f"{os.path.relpath(file)} is stale: python -m tests.benchmarks --write", file=sys.stderr)
        return 1 if stale else 0
    for file in stale:
        file.write_text(wanted[file])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
