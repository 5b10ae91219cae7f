"""A CI job can rely on the exit code, wherever it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.check.running import ROOT, check, written


def test_values_that_are_in_order_end_with_0(tmp_path: Path) -> None:
    answer = check(written(tmp_path, {"operator": {"replicaCount": 2}}))
    assert answer.code == 0
    assert ": ok" in answer.out.splitlines()[0]


def test_no_file_at_all_checks_the_defaults() -> None:
    answer = check("--kubernetes", "1.36")
    assert answer.code == 0
    assert "defaults of the chart: ok" in answer.out


def test_a_problem_ends_with_1(tmp_path: Path) -> None:
    answer = check(written(tmp_path, {"oprator": {}}))
    assert answer.code == 1
    assert "oprator: no such key; use operator" in answer.out


def test_a_warning_ends_with_0_and_with_1_when_strict(tmp_path: Path) -> None:
    file = written(tmp_path, {"webhooks": {"failurePolicy": "Fail"}})
    assert check(file).code == 0
    strict = check(file, "--strict")
    assert strict.code == 1
    assert "warnings (1)" in strict.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.yaml"], "nowhere.yaml: no such file"),
        (["."], ".: is a folder; name the files in it"),
        (["/dev/null"], "/dev/null: no regular file; write it to one first"),
        ([""], "the name of a file is empty"),
        (["--kubernetes", "1.20"], "--kubernetes 1.20: choose from"),
        (["--kubernetes", "newest"], "--kubernetes newest: choose from"),
        (["--output", "html"], "invalid choice: 'html'"),
        (["--no-such-option"], "unrecognized arguments: --no-such-option"),
        (["--release", "Not_A_Name"], "--release Not_A_Name: must be"),
        (["--namespace", "n" * 64], "63 at most"),
        (["--set", "operator"], "--set: "),
        (["--set", "a[x]=1"], "no index of a list"),
        (["--set-json", "a={"], "is no JSON"),
        (["--set-file", "certificates.caBundle=nowhere.pem"], "caBundle=nowhere.pem: No such file or directory\n"),
        (["--set-file", "certificates.caBundle=."], "caBundle=.: Is a directory\n"),
    ],
)
def test_bad_usage_ends_with_2_and_a_sentence_on_standard_error(arguments: list[str], sentence: str) -> None:
    answer = check(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert "error: " in answer.log
    assert sentence in answer.log


def test_help_ends_with_0_and_tells_the_exit_codes() -> None:
    answer = check("--help")
    assert answer.code == 0
    assert "exit codes:" in answer.out


def test_it_runs_in_any_folder_with_paths_that_begin_there(tmp_path: Path) -> None:
    written(tmp_path, {"oprator": {}}, "mine.yaml")
    answer = subprocess.run(
        [sys.executable, "-m", "tools.check", "mine.yaml", "--kubernetes", "1.36"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1, answer.stderr
    assert "mine.yaml:1: oprator: no such key" in answer.stdout


def test_each_judges_files_one_by_one_where_layers_would_hide_a_problem(tmp_path: Path) -> None:
    first = written(tmp_path, {"operator": {"replicaCount": "2"}}, "first.yaml")
    second = written(tmp_path, {"operator": {"replicaCount": 2}}, "second.yaml")
    assert check(first, second, "--kubernetes", "1.36").code == 0
    answer = check(first, second, "--each", "--kubernetes", "1.36")
    assert answer.code == 1
    assert "first.yaml: 1 problem" in answer.out
    assert "second.yaml: ok" in answer.out
