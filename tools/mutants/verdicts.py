"""Judging one mutant: the helm-unittest tests that reach its place first, then the Python suite; the first killer ends it."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.coverage.reach import sight
from tools.mutants import schema_mutants, values_mutants
from tools.mutants.baseline import Baseline, ids_reaching, see, spread
from tools.mutants.judge_client import PytestJudge
from tools.mutants.mutation import Mutant
from tools.mutants.workspace import Workspace
from tools.suite_runner import Outcome, Sight, SuiteRunner, SuiteRunnerFailed

KILLED, SURVIVED, UNCHANGED, INVALID = "killed", "survived", "unchanged", "invalid"
CHART = "charts/keda/"
_FIRST_LOOK, _SECOND_LOOK = 16, 160
_JUDGED_AT_ONCE, _JUDGED_AT_MOST = 6, 40
_GENERATED = ("charts/keda/values.schema.json", "docs/values.md", "docs/migrating.md")


@dataclass(frozen=True)
class Verdict:
    """``status``: killed (``by`` a test), survived, unchanged (it survived, and nothing that reaches it renders otherwise),
    invalid (no template, or no schema that could be generated from: no mutant).
    """

    status: str
    by: str
    seconds: float


class Judge:
    """Judges mutants one after another in a workspace of its own."""

    def __init__(self, workspace: Workspace, suites: SuiteRunner, tests: PytestJudge, baseline: Baseline) -> None:
        self._workspace = workspace
        self._suites = suites
        self._tests = tests
        self._baseline = baseline
        self._combinations = baseline.combinations
        self._strict: SuiteRunner | None = None

    def close(self) -> None:
        if self._strict is not None:
            self._strict.close()

    def verdict(self, mutant: Mutant) -> Verdict:
        """The verdict on one mutant."""
        started = time.monotonic()
        changed = mutant.applied(self._workspace.text(mutant.file))
        ways = {schema_mutants.FILE: self._of_schema, values_mutants.FILE: self._of_values}
        try:
            status, by = ways.get(mutant.file, self._of_template)(mutant, changed)
        finally:
            self._workspace.restore()
            self._suites.patch({})
        return Verdict(status, by, time.monotonic() - started)

    # --- Templates -----------------------------------------------------------------------------------------------------

    def _of_template(self, mutant: Mutant, changed: str) -> tuple[str, str]:
        name = mutant.file.removeprefix(CHART)
        self._suites.patch({name: changed})
        plain = self._suites.render({}, release="keda", namespace="keda", kubernetes="1.36.0")
        if "parse error at" in plain.refusal:
            return INVALID, "the template does not parse"
        probe = self._baseline.seen.files[name].around(mutant.start).id
        killer = self._by_suites([test for test in self._baseline.seen.outcomes if probe in test.covered])
        if killer:
            return KILLED, killer
        self._workspace.write({mutant.file: changed})
        reaching = ids_reaching(self._baseline.seen.plain.items(), probe)
        different = self._different(reaching)
        killer = self._by_combinations(different)
        if killer:
            return KILLED, killer
        asked = self._different_requests(ids_reaching(self._baseline.requests.items(), probe))
        killer = self._by_tests(asked, mutant.file)
        if killer:
            return KILLED, killer
        return (SURVIVED if different or asked else UNCHANGED), ""

    def _by_suites(self, tests: list[Outcome]) -> str:
        """The first helm-unittest test that fails, suites that look at little first."""
        by_file: dict[str, list[Outcome]] = defaultdict(list)
        for test in tests:
            by_file[test.file].append(test)
        order = sorted(by_file, key=lambda file: sum(len(test.covered) for test in by_file[file]) / len(by_file[file]))
        for file in order:
            outcomes = self._suites.run({Path(file): [test.test for test in by_file[file]]}, fail_fast=True)
            if not outcomes[-1].passed:
                return f"helm-unittest {_suite(file)}: {outcomes[-1].test}"
        return ""

    def _different(self, reaching: list[str]) -> list[str]:
        """The combinations that print something else; when the first few do not, more are looked at."""
        looked_at: set[str] = set()
        for size in (_FIRST_LOOK, _SECOND_LOOK):
            wanted = [name for name in spread(reaching, size) if name not in looked_at]
            looked_at |= set(wanted)
            different = [name for name in wanted if self._look(name).digest != self._baseline.seen.plain[name].digest]
            if different:
                return different
        return []

    def _look(self, name: str) -> Sight:
        return sight(self._suites, self._combinations[name])

    def _by_combinations(self, different: list[str], *, renew: bool = False) -> str:
        first, others = different[:_JUDGED_AT_ONCE], different[_JUDGED_AT_ONCE:_JUDGED_AT_MOST]
        for names in (first, others):
            # Some tests speak of a whole chunk, such as that it holds a certain mode. A few combinations need not satisfy
            # them: a killer must spare the chart as it is, given the same combinations.
            skipped = list(self._baseline.failing)
            while names and (killer := self._tests.judge([], names, renew=renew, skipped=skipped)):
                name = killer.partition(": ")[0]
                if not self._fails_without(name, names, renew=renew):
                    return killer
                skipped.append(name)
        return ""

    def _fails_without(self, name: str, combinations: list[str], *, renew: bool) -> bool:
        """Whether a test over chunks fails for these combinations without the mutant, too."""
        with self._workspace.original():
            return bool(self._tests.judge([], combinations, renew=renew, only=[name]))

    def _different_requests(self, reaching: list[str]) -> set[str]:
        return {
            text
            for text in reaching
            if see(self._suites, self._workspace.root, text).digest != self._baseline.requests[text].digest
        }

    def _by_tests(self, asked: set[str], file: str, *, renew: bool = False) -> str:
        """The first test that fails among those that ask for one of these renderings, or read the file themselves."""
        items = [
            (entry.seconds, name)
            for name, entry in self._baseline.recorded.items()
            if not entry.failed and (asked & set(entry.asked) or file in entry.opened)
        ]
        names = [name for _, name in sorted(items)]
        return self._tests.judge(names, [], renew=renew) if names else ""

    # --- Values and their schema -----------------------------------------------------------------------------------------

    def _of_values(self, mutant: Mutant, changed: str) -> tuple[str, str]:
        self._suites.patch({"values.yaml": changed})
        self._workspace.write({mutant.file: changed})
        self._workspace.remember(_GENERATED)
        path = ".".join(yaml_path(self._workspace.text(mutant.file), mutant.line))
        words = {word.lower() for word in re.findall(r"[A-Za-z][a-z]+", path)}
        tests = sorted(
            self._baseline.seen.outcomes,
            key=lambda test: -len(words & {word.lower() for word in re.findall(r"[A-Za-z][a-z]+", test.file)}),
        )
        by_file: dict[str, list[str]] = {}
        for test in tests:
            by_file.setdefault(test.file, []).append(test.test)
        regenerated = self._tests.regenerate(path)
        if regenerated.refused:
            return INVALID, f"tools.values_schema refuses it: {regenerated.refused}"
        if regenerated.failed:
            return KILLED, regenerated.failed
        for file, names in by_file.items():
            outcomes = self._suites.run({Path(file): names}, fail_fast=True)
            if not outcomes[-1].passed:
                return KILLED, f"helm-unittest {_suite(file)}: {outcomes[-1].test}"
        different = self._different(list(self._baseline.seen.plain))
        killer = self._by_combinations(different, renew=True)
        if killer:
            return KILLED, killer
        asked = self._different_requests(list(self._baseline.requests))
        killer = self._by_tests(asked, mutant.file, renew=True)
        if killer:
            return KILLED, killer
        return (SURVIVED if different or asked else UNCHANGED), ""

    def _of_schema(self, mutant: Mutant, changed: str) -> tuple[str, str]:
        path = yaml_path(self._workspace.text(mutant.file), mutant.line)
        self._workspace.write({mutant.file: changed})
        self._workspace.remember(_GENERATED)
        named = ".".join(name for name in path if name not in {"properties", "items", "$defs", mutant_key(mutant)})
        regenerated = self._tests.regenerate(named)
        if regenerated.refused:
            return INVALID, f"tools.values_schema refuses it: {regenerated.refused}"
        if regenerated.failed:
            return KILLED, regenerated.failed
        if regenerated.unchanged:
            return INVALID, "the generated schema is the same"
        killer = self._by_schema_tests()
        return (KILLED, killer) if killer else (SURVIVED, "")

    def _by_schema_tests(self) -> str:
        if self._strict is None:
            self._strict = SuiteRunner(self._workspace.chart, schema=True)
        self._strict.load(self._workspace.chart, schema=True)
        for test in self._baseline.schema_tests:
            (outcome,) = self._strict.run({Path(test.file): [test.test]})
            if not outcome.passed:
                return f"helm-unittest {_suite(test.file)}: {test.test}"
        return ""


def _suite(file: str) -> str:
    return file.partition("/charts/keda/tests/")[2].removesuffix("_test.yaml")


def mutant_key(mutant: Mutant) -> str:
    """The keyword that a schema mutant changes."""
    return mutant.before.partition(":")[0].strip()


def yaml_path(text: str, line: int) -> list[str]:
    """The keys that lead to a line of a YAML file in block style."""
    return list(reversed(list(_upwards(text.splitlines()[:line]))))


def _upwards(lines: list[str]) -> Iterator[str]:
    limit = 1 << 30
    for line in reversed(lines):
        found = re.match(r"^( *)([\w$.-]+):", line)
        if found is not None and len(found[1]) < limit:
            limit = len(found[1])
            yield found[2]
            if limit == 0:
                return


__all__ = ["INVALID", "KILLED", "SURVIVED", "UNCHANGED", "Judge", "SuiteRunnerFailed", "Verdict", "yaml_path"]
