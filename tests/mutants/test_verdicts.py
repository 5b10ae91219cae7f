"""A mutant that a test can see is killed, one that nothing can see survives, and the list of equivalents excuses only those."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from tests.mutants import tiny_chart
from tools.coverage.reach import reach
from tools.mutants import generator, results
from tools.mutants.baseline import Baseline
from tools.mutants.judge_client import PytestJudge
from tools.mutants.mutation import Mutant
from tools.mutants.results import Equivalent, Result, Store
from tools.mutants.verdicts import INVALID, KILLED, SURVIVED, UNCHANGED, Judge, Verdict
from tools.mutants.workspace import Workspace
from tools.suite_runner import SuiteRunner


class NoPython:
    """A Python suite without tests."""

    def judge(self, items: Sequence[str], combinations: Sequence[str], **_: Any) -> str:
        assert not items
        assert not combinations
        return ""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("repository")
    tiny_chart.write(root)
    with contextlib.closing(Workspace(root)) as opened:
        yield opened


@pytest.fixture(scope="module")
def judge(workspace: Workspace) -> Iterator[Judge]:
    baseline = Baseline(reach(workspace.chart, []))
    with SuiteRunner(workspace.chart) as suites:
        yield Judge(workspace, suites, cast("PytestJudge", NoPython()), baseline)


def _mutant(workspace: Workspace, kind: str, before: str) -> Mutant:
    (found,) = [m for m in generator.mutants(workspace.root) if m.kind == kind and before in m.before]
    return found


@pytest.mark.parametrize(
    ("kind", "before"),
    [
        ("negate condition", "{{- if .Values.enabled }}"),
        ("swap helpers", 'include "tiny.name"'),
        ("change literal", 'default "tiny"'),
        ("drop range", "range $key"),
        ("drop line", 'empty: "yes"'),
    ],
)
def test_a_change_that_a_suite_asserts_is_killed(judge: Judge, workspace: Workspace, kind: str, before: str) -> None:
    verdict = judge.verdict(_mutant(workspace, kind, before))
    assert verdict.status == KILLED
    assert verdict.by.startswith("helm-unittest tiny: ")


def test_a_change_that_nothing_looks_at_survives(judge: Judge, workspace: Workspace) -> None:
    assert judge.verdict(_mutant(workspace, "drop with", "with .Values.note")).status == UNCHANGED
    assert judge.verdict(_mutant(workspace, "force condition", "if .Values.enabled")).status == UNCHANGED


def test_a_text_that_is_no_template_is_no_mutant(judge: Judge) -> None:
    file = "charts/keda/templates/configmap.yaml"
    broken = Mutant("by hand", file, 1, 0, 0, "{{ end }}", "", "{{ end }}")
    assert judge.verdict(broken).status == INVALID


def test_no_mutant_is_left_behind_in_the_workspace(judge: Judge, workspace: Workspace) -> None:
    judge.verdict(_mutant(workspace, "drop with", "with .Values.note"))
    assert (workspace.chart / "templates/configmap.yaml").read_text() == tiny_chart.TEMPLATE


def test_a_killer_is_tried_without_the_mutant_and_the_mutant_comes_back(workspace: Workspace) -> None:
    file = "charts/keda/templates/configmap.yaml"
    workspace.write({file: "changed"})
    with workspace.original():
        assert workspace.text(file) == tiny_chart.TEMPLATE
    assert workspace.text(file) == "changed"
    workspace.restore()
    assert workspace.text(file) == tiny_chart.TEMPLATE


# --- The list of equivalents and the report ------------------------------------------------------------------------------


def _result(status: str, before: str = "a") -> Result:
    return Result(
        Mutant("drop line", "charts/keda/templates/x.yaml", 3, 0, 1, "", before, ""), Verdict(status, "", 1.0)
    )


LISTED = Equivalent("templates/x.yaml", "a", "", "for this test")


def test_a_listed_survivor_counts_neither_as_killed_nor_as_alive() -> None:
    of = results.summary([_result(KILLED, "b"), _result(UNCHANGED)], [LISTED])
    assert (of.judged, of.killed, of.survivors, of.share, of.ok) == (1, 1, [], 1.0, True)


def test_a_survivor_that_is_not_listed_fails_the_run_and_is_shown_with_its_place() -> None:
    of = results.summary([_result(KILLED), _result(SURVIVED, "b")], [])
    assert not of.ok
    text = "\n".join(results.report(of))
    assert "survived: charts/keda/templates/x.yaml:3: drop line\n    - b" in text


def test_three_in_a_hundred_may_survive_and_no_more() -> None:
    killed = [_result(KILLED)] * 97
    assert results.summary([*killed, *[_result(SURVIVED)] * 3], []).ok
    assert not results.summary([*killed, *[_result(SURVIVED)] * 4], []).ok


def test_a_list_that_calls_a_killed_mutant_equivalent_fails_the_run() -> None:
    assert not results.summary([_result(KILLED)], [LISTED]).ok


def test_nothing_judged_is_no_success() -> None:
    assert not results.summary([], []).ok


def test_a_run_that_was_ended_goes_on_and_a_changed_repository_is_judged_again(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    killed, alive = _result(KILLED, "b"), _result(SURVIVED)
    store = Store(file, "first", resume=False)
    store.add(killed)
    store.add(Result(Mutant("drop line", "y", 1, 5, 6, "", "", ""), alive.verdict))
    assert len(Store(file, "first", resume=True).known) == 2
    assert [verdict.status for verdict in Store(file, "second", resume=True).known.values()] == [KILLED]
    assert Store(file, "second", resume=False).known == {}


def test_an_equivalent_without_a_reason_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "equivalent.yaml"
    file.write_text("- file: x\n  changes: [{before: a}]\n  reason: ''\n")
    with pytest.raises(ValueError, match="without a reason"):
        results.equivalents(file)
