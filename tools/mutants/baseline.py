"""What is known of the chart as it is: which tests, combinations and renderings reach which place, and what they print."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tests.support import combinations
from tests.support.combinations import Combination
from tools.coverage.probes import probed
from tools.coverage.reach import Progress, Reach, reach, templates
from tools.mutants.judge_client import JudgeFailed, PytestJudge, Recorded
from tools.mutants.workspace import Workspace
from tools.suite_runner import Outcome, Sight, SuiteRunner, SuiteRunnerFailed

# Every other row of the covering array, and one in eight of the certificate product: the rest reaches nothing else.
_PRODUCT_STRIDE, _SWITCHES_STRIDE = 8, 2
# Stands in recorded renderings for the folder of the repository.
ROOT = "<repository>"
FAILED = Sight("", "the values cannot be merged", frozenset())


@dataclass
class Baseline:
    """``seen``: probes and who reaches them. ``requests``: rendering that some test asks for (JSON) -> what it prints."""

    seen: Reach
    recorded: dict[str, Recorded] = field(default_factory=dict)
    requests: dict[str, Sight] = field(default_factory=dict)
    # Tests that need the values schema: without it they fail.
    schema_tests: list[Outcome] = field(default_factory=list)
    # Tests over chunks that fail without any mutant: they judge nothing.
    failing: list[str] = field(default_factory=list)

    @property
    def combinations(self) -> dict[str, Combination]:
        return {combination.id: combination for combination in chosen_combinations()}

    def stored(self) -> str:
        """As JSON, without the probes, which follow from the templates."""
        content = {
            "outcomes": [_told(entry) for entry in self.seen.outcomes],
            "plain": {name: _told(entry) for name, entry in self.seen.plain.items()},
            "recorded": {name: asdict(entry) for name, entry in self.recorded.items()},
            "requests": {name: _told(entry) for name, entry in self.requests.items()},
            "schema_tests": [_told(entry) for entry in self.schema_tests],
            "failing": self.failing,
        }
        return json.dumps(content)

    @staticmethod
    def restored(text: str, chart: Path) -> Baseline:
        """What ``stored`` made, for a chart that is the same."""
        content = json.loads(text)
        files = {name: probed(name, template) for name, template in templates(chart).items()}
        outcomes = [_outcome(entry, chart) for entry in content["outcomes"]]
        seen = Reach(files, outcomes, {name: _sight(entry) for name, entry in content["plain"].items()})
        recorded = {
            name: Recorded(tuple(entry["asked"]), tuple(entry["opened"]), entry["seconds"], entry["failed"])
            for name, entry in content["recorded"].items()
        }
        requests = {name: _sight(entry) for name, entry in content["requests"].items()}
        schema_tests = [_outcome(entry, chart) for entry in content["schema_tests"]]
        return Baseline(seen, recorded, requests, schema_tests, content["failing"])


def _told(entry: Outcome | Sight) -> dict[str, Any]:
    return {**vars(entry), "covered": sorted(entry.covered)}


def _sight(entry: dict[str, Any]) -> Sight:
    return Sight(entry["digest"], entry["refusal"], frozenset(entry["covered"]))


def _outcome(entry: dict[str, Any], chart: Path) -> Outcome:
    file = f"{chart}/tests/{entry['file'].partition('/charts/keda/tests/')[2]}"
    return Outcome(file, entry["test"], entry["passed"], frozenset(entry["covered"]))


def chosen_combinations() -> list[Combination]:
    """The combinations that judge."""
    product = [entry for entry in combinations.every() if entry.id.startswith("product/")]
    switches = [entry for entry in combinations.every() if not entry.id.startswith("product/")]
    # 7 and 8 have no common divisor, so that every setting of the product occurs.
    turned = sorted(product, key=lambda entry: hash_of(entry.id))
    return [*turned[::_PRODUCT_STRIDE], *sorted(switches, key=lambda entry: hash_of(entry.id))[::_SWITCHES_STRIDE]]


def hash_of(text: str) -> int:
    """A number that depends on the text alone, for orders that look random and are the same in every run."""
    number = 2166136261
    for byte in text.encode():
        number = ((number ^ byte) * 16777619) & 0xFFFFFFFF
    return number


def spread(entries: Sequence[Any], size: int) -> list[Any]:
    """At most ``size`` of the entries, evenly."""
    if len(entries) <= size:
        return list(entries)
    return [entries[index * len(entries) // size] for index in range(size)]


def merged(request: dict[str, Any]) -> Any:
    """The values of a recorded rendering: its files, later ones over earlier ones, and its own values over all."""
    values: Any = {}
    for file in request["files"]:
        values = _over(values, yaml.load(Path(file).read_bytes(), Loader=yaml.CSafeLoader) or {})
    return _over(values, request["values"] or {})


def _over(first: Any, second: Any) -> Any:
    if not (isinstance(first, dict) and isinstance(second, dict)):
        return second
    both = {**first, **second}
    for name in first.keys() & second.keys():
        both[name] = _over(first[name], second[name])
    return both


def see(runner: SuiteRunner, root: Path, request_text: str) -> Sight:
    """What a recorded rendering prints now; ``root``: the repository that its files are read from."""
    request = json.loads(request_text.replace(f'"{ROOT}/', f'"{root}/'))
    try:
        return runner.render(
            merged(request),
            release=request["release"],
            namespace=request["namespace"],
            kubernetes=request["kubernetes"] or "1.36.0",
        )
    except SuiteRunnerFailed:
        return FAILED


def take(
    workspaces: Sequence[Workspace], judges: Sequence[PytestJudge], progress: Progress, warn: Callable[[str], None]
) -> Baseline:
    """Run everything once on the chart as it is."""
    chart = workspaces[0].chart
    with ThreadPoolExecutor(len(judges) + 1) as pool:
        parts = [pool.submit(judge.record, number, len(judges)) for number, judge in enumerate(judges)]
        try:
            baseline = Baseline(reach(chart, chosen_combinations(), progress=progress))
            for number, (workspace, part) in enumerate(zip(workspaces, parts, strict=True)):
                progress(number, len(parts), "recording the Python suite")
                baseline.recorded |= {name: _elsewhere(entry, workspace) for name, entry in part.result().items()}
        except BaseException:
            # The pool waits for its threads, and they for the judges.
            for judge in judges:
                judge.close()
            raise
    with SuiteRunner(chart) as runner:
        runner.patch({name: file.text for name, file in baseline.seen.files.items()})
        wanted = sorted({text for entry in baseline.recorded.values() for text in entry.asked})
        for number, text in enumerate(wanted):
            progress(number, len(wanted), "renderings of the Python suite")
            baseline.requests[text] = see(runner, workspaces[0].root, text)
    for name, entry in baseline.recorded.items():
        if entry.failed:
            warn(f"fails without any mutant, judges nothing: {name}")
    _without_schema(chart, baseline, warn)
    if failed := judges[-1].regenerate("").failed:
        raise JudgeFailed(f"the tests of the values schema fail without any mutant: {failed}")
    sample = spread(sorted(baseline.seen.plain), 24)
    while failed := judges[0].judge([], sample, skipped=baseline.failing):
        name = next((item for item in judges[0].items if failed.startswith(f"{item}: ")), "")
        if not name:
            raise JudgeFailed(f"the suite fails without any mutant: {failed}")
        warn(f"fails without any mutant, judges nothing: {failed}")
        baseline.failing.append(name)
    return baseline


def _elsewhere(entry: Recorded, workspace: Workspace) -> Recorded:
    """Without the folder of the workspace it was recorded in, and without renderings of other charts."""
    texts = [text.replace(f'"{workspace.root}/', f'"{ROOT}/') for text in entry.asked]
    return replace(entry, asked=tuple(text for text in texts if json.loads(text)["chart"] == f"{ROOT}/charts/keda"))


def _without_schema(chart: Path, baseline: Baseline, warn: Callable[[str], None]) -> None:
    """Sort out the tests that fail where no values schema is looked at."""
    failing = [outcome for outcome in baseline.seen.outcomes if not outcome.passed]
    baseline.seen.outcomes = [outcome for outcome in baseline.seen.outcomes if outcome.passed]
    with SuiteRunner(chart, schema=True) as runner:
        for outcome in failing:
            (again,) = runner.run({Path(outcome.file): [outcome.test]})
            if again.passed:
                baseline.schema_tests.append(again)
            else:
                warn(f"fails without any mutant, judges nothing: {outcome.file}: {outcome.test}")


def ids_reaching(entries: Iterable[tuple[str, Sight]], probe: str) -> list[str]:
    """Names of those that reached a probe."""
    return [name for name, entry in entries if probe in entry.covered]
