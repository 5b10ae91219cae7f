"""Every refusal comes out with its full values path, every mistake behind it is found, and ok means that it renders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.check.running import EXAMPLES, ROOT, NoLint, check, judged, written
from tests.invariants.relations import catalogue
from tests.support import chart, combinations, helm
from tests.support.axes import AXES
from tools.check import judging, refusals
from tools.check.schema import CHART

Values = dict[str, Any]


# --- The schema


@pytest.mark.parametrize(
    ("values", "path", "what", "fix"),
    [
        ({"operator": {"replicaCuont": 2}}, "operator.replicaCuont", "no such key", "use replicaCount"),
        ({"zzz": 1}, "zzz", "no such key", "use one of"),
        ({"replicaCount": 2}, "replicaCount", "is no key of this chart", "use operator.replicaCount"),
        (
            {"operator": {"replicaCount": "2"}},
            "operator.replicaCount",
            'is text ("2")',
            "a whole number without quotes",
        ),
        ({"webhooks": {"enabled": "false"}}, "webhooks.enabled", 'is text ("false")', "true or false without quotes"),
        (
            {"webhooks": {"failurePolicy": "Never"}},
            "webhooks.failurePolicy",
            "not one of its words",
            '"Ignore", "Fail"',
        ),
        (
            {"webhooks": {"timeoutSeconds": 99}},
            "webhooks.timeoutSeconds",
            "greater than the maximum",
            "what goes there",
        ),
        ({"rbac": None}, "rbac", "may not be null", "leave it out"),
        ({"operator": {"replicaCount": None}}, "operator.replicaCount", "may not be null", "leave it out"),
        ({"imagePullSecrets": [{"name": "a"}, {}]}, "imagePullSecrets[1].name", "is missing", "add it"),
        ({"imagePullSecrets": ["a", {"nam": "b"}]}, "imagePullSecrets[1].nam", "no such key", "use name"),
        ({"additionalLabels": {"a/b": "x y"}}, "additionalLabels.a/b", "does not match", "docs/values.md"),
        ({"additionalLabels": {"a b": "x"}}, "additionalLabels.a b", "is no key", ""),
        ({"operator": []}, "operator", "is a list", "use a map"),
        ({"image": {"keda": {"tag": 2.21}}}, "image.keda.tag", "is a number (2.21)", "in quotes"),
        (
            {"certificates": {"operator": {"trustedCAs": [{"configMap": "a", "secret": "b", "keys": ["c"]}]}}},
            "certificates.operator.trustedCAs[0]",
            "",
            "",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_schema_refuses_is_told_by_path(
    tmp_path: Path, values: Values, path: str, what: str, fix: str
) -> None:
    answer = judged(written(tmp_path, values))
    assert answer.code == 1
    found = [problem for problem in answer.problems if problem["path"] == path]
    assert found, answer.problems
    assert {problem["rule"] for problem in answer.problems} == {"values-schema"}
    assert what in found[0]["what"]
    assert fix in (found[0]["fix"] or "")


def test_several_mistakes_are_told_at_once_and_each_on_one_line(tmp_path: Path) -> None:
    values = {"oprator": {}, "operator": {"replicaCuont": 2, "livenessProbe": {"periodSecond": 2}}, "zzz": 1}
    answer = judged(written(tmp_path, values))
    assert answer.paths == {"oprator", "operator.replicaCuont", "operator.livenessProbe.periodSecond", "zzz"}
    lines = check(written(tmp_path, values)).out.partition("problems (4):\n")[2].splitlines()
    assert len(lines) == 4


def test_the_worker_and_the_check_refuse_the_same_paths(tmp_path: Path) -> None:
    values: Values = {"oprator": {}, "operator": {"replicaCount": "2"}, "webhooks": {"timeoutSeconds": 99}}
    by_helm = {finding.path for finding in refusals.of_chart(chart.refusal(values))}
    assert judged(written(tmp_path, values)).paths == by_helm


# --- The chart's own refusals: every one that its helm-unittest suite pins


def _pinned() -> list[Any]:
    """(values, paths that must be named) of each test of the suite; no path where it renders."""
    suite = yaml.safe_load((CHART / "tests/validate_test.yaml").read_text(encoding="utf-8"))
    found = []
    for test in suite["tests"]:
        messages = [entry.get("failedTemplate", {}).get("errorMessage", "") for entry in test["asserts"]]
        lines = [line.strip().removeprefix("- ") for text in messages for line in text.splitlines() if line.strip()]
        values: Values = {}
        for path, value in (test.get("set") or {}).items():
            combinations.put(values, path, value)
        paths = {line.partition(": ")[0].split(", ")[0] for line in lines}
        found.append(pytest.param(values, paths, id=test["it"]))
    assert len(found) > 100
    return found


@pytest.mark.parametrize(("values", "paths"), _pinned())
def test_a_refusal_of_the_chart_is_told_by_its_paths_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: Values, paths: set[str]
) -> None:
    monkeypatch.setattr(judging, "Lint", NoLint)
    answer = judged(written(tmp_path, values))
    assert answer.paths == paths
    assert answer.code == (1 if paths else 0)
    assert all(problem["fix"] for problem in answer.problems)
    assert all(problem["line"] for problem in answer.problems if problem["path"].partition(".")[0] in values)
    seen = {problem["rule"] for problem in answer.problems}
    assert seen <= {"chart", "selectors.a_service_monitor_reads_one_port_of_one_service"}


def test_a_sentence_about_several_values_names_them_all(tmp_path: Path) -> None:
    trust = {"caBundle": "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----", "caInjection": "external"}
    answer = judged(written(tmp_path, {"certificates": {"autoGenerated": False, **trust}}))
    (problem,) = answer.problems
    assert problem["path"] == "certificates.caBundle"
    assert "certificates.caInjection" in problem["what"]


# --- What comes after the refusals


def test_a_field_that_kubernetes_does_not_know_is_told_with_object_and_cause(tmp_path: Path) -> None:
    sidecar = {"name": "sidecar", "image": "a", "imagePullPolicy": "Sometimes", "prots": []}
    answer = check(written(tmp_path, {"operator": {"extraContainers": [sidecar]}}), "--output", "json")
    assert answer.code == 1
    assert answer.paths <= {"operator.extraContainers", "operator.extraContainers[0].prots"}
    assert "prots" in str(answer.problems)


def test_a_custom_resource_of_extra_objects_is_judged_by_its_closed_schema(tmp_path: Path) -> None:
    scaled = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "own", "namespace": "keda"},
        "spec": {"scaleTargetRef": {"name": "a"}, "triggers": [{"type": "cron", "metdata": {}}]},
    }
    answer = check(written(tmp_path, {"extraObjects": [scaled]}), "--output", "json")
    assert answer.code == 1
    assert answer.paths == {"extraObjects"}
    assert {problem["object"] for problem in answer.problems} == {"ScaledObject keda/own"}
    assert any("metdata" in problem["what"] for problem in answer.problems)
    assert all("(Kubernetes 1.34, 1.35, 1.36, 1.37)" in problem["what"] for problem in answer.problems)


def test_a_kind_that_nobody_has_a_schema_for_is_mentioned_and_is_no_problem(tmp_path: Path) -> None:
    secret = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "e"}, "spec": {}}
    answer = judged(written(tmp_path, {"extraObjects": [secret]}))
    assert answer.code == 0
    assert answer.report["notJudged"] == ["ExternalSecret e"]


@pytest.mark.parametrize(
    "text", ["kind: [", "just text", "apiVersion: v1\nkind: ConfigMap\n", "{{ .Values.nowhere.at.all }}"]
)
def test_an_extra_object_that_is_none_leads_to_extra_objects(tmp_path: Path, text: str) -> None:
    answer = judged(written(tmp_path, {"extraObjects": [text]}))
    assert answer.code == 1
    assert answer.paths == {"extraObjects"}


def test_an_extra_object_in_the_place_of_one_of_the_chart_breaks_a_relation(tmp_path: Path) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "keda-operator", "namespace": "keda"}}
    (problem,) = judged(written(tmp_path, {"extraObjects": [account]})).problems
    assert problem["rule"] == "objects.no_object_overwrites_another"
    assert (problem["object"], problem["path"]) == ("ServiceAccount keda/keda-operator", "extraObjects")


def test_a_relation_that_breaks_down_is_told_and_is_no_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> list[Any]:
        raise KeyError("lost")

    monkeypatch.setattr(catalogue, "every", lambda: {"names.broken": broken})
    answer = judged(written(tmp_path, {}))
    assert answer.code == 1
    assert "could not be judged" in answer.problems[0]["what"]
    assert answer.problems[0]["rule"] == "names.broken"


def test_what_helm_lint_finds_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A chart that lint objects to: its Chart.yaml has no version.
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart/Chart.yaml").write_text("apiVersion: v2\nname: broken\n")
    monkeypatch.setattr("tools.check.lint.CHART", tmp_path / "chart")
    problems = judged(written(tmp_path, {})).problems
    assert problems
    assert {problem["rule"] for problem in problems} == {"lint"}
    assert "version" in str(problems)


def test_helm_lint_is_asked_about_the_same_values() -> None:
    answer = check(EXAMPLES / "cert-manager-user-ca.yaml", "--set", "webhooks.replicaCount=2", "--output", "junit")
    assert answer.code == 0
    assert 'name="lint"/>' in answer.out


def test_apis_of_the_cluster_reach_the_chart(tmp_path: Path) -> None:
    text = '{{ if .Capabilities.APIVersions.Has "a.example/v1" }}{{ fail "seen" }}{{ end }}'
    file = written(tmp_path, {"extraObjects": [text]})
    assert judged(file).code == 0
    assert "seen" in judged(file, "--api-versions", "b.example/v1,a.example/v1").problems[0]["what"]


def test_a_version_that_only_one_kubernetes_refuses_is_named(tmp_path: Path) -> None:
    text = '{{ if semverCompare "~1.35" .Capabilities.KubeVersion.Version }}{{ fail "not here" }}{{ end }}'
    file = written(tmp_path, {"extraObjects": [text]})
    assert check(file, "--kubernetes", "1.34").code == 0
    assert check(file, "--kubernetes", "v1.35.2").code == 1
    assert check(file).code == 1


# --- Ok means that it renders


def _mistakes() -> st.SearchStrategy[Values]:
    keys = st.sampled_from(["operator", "webhooks", "certificates", "rbac", "resources", "extraArgs", "nonsense"])
    leaves: st.SearchStrategy[Any] = st.sampled_from(
        [None, {}, [], "", "x", 0, True, {"enabled": None}, {"keda": None}, {"name": "x"}]
    )
    return st.dictionaries(keys, leaves, max_size=2)


@st.composite
def _values(draw: st.DrawFn) -> Values:
    """Some settings of the axes, which are valid one by one, and now and then a mistake over them."""
    values: Values = {}
    for axis in draw(st.lists(st.sampled_from(AXES), unique_by=lambda axis: axis.name, max_size=6)):
        option = draw(st.sampled_from(axis.options))
        for path, value in option.settings.items():
            if not path.startswith("helm."):
                combinations.put(values, path, value)
    return {**values, **draw(st.one_of(st.just({}), st.just({}), _mistakes()))}


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(values=_values())
def test_no_values_are_ok_here_and_refused_by_helm_or_the_other_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: Values
) -> None:
    monkeypatch.setattr(judging, "Lint", NoLint)
    file = written(tmp_path, values)
    answer = judged(file)
    printed = helm.template("helm4", files=[file])
    assert (answer.code == 0) == (printed.code == 0), answer.out + printed.log
    assert not re.search("could not be judged", answer.out), answer.out


def test_what_is_ok_is_what_helm_prints(tmp_path: Path) -> None:
    file = written(tmp_path, {"highAvailability": {"enabled": True}, "networkPolicy": {"enabled": True}})
    printed = helm.template("helm4", files=[file]).out
    objects = judged(file).report["objects"]
    assert len(objects) == len(re.findall(r"^# Source: ", printed, re.MULTILINE))


def test_the_whole_chart_is_read_from_this_repository() -> None:
    assert CHART == chart.CHART
    assert CHART.is_relative_to(ROOT)
