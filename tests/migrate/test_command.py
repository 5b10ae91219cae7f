"""The command says what it did, proves it, and tells what it cannot do with the line and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.documents import ROOT
from tests.migrate.running import migration

OLD = "# ours\noperator:\n  replicaCount: 2\n  resources: {}\n"
NEW = "# ours\noperator:\n  replicaCount: 2\n"


def _file(folder: Path, text: str | bytes, name: str = "old.yaml") -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_the_cleaned_file_is_all_that_goes_to_standard_output(tmp_path: Path) -> None:
    outcome = migration(_file(tmp_path, OLD))
    assert (outcome.code, outcome.out) == (0, NEW)
    assert "old.yaml:4: operator.resources: the official chart ignores it; use resources.operator" in outcome.report
    assert "accepted: certificate mode operator-generated, 32 objects" in outcome.report
    assert "Kubernetes 1.34, 1.35, 1.36, 1.37" in outcome.report


def test_the_result_goes_where_o_says_and_the_old_file_stays(tmp_path: Path) -> None:
    old = _file(tmp_path, OLD)
    outcome = migration(old, "-o", tmp_path / "new.yaml")
    assert (outcome.code, outcome.out) == (0, "")
    assert (tmp_path / "new.yaml").read_text() == NEW
    assert old.read_text() == OLD


def test_check_writes_nothing_and_tells_by_its_exit_code(tmp_path: Path) -> None:
    outcome = migration(_file(tmp_path, OLD), "--check")
    assert (outcome.code, outcome.out) == (1, "")
    outcome = migration(_file(tmp_path, NEW), "--check")
    assert (outcome.code, outcome.out) == (0, "")
    assert "nothing has to change" in outcome.report


def test_layers_are_judged_together_and_cleaned_each_by_itself(tmp_path: Path) -> None:
    base = _file(
        tmp_path, "prometheus: {operator: {enabled: true, podMonitor: {enabled: true}}}\nreplicas: 2\n", "base.yaml"
    )
    prod = _file(tmp_path, "# prod\nprometheus: {operator: {serviceMonitor: {enabled: true}}}\n", "prod.yaml")
    outcome = migration(base, prod, "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.report
    assert (tmp_path / "out" / "base.yaml").read_text() == (
        "prometheus: {operator: {enabled: true, podMonitor: {enabled: false}}}\n"
    )
    assert (tmp_path / "out" / "prod.yaml").read_text() == prod.read_text()


def test_values_of_a_parent_chart_are_migrated_below_their_key(tmp_path: Path) -> None:
    file = _file(tmp_path, "web:\n  replicas: 3\nkeda:\n  replicas: 2\n  clusterName: a\n")
    outcome = migration(file, "--under", "keda")
    assert (outcome.code, outcome.out) == (0, "web:\n  replicas: 3\nkeda:\n  clusterName: a\n")


def test_what_only_a_person_can_solve_is_left_with_its_place(tmp_path: Path) -> None:
    file = _file(tmp_path, "operator:\n  name: keda\nwebhooks:\n  name: keda\n")
    outcome = migration(file)
    assert (outcome.code, outcome.out) == (1, file.read_text())
    assert "LEFT" in outcome.report
    assert f"{file}:4: webhooks.name" in outcome.report


def test_official_defaults_can_be_written_out(tmp_path: Path) -> None:
    outcome = migration(_file(tmp_path, NEW), "--pin-defaults")
    assert outcome.code == 0
    assert "pullPolicy: Always" in outcome.out
    assert "leaseDuration: 15s" in outcome.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2\n", "old.yaml:2: a: the key stands twice, first on line 1; keep one"),
        ("a: [1\n", "old.yaml:2: cannot be read"),
        ("- a\n", "old.yaml:1: cannot be read: values must be a mapping of keys"),
        (b"a: \xff\n", "old.yaml:1: cannot be read: is not UTF-8 text"),
        ("a: 1\n---\nb: 1\n", "a second document: Helm reads only the first one"),
        ("keda:\n  operator: {}\n", "use --under keda"),
        ("operator: &o\n  resources: {}\n  name: a\nmetricsServer: *o\n", "an anchor shares this part"),
    ],
)
def test_a_file_that_cannot_be_migrated_is_told_by_line_and_way_out(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    outcome = migration(_file(tmp_path, text), "-o", tmp_path / "new.yaml")
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.report
    assert not (tmp_path / "new.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.yaml"], "nowhere.yaml: no such file"),
        ([str(ROOT)], "is a folder; name the files in it"),
        (["{old}", "-o", "/dev/null/new.yaml"], "/dev/null/new.yaml: Not a directory"),
        ([], "required: FILE"),
        (["{old}", "{old}"], "named twice"),
        (["{old}", "{more}"], "several files need a folder"),
        (["{old}", "-o", "{old}"], "would overwrite"),
        (["{old}", "-o", "{folder}"], "would overwrite"),
        (["{old}", "--check", "-o", "x"], "--check writes nothing"),
        (["{old}", "--under", "web"], "no values below web"),
    ],
)
def test_bad_usage_is_told_and_ends_with_2(tmp_path: Path, arguments: list[str], words: str) -> None:
    names = {"old": _file(tmp_path, OLD), "more": _file(tmp_path, OLD, "more.yaml"), "folder": tmp_path}
    outcome = migration(*(argument.format(**names) for argument in arguments))
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.report
    assert names["old"].read_text() == OLD


def test_help_is_answered_without_a_file() -> None:
    outcome = migration("--help")
    assert outcome.code == 0
    assert "exit codes:" in outcome.out
