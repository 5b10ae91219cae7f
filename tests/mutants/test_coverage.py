"""tools.coverage names the branch that nothing takes, and nothing else."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
import yaml

from tests.mutants import tiny_chart
from tests.support import chart, combinations
from tools.coverage import __main__ as coverage
from tools.coverage.probes import probed
from tools.coverage.reach import Reach, reach, sight, templates
from tools.suite_runner import SuiteRunner


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Reach:
    return reach(tiny_chart.write(tmp_path_factory.mktemp("repository")), [])


def test_each_direction_that_nothing_took_is_named_with_its_line(seen: Reach) -> None:
    assert {str(probe) for probe in seen.uncovered()} == {
        "templates/configmap.yaml:1: {{- if .Values.enabled }}: never left out",
        "templates/configmap.yaml:12: {{- with .Values.note }}: never taken",
        '_names.tpl:4: {{- define "tiny.other" -}}: never called'.replace("_names", "templates/_names"),
    }


def test_a_branch_that_a_combination_takes_is_not_named(tmp_path: Path) -> None:
    values = {"note": "x", "enabled": True}
    one = combinations.Combination("one", values, combinations.every()[0].mode, True, True)
    assert "{{- with .Values.note }}" not in {
        probe.what for probe in reach(tiny_chart.write(tmp_path), [one]).uncovered()
    }


def test_an_exception_excuses_its_direction_only_and_is_told_when_it_is_not_needed(seen: Reach) -> None:
    needed = coverage.Exempt("{{- if .Values.enabled }}", "left out", "for this test")
    unneeded = coverage.Exempt("{{- if .Values.enabled }}", "taken", "for this test")
    missing, told = coverage.judged(seen, [needed, unneeded])
    assert len(missing) == 2
    assert told == [unneeded]


def test_an_exception_without_a_reason_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text(yaml.safe_dump([{"actions": ["{{- if .x }}"], "direction": "taken", "reason": " "}]))
    with pytest.raises(ValueError, match="without a reason"):
        coverage.exceptions(file)


def test_a_list_that_stands_in_the_template_is_not_expected_to_be_empty() -> None:
    directions = {probe.direction for probe in probed("x", '{{ range $x := list "a" "b" }}{{ end }}').probes}
    assert "without an item" not in directions
    assert "with an item" in directions


def test_every_branch_of_a_chain_has_its_probe() -> None:
    text = "{{ if .a }}1{{ else if .b }}2{{ else }}3{{ end }}"
    found = [(probe.what, probe.direction) for probe in probed("x", text).probes[1:]]
    assert found == [("{{ if .a }}", "taken"), ("{{ else if .b }}", "taken"), ("{{ else if .b }}", "left out")]


@functools.cache
def _sample() -> tuple[combinations.Combination, ...]:
    return combinations.every()[::300]


def test_probes_change_no_byte_of_what_the_chart_renders() -> None:
    assert len(_sample()) >= 10
    with SuiteRunner(chart.CHART) as runner:
        plain = {entry.id: sight(runner, entry) for entry in _sample()}
        runner.patch({name: probed(name, text).text for name, text in templates(chart.CHART).items()})
        for entry in _sample():
            with_probes = sight(runner, entry)
            assert with_probes.digest == plain[entry.id].digest, entry.id
            assert with_probes.covered
