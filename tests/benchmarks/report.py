"""From a record to the tables and the picture of docs/benchmarks.md; nothing there is written by hand."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from tests.benchmarks.chart_cost import OFFICIAL_RELEASE
from tests.support import schemas

BEGIN = "<!-- begin figures: python -m tests.benchmarks --write -->"
END = "<!-- end figures -->"
Record = Mapping[str, Any]

# Key -> (name in tables, what is done with each combination).
TOOLS = {
    "engine": ("this engine", "rendered, validated for {versions} Kubernetes versions, all relations asked"),
    "kubernetes-validate": (
        "`helm template` and kubernetes-validate",
        "rendered, built-in kinds validated for {versions} versions; no relations",
    ),
    "kubeconform": (
        "`helm template` and kubeconform, one by one",
        "rendered, validated for {versions} versions; no relations",
    ),
    "kubeconform-all": (
        "`helm template` and kubeconform, all at once",
        "rendered into files, validated together for {versions} versions; no relations",
    ),
    "engine-render": ("this engine", "rendered"),
    "helm": ("`helm template`", "rendered"),
    "engine-one": ("this engine", "rendered, one relation asked"),
    "helm-unittest": ("helm-unittest", "rendered, the same relation asked"),
}
# What each is compared with.
RATIOS = {
    "kubernetes-validate": "engine",
    "kubeconform": "engine",
    "kubeconform-all": "engine",
    "helm": "engine-render",
    "helm-unittest": "engine-one",
}


def rates(record: Record, tool: str, cores: int) -> list[float]:
    """Combinations a second, by round; empty when the tool was not measured on so many cores."""
    return [
        entry["combinations"] / entry["seconds"]
        for entry in record["rounds"]
        if entry["tool"] == tool and entry["cores"] == cores
    ]


def ratios(record: Record, tool: str, cores: int) -> list[float]:
    """How many times faster this engine was, round by round."""
    ours, theirs = rates(record, RATIOS[tool], cores), rates(record, tool, cores)
    return [mine / other for mine, other in zip(ours, theirs, strict=True)] if ours and theirs else []


def markdown(record: Record) -> str:
    """The generated part of docs/benchmarks.md, its marks included."""
    parts = [
        BEGIN,
        *_machine(record),
        "",
        "### Speed",
        "",
        *_speed(record),
        "",
        "![Combinations a second and memory](benchmarks.svg)",
        "",
        "### Many combinations",
        "",
        *_growth(record),
        "",
        "### Size of the chart",
        "",
        *_sizes(record),
        "",
        "### What the chart costs",
        "",
        *_cost(record),
        *_cluster(record),
        END,
    ]
    return "\n".join(parts) + "\n"


def _machine(record: Record) -> Iterable[str]:
    machine, loads = record["machine"], [entry["load"] for entry in record["rounds"]]
    yield (
        f"Measured {record['taken']} with {', '.join(f'{name} {text}' for name, text in record['versions'].items())}, on "
        f"{machine['cores']} cores ({machine['model']}), {machine['memory_bytes'] / 2**30:.0f} GiB. Load average before each "
        f"measurement: {min(loads):.1f} to {max(loads):.1f}"
        + (
            "; it was above the number of cores, so the machine was busy with other work: ratios count, rates are too low."
            if max(loads) > 2 * machine["cores"]
            else "."
        )
        + _yardstick([entry["yardstick_seconds"] for entry in record["rounds"] if "yardstick_seconds" in entry])
    )


def _yardstick(seconds: Sequence[float]) -> str:
    if not seconds:
        return ""
    low, middle, high = (1000 * each for each in (min(seconds), statistics.median(seconds), max(seconds)))
    return (
        f" A million additions in Python took {middle:.0f} ms of one core ({low:.0f} to {high:.0f}) beside these measurements: "
        "divide by it before comparing rates with those of another machine."
    )


def _speed(record: Record) -> Iterable[str]:
    rounds = 1 + max(entry["round"] for entry in record["rounds"])
    yield (
        f"Combinations a second: median of {rounds} rounds (lowest to highest). In each round all tools take turns on the same "
        "combinations; a slow tool gets fewer of them, evenly spread. How often a tool's rate goes into this engine's is "
        "computed in each round, for 2 cores."
    )
    yield ""
    yield "| tool | what is done | 1 core | 2 cores | combinations a round | this engine is faster by | peak memory |"
    yield "|---|---|---|---|---|---|---|"
    for tool, (name, what) in TOOLS.items():
        cores = [_spread(rates(record, tool, number)) for number in (1, 2)]
        mine = [entry for entry in record["rounds"] if entry["tool"] == tool and entry["cores"] == 2]
        if not mine:
            continue
        yield (
            f"| {name} | {what.format(versions=len(schemas.KUBERNETES_VERSIONS))} | {cores[0]} | {cores[1]} | "
            f"{mine[0]['combinations']:,} | {_times(ratios(record, tool, 2)) if tool in RATIOS else ''} | "
            f"{max(entry['peak_bytes'] for entry in mine) / 1e6:.0f} MB |"
        )


def _growth(record: Record) -> Iterable[str]:
    yield (
        "`tox -e render -- --combinations N`, as a process of its own from its start to its end. Refused combinations are among "
        "the first 3,728; the ones after those are drawn at random, and share less with each other. Memory is the sum "
        "over all processes, shared pages counted in each."
    )
    yield ""
    yield "| combinations | seconds | combinations/s | peak memory |"
    yield "|---|---|---|---|"
    for entry in record["growth"]:
        yield (
            f"| {entry['combinations']:,} | {entry['seconds']:.0f} | {entry['combinations'] / entry['seconds']:.0f} | "
            f"{entry['peak_bytes'] / 1e6:.0f} MB |"
        )
    yield ""
    yield (
        "The others start a process for each combination, so that their time grows with the number; for 10,000 combinations on 2 "
        "cores it is extrapolated from their rates:"
    )
    yield ""
    yield "| tool | 10,000 combinations, extrapolated |"
    yield "|---|---|"
    for tool in ("kubernetes-validate", "kubeconform", "kubeconform-all"):
        found = rates(record, tool, 2)
        if found:
            yield f"| {TOOLS[tool][0]} | {10_000 / statistics.median(found) / 60:.0f} minutes |"


def _sizes(record: Record) -> Iterable[str]:
    yield (
        "One core. Each rendering puts a label of its own on every object, so that no document is an earlier one: the worst "
        "that can happen to an engine that remembers. Milliseconds a combination."
    )
    yield ""
    yield "| output | objects | bytes | `helm template` | rendered | rendered, validated, relations |"
    yield "|---|---|---|---|---|---|"
    for entry in record["sizes"]:
        times = (f"{entry[key] * 1000:.1f}" for key in ("helm_template_seconds", "render_seconds", "examine_seconds"))
        yield f"| {entry['size']} | {entry['objects']} | {entry['bytes']:,} | {' | '.join(times)} |"


def _cost(record: Record) -> Iterable[str]:
    yield (
        "By mode, each with its example of values-examples. The release is what Helm stores in the Secret of each revision, "
        "computed by Helm's own code; in the API it is base64 once more. The official chart's figure is for its defaults on a "
        f"real cluster ({OFFICIAL_RELEASE:,} bytes); whether it was taken before or after the second base64 is not recorded, "
        "so both are compared."
    )
    yield ""
    yield (
        "| mode | objects | bytes rendered | release | of the official chart's | in the API | of the official chart's | "
        "`helm template` |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for entry in record["chart"]:
        low, median, high = entry["template_seconds"]
        yield (
            f"| {entry['mode']} | {entry['objects']} | {entry['manifest_bytes']:,} | "
            f"{entry['release_bytes']:,} | {entry['release_bytes'] / OFFICIAL_RELEASE:.0%} | "
            f"{entry['release_bytes_in_api']:,} | {entry['release_bytes_in_api'] / OFFICIAL_RELEASE:.0%} | "
            f"{median:.2f} s ({low:.2f} to {high:.2f}) |"
        )


def _cluster(record: Record) -> Iterable[str]:
    live = record.get("cluster")
    if not live:
        return
    yield ""
    yield "### On a real cluster"
    yield ""
    yield (
        f"Kubernetes {live['kubernetes']}, the node of tests/cluster, taken {live['taken']} at a load average of up to "
        f"{max(entry['load'] for entry in live['modes']):.1f}. Median of {live['times']} for the dry run and the upgrade "
        "(which changes a label of the operator's pods and does not wait). Requests are those of Helm to the API server while it "
        "installs. Seconds are counted from the start of `helm install --wait`."
    )
    yield ""
    yield (
        "| mode | dry run on the server | upgrade | requests of an install | objects created | pods ready | Helm done | "
        "APIService Available | release Secret in the API |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for entry in live["modes"]:
        phases = entry["phases"]
        yield (
            f"| {entry['mode']} | {entry['dry_run_seconds']:.2f} s | {entry['upgrade_seconds']:.2f} s | {entry['requests']} | "
            f"{phases['created']:.1f} s | {phases['ready']:.1f} s | {phases['helm']:.1f} s | {phases['available']:.1f} s | "
            f"{entry['release_bytes_in_api']:,} bytes |"
        )


def _spread(values: Sequence[float]) -> str:
    if not values:
        return ""
    low, median, high = min(values), statistics.median(values), max(values)
    return f"{_figure(median)} ({_figure(low)} to {_figure(high)})"


def _times(values: Sequence[float]) -> str:
    low, median, high = min(values), statistics.median(values), max(values)
    return f"**{median:.0f}** times ({low:.0f} to {high:.0f})"


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


# --- The picture -------------------------------------------------------------------------------------------------------

_WIDTH, _LEFT, _BAR, _ROW = 760, 330, 16, 24
_OURS, _THEIRS, _GRID = "#2e7d32", "#9e9e9e", "#dddddd"


def picture(record: Record) -> str:
    """SVG: rates on 2 cores on a logarithmic scale, and below them the memory of the longest stream over time."""
    shown = [(tool, rates(record, tool, 2)) for tool in TOOLS if rates(record, tool, 2)]
    parts, top = _bars(shown)
    more, bottom = _memory(record, top + 40)
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{bottom}" font-family="sans-serif" '
                'font-size="12">'
            ),
            '<rect width="100%" height="100%" fill="white"/>',
            *parts,
            *more,
            "</svg>",
            "",
        ]
    )


def _bars(shown: Sequence[tuple[str, Sequence[float]]]) -> tuple[list[str], int]:
    ticks = (0.1, 1, 10, 100, 1000)
    scale = (_WIDTH - _LEFT - 70) / 4
    labels = {"engine": "all asked", "engine-render": "rendering only", "engine-one": "one relation"}

    def place(value: float) -> float:
        return _LEFT + scale * (math.log10(max(value, ticks[0])) + 1)

    parts = [
        f'<text x="{_LEFT}" y="18">combinations a second, 2 cores (logarithmic; line: lowest to highest round)</text>'
    ]
    height = 44 + len(shown) * _ROW
    for tick in ticks:
        parts.append(f'<path d="M{place(tick):.1f} 40V{height}" stroke="{_GRID}"/>')
        parts.append(f'<text x="{place(tick):.1f}" y="35" text-anchor="middle" fill="#666666">{tick:g}</text>')
    for number, (tool, values) in enumerate(shown):
        top = 44 + number * _ROW
        median = statistics.median(values)
        name = TOOLS[tool][0].replace("`", "") + (f" ({labels[tool]})" if tool in labels else "")
        colour = _OURS if tool.startswith("engine") else _THEIRS
        parts += [
            f'<text x="{_LEFT - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{top}" width="{place(median) - _LEFT:.1f}" height="{_BAR}" fill="{colour}"/>',
            (
                f'<path d="M{place(min(values)):.1f} {top + _BAR / 2}H{place(max(values)):.1f}" stroke="black" '
                'stroke-width="2"/>'
            ),
            f'<text x="{place(max(values)) + 6:.1f}" y="{top + 13}">{_figure(median)}</text>',
        ]
    return parts, height


def _memory(record: Record, top: int) -> tuple[list[str], int]:
    longest = max(record["growth"], key=lambda entry: int(entry["combinations"]), default=None)
    if longest is None or len(longest["course"]) < 2:
        return [], top
    height, width = 120, _WIDTH - _LEFT - 70
    end = longest["course"][-1][0]
    most = 600e6
    highest = max(most, *(size for _, size in longest["course"]))
    points = " ".join(
        f"{_LEFT + width * passed / end:.1f},{top + height - height * size / highest:.1f}"
        for passed, size in longest["course"]
    )
    limit = top + height - height * most / highest
    return [
        f'<text x="{_LEFT}" y="{top - 12}">memory of {longest["combinations"]:,} combinations over {end:.0f} s</text>',
        f'<path d="M{_LEFT} {top}V{top + height}H{_LEFT + width}" fill="none" stroke="#666666"/>',
        f'<path d="M{_LEFT} {limit:.1f}h{width}" stroke="#c62828" stroke-dasharray="4"/>',
        f'<text x="{_LEFT - 8}" y="{limit + 4:.1f}" text-anchor="end" fill="#c62828">600 MB</text>',
        f'<text x="{_LEFT - 8}" y="{top + height}" text-anchor="end">0</text>',
        f'<polyline points="{points}" fill="none" stroke="{_OURS}" stroke-width="2"/>',
    ], top + height + 20
