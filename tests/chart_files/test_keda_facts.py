"""The generators of schemas/keda/ read what the binaries and sources say, and notice when a file no longer says it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support import binaries
from tools import keda_environment, keda_flags, keda_module, keda_rights, toolchain
from tools.keda_module import Generator, Unreadable

GENERATORS = [keda_flags.GENERATOR, keda_environment.GENERATOR, keda_rights.GENERATOR]
_USAGE = """Usage of ./keda:
      --ca-dir stringArray               Directory with CA certificates. (default [/custom/ca])
      --ginkgo.seed int                  The seed used to randomize the spec suite. (default 1795521134)
      --http-idle-conn-timeout duration   Maximum time. Must be greater than zero. (default 1m30s)
      --leader-elect                     Enable leader election, or enforce (default) nothing.
      --metrics-bind-address string      The address it binds to. (default ":8080")
      --kubeconfig string                Paths to a kubeconfig.
      --stderrthreshold severity         logs at or above this threshold (no effect when -logtostderr=true)
  -v, --v Level                          number for the log level verbosity
"""


def test_no_flag_loses_its_type_or_its_default() -> None:
    assert keda_flags.parse(_USAGE) == {
        "ca-dir": {"type": "stringArray", "default": "[/custom/ca]"},
        "http-idle-conn-timeout": {"type": "duration", "default": "1m30s"},
        "kubeconfig": {"type": "string", "default": ""},
        "leader-elect": {"type": "bool", "default": "false"},
        "metrics-bind-address": {"type": "string", "default": ":8080"},
        "stderrthreshold": {"type": "severity"},
        "v": {"type": "Level"},
    }


@pytest.mark.parametrize("text", ["", "Usage of ./keda:\n", "Usage of ./keda:\n  -x  a short flag alone\n"])
def test_no_text_without_readable_flags_passes_for_a_binary_without_flags(text: str) -> None:
    with pytest.raises(Unreadable):
        keda_flags.parse(text)


@pytest.mark.parametrize("component", keda_module.PROGRAMS)
def test_no_binary_is_believed_to_refuse_its_own_defaults(component: str) -> None:
    flags = binaries.flags(component)
    wrong = []
    for flag in flags.values():
        if flag.default is None or (flag.default == "" and flag.type == "string"):
            continue
        # Lists are shown in brackets, which their flags do not take; a file position is shown as ":0".
        if flag.default == "[]" or flag.type == "traceLocation":
            continue
        shown = flag.default.strip("[]") if flag.default.startswith("[") else flag.default
        if not flag.takes(shown):
            wrong.append(flag)
    assert len(flags) > 20
    assert wrong == []


@pytest.mark.parametrize(
    ("argument", "folder", "name"),
    [
        ('"KEDA_PLAIN"', "pkg/a", "KEDA_PLAIN"),
        ("OwnName", "pkg/a", "KEDA_OWN"),
        ("a.OwnName", "cmd/main", "KEDA_OWN"),
    ],
)
def test_no_variable_behind_a_constant_is_lost(argument: str, folder: str, name: str) -> None:
    constants = {"pkg/a": {"OwnName": "KEDA_OWN"}, "pkg/b": {"OwnName": "KEDA_FOREIGN"}, "cmd/main": {}}
    assert keda_environment._name(argument, folder, constants) == name


def test_no_variable_without_a_name_is_passed_over() -> None:
    with pytest.raises(Unreadable, match="whose name is not found"):
        keda_environment._name("computed", "pkg/a", {"pkg/a": {}})


def test_the_variables_that_the_operator_cannot_start_without_are_found() -> None:
    assert {"WATCH_NAMESPACE", "POD_NAMESPACE", "KEDA_CLUSTER_OBJECT_NAMESPACE"} <= binaries.variables(
        "operator"
    ).keys()
    assert "WATCH_NAMESPACE" not in binaries.variables("admission-webhooks")
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in binaries.variables("operator")
    assert binaries.variables("operator")["KEDA_HTTP_DEFAULT_TIMEOUT"].type == "int"


def test_markers_are_read_as_controller_gen_reads_them() -> None:
    lines = [
        "// +kubebuilder:rbac:groups=apps,resources=deployments;statefulsets,verbs=list;watch",
        '// +kubebuilder:rbac:groups="",namespace=keda,resources=secrets,verbs=get',
    ]
    assert keda_rights.atoms(keda_rights.rules(lines)) == {
        (None, "apps", "deployments", "list"),
        (None, "apps", "deployments", "watch"),
        (None, "apps", "statefulsets", "list"),
        (None, "apps", "statefulsets", "watch"),
        ("keda", "", "secrets", "get"),
    }


def test_a_marker_that_cannot_be_read_is_no_marker_less() -> None:
    with pytest.raises(Unreadable, match="failed with exit code"):
        keda_rights.rules(["// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=list,surprise=1"])


def test_markers_are_taken_from_every_file_but_tests(tmp_path: Path) -> None:
    for name, marker in (("a.go", "apps"), ("b.go", "batch"), ("b_test.go", "never")):
        (tmp_path / "pkg").mkdir(exist_ok=True)
        text = f"package pkg\n\n// +kubebuilder:rbac:groups={marker},resources=x,verbs=get\n"
        (tmp_path / "pkg" / name).write_text(text)
    (found,) = keda_rights.markers(tmp_path).items()
    assert found[0] == "pkg"
    assert [line.partition("groups=")[2].partition(",")[0] for line in found[1]] == ["apps", "batch"]


def test_a_folder_without_markers_is_no_program_without_rights(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"no \+kubebuilder:rbac marker"):
        keda_rights.markers(tmp_path)


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda it: str(it.file))
def test_no_file_is_older_than_the_pinned_keda(generator: Generator) -> None:
    """Where the programs are built, the content too."""
    assert list(generator.stale(keda_module.built())) == []


def _content(_: Mapping[str, Path]) -> dict[str, Any]:
    return {"operator": {"a": {"type": "bool"}, "b": {"type": "int"}}}


@pytest.fixture
def generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator:
    """A generator of a file of its own, freshly written."""
    monkeypatch.setattr(keda_module, "FOLDER", tmp_path)
    found = Generator("keda_facts", "facts", _content)
    found.path.write_text(keda_module.text("keda_facts", _content({})))
    return found


def test_a_fresh_file_is_fresh(generator: Generator) -> None:
    assert list(generator.stale({})) == []
    assert list(generator.stale(None)) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [("type: bool", "type: int", "/operator/a/type"), ("b: {type: int}", "c: {type: int}", "/operator/b is missing")],
)
def test_a_fact_that_differs_is_told_with_its_place(generator: Generator, old: str, new: str, place: str) -> None:
    text = generator.path.read_text()
    assert old in text
    generator.path.write_text(text.replace(old, new))
    assert place in "\n".join(generator.stale({}))
    assert list(generator.stale(None)) == [], "the programs alone can tell"


def test_another_keda_is_told_without_its_programs(generator: Generator) -> None:
    text = generator.path.read_text()
    generator.path.write_text(text.replace(keda_module.pins()["pinned"], "sha256:0"))
    assert "was made from pinned sha256:0" in "\n".join(generator.stale(None))
    generator.path.unlink()
    assert list(generator.stale(None)) == ["facts.yaml is missing"]


def test_lists_and_long_lists_survive_the_file(generator: Generator) -> None:
    content = {"short": ["a", "b"], "long": [f"a-rather-long-name-{number}" for number in range(20)], "on": ["yes", ""]}
    generator.path.write_text(keda_module.text("keda_facts", content))
    loaded = keda_module.load("facts")
    assert {key: loaded[key] for key in content} == content


@pytest.mark.parametrize("component", keda_module.PROGRAMS)
def test_every_program_links_what_its_own_sources_import(component: str) -> None:
    linked = keda_module.linked(component)
    assert keda_module.PROGRAMS[component][1] in linked
    assert "pkg/util" in linked
    assert ("controllers/keda" in linked) == (component == "operator")


def test_the_programs_of_the_facts_are_those_that_go_builds() -> None:
    assert set(keda_module.PROGRAMS) == {"operator", "metrics-apiserver", "admission-webhooks"}
    for name, folder in keda_module.PROGRAMS.values():
        assert toolchain.PROGRAMS[name].package.endswith(f"/{folder}")


def test_the_command_says_what_is_stale_and_how_to_refresh_it(
    generator: Generator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(keda_module, "built", dict)
    assert generator.run(check=True) == 0
    generator.path.write_text(generator.path.read_text().replace("type: bool", "type: int"))
    assert generator.run(check=True) == 1
    said = capsys.readouterr().err
    assert "schemas/keda/facts.yaml is stale; run: python -m tools.keda_facts" in said
    assert "/operator/a/type" in said


def test_a_check_without_the_programs_says_that_it_compared_the_pins_alone(
    generator: Generator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(keda_module, "built", lambda: None)
    assert generator.run(check=True) == 0
    assert "nothing else was compared" in capsys.readouterr().out


def test_a_source_that_cannot_be_read_is_told_and_is_no_traceback(
    generator: Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreadable(_: Mapping[str, Path]) -> dict[str, Any]:
        raise Unreadable("no flag can be read from the line '  -x'")

    broken = Generator(generator.module, generator.file, unreadable, programs=False)
    assert broken.run(check=True) == 1
    assert capsys.readouterr().err == "keda_facts: no flag can be read from the line '  -x'\n"
