"""Values files are read and merged as Helm does it, and what Helm would swallow is told with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.running import EXAMPLES, check, judged, written
from tests.support import chart
from tools.check import layers


def _file(folder: Path, text: str | bytes, name: str = "values.yaml") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("operator:\n  replicaCount: 1\n  replicaCount: 2\n", 3, "stands twice, first on line 2"),
        ("a: 1\nb: [1\nc: }\n", 3, "did not find"),
        ("a: 1\n\tb: 2\n", 2, "cannot be read"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("- a\n- b\n", 1, "must be a mapping"),
        ("just text\n", 1, "must be a mapping"),
        (b"a: 1\nb: \xff\n", 2, "UTF-8"),
        ("a: *nowhere\n", 1, "undefined alias"),
        ("a: !vault secret\n", 1, "could not determine a constructor"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_file_and_line(
    tmp_path: Path, text: str | bytes, line: int, words: str
) -> None:
    file = _file(tmp_path, text)
    answer = judged(file)
    assert answer.code == 1
    (problem,) = answer.problems
    assert (problem["file"], problem["line"]) == (str(file), line)
    assert words in problem["what"]


def test_an_endless_loop_of_anchors_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    assert judged(_file(tmp_path, "a: &a\n  b: *a\n")).code == 1


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_a_file_without_values_is_in_order(tmp_path: Path, text: str) -> None:
    assert judged(_file(tmp_path, text)).code == 0


def test_anchors_and_merge_keys_work_as_in_helm(tmp_path: Path) -> None:
    text = "operator: &one\n  replicaCount: 2\n  priorityClassName: a\nwebhooks:\n  <<: *one\n  priorityClassName: b\n"
    file = _file(tmp_path, text)
    assert judged(file).code == 0
    layer = layers.read(file, "v")
    assert layer.values["webhooks"] == {"replicaCount": 2, "priorityClassName": "b"}
    assert layer.places["webhooks.replicaCount"].line == 2
    assert layer.places["webhooks.priorityClassName"].line == 6


def test_later_layers_win_lists_are_replaced_and_null_takes_a_default_away() -> None:
    first: dict[str, Any] = {"map": {"kept": 1, "list": [1, 2], "gone": 1}, "scalar": 1}
    second: dict[str, Any] = {"map": {"list": [3], "gone": None}, "scalar": {"now": "a map"}}
    both = layers.merged([first, second])
    assert both == {"map": {"kept": 1, "list": [3], "gone": None}, "scalar": {"now": "a map"}}
    assert layers.over_defaults({"map": {"gone": 2, "default": 3}}, both)["map"] == {
        "kept": 1,
        "list": [3],
        "default": 3,
    }


_TRICKY: list[dict[str, Any]] = [
    {"podLabels": {"keda": {"a": "yes", "b": "0x1", "c": "1e3"}}},
    {"operator": {"terminationGracePeriodSeconds": None, "replicaCount": 3}},
    {"resources": {"operator": None}, "securityContext": {"webhooks": {"runAsUser": 1000}}},
    {"priorityClassName": None, "webhooks": {"failurePolicy": "Ignore"}},
]


@pytest.mark.parametrize("values", _TRICKY, ids=str)
def test_helms_own_merge_of_files_gives_what_is_judged(tmp_path: Path, values: dict[str, Any]) -> None:
    files = [EXAMPLES / "environments/production.yaml", written(tmp_path, values)]
    ours = layers.merged([layers.read(file, "").values for file in files])
    assert chart.render(files=files).text == chart.render(ours).text


def test_a_problem_of_a_lower_layer_is_gone_once_a_higher_one_mends_it(tmp_path: Path) -> None:
    low = written(tmp_path, {"webhooks": {"timeoutSeconds": 99}}, "low.yaml")
    high = written(tmp_path, {"webhooks": {"timeoutSeconds": 9}}, "high.yaml")
    assert judged(low).code == 1
    assert judged(low, high).code == 0


def test_the_line_is_that_of_the_layer_that_wins(tmp_path: Path) -> None:
    low = _file(tmp_path, "webhooks:\n  timeoutSeconds: 9\n", "low.yaml")
    high = _file(tmp_path, "# one line more\nwebhooks:\n  timeoutSeconds: 99\n", "high.yaml")
    (problem,) = judged(low, high).problems
    assert (problem["file"], problem["line"], problem["column"]) == (str(high), 3, 3)
    (problem,) = judged(low, "--set", "webhooks.timeoutSeconds=99").problems
    assert (problem["file"], problem["line"]) == ("--set", None)


def test_a_problem_of_a_key_that_no_layer_sets_is_placed_at_the_key_around_it(tmp_path: Path) -> None:
    file = _file(tmp_path, "\npodIdentity:\n  gcp:\n    enabled: true\n")
    (problem,) = judged(file).problems
    assert (problem["path"], problem["line"]) == ("podIdentity.gcp.gcpIAMServiceAccount", 3)


def test_two_files_are_named_as_layers_of_one_check() -> None:
    mode, production = EXAMPLES / "cert-manager-user-ca.yaml", EXAMPLES / "environments/production.yaml"
    answer = check(mode, production, "--kubernetes", "1.36")
    assert f"{mode} + {production}: ok" in answer.out
    assert "certificate mode: cert-manager-user-ca" in answer.out
