"""No move of KEDA's version goes half way, and no difference that the chart must follow is kept from its author.

The move itself builds KEDA; docs/releasing.md tells how it was tried. Here are its parts.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tools import crds, git_files, toolchain
from tools.keda_pin import __main__ as command
from tools.keda_pin import difference, facts, grants, move
from tools.keda_pin.difference import Change
from tools.keda_pin.move import CannotMove, Mention, Release

ROOT = toolchain.REPOSITORY
PINNED = toolchain.required_version(crds.GROUP, crds.MODULE).removeprefix("v")


@pytest.fixture(scope="module")
def pinned() -> facts.Facts:
    return facts.read(ROOT)


def test_facts_of_every_kind_are_found_in_the_tree(pinned: facts.Facts) -> None:
    assert pinned.version == PINNED
    assert pinned.flags["operator --leader-elect"] == "bool, default false"
    assert pinned.variables["WATCH_NAMESPACE"] == "operator, metrics-apiserver"
    assert pinned.rights["watch pods"] == "operator"
    assert "operator" in pinned.rights["update secrets in namespace keda"]
    assert "role keda:edit" in pinned.roles["create *.keda.sh"]
    assert pinned.fields["ScaledObject v1alpha1 spec.triggers[].type"] == 'type "string", minLength 1, required'
    assert pinned.definitions["ScaledObject /scope"] == '"Namespaced"'
    assert set(pinned.kubernetes) == {"k8s.io/api", "k8s.io/client-go", "sigs.k8s.io/controller-runtime"}


def test_the_same_version_is_no_difference(pinned: facts.Facts) -> None:
    found = difference.report(pinned, pinned, ROOT)
    assert found.must_change == ()
    assert found.text.count("no difference") == 7


def test_a_flag_that_is_gone_and_used_is_the_charts_business(pinned: facts.Facts) -> None:
    left = {name: said for name, said in pinned.flags.items() if "--leader-elect" not in name}
    found = difference.report(pinned, replace(pinned, flags=left), ROOT)
    assert (
        "gone    operator --leader-elect (bool, default false)\n          the chart has it: charts/keda/templates"
        in found.text
    )
    assert [
        line for line in found.must_change if line.startswith("operator --leader-elect is gone: charts/keda/templates/")
    ]


def test_a_flag_that_is_new_is_told_and_no_duty(pinned: facts.Facts) -> None:
    more = {**pinned.flags, "operator --surprise": "bool, default false"}
    found = difference.report(pinned, replace(pinned, flags=more), ROOT)
    assert "new     operator --surprise (bool, default false)" in found.text
    assert found.must_change == ()


def test_another_default_of_a_variable_that_the_chart_sets_is_its_business(pinned: facts.Facts) -> None:
    other = {**pinned.variables, "WATCH_NAMESPACE": "metrics-apiserver"}
    found = difference.report(pinned, replace(pinned, variables=other), ROOT)
    assert "changed WATCH_NAMESPACE: operator, metrics-apiserver -> metrics-apiserver" in found.text
    assert len(found.must_change) == 1


@pytest.mark.parametrize(
    ("name", "before", "after", "given", "duty"),
    [
        ("list surprises.example.com", False, True, False, "new, and the chart does not grant it"),
        ("list surprises.example.com", False, True, True, ""),
        ("list surprises.example.com", True, False, True, "gone, and the chart grants it"),
        ("list surprises.example.com", True, False, False, ""),
    ],
)
def test_rights_follow_the_binaries(
    name: str, before: bool, after: bool, given: bool, duty: str, pinned: facts.Facts
) -> None:
    with_it = {**pinned.rights, name: "operator"}
    old, new = (replace(pinned, rights=with_it if there else pinned.rights) for there in (before, after))
    found = difference.report(old, new, ROOT, lambda _: given)
    assert name in found.text
    assert [duty in line for line in found.must_change] == ([True] if duty else [])


def test_rights_of_the_default_roles_are_known() -> None:
    granted = grants.granted(ROOT)
    assert granted("watch pods")
    assert granted("get secrets in namespace keda")
    assert not granted("delete nodes")
    assert not granted("escalate clusterroles.rbac.authorization.k8s.io")


def test_a_new_block_of_fields_is_one_line_and_counts_the_others() -> None:
    def new(name: str) -> Change:
        return Change(name, None, "type")

    found = [
        new("A v1 spec.a"),
        new("A v1 spec.a.b"),
        new("A v1 spec.a[].c"),
        new("A v1 spec.ab"),
        Change("A v1 spec.z", "x", None),
    ]
    assert [(str(change), hidden) for change, hidden in difference.topmost(found)] == [
        ("new     A v1 spec.a (type)", 2),
        ("new     A v1 spec.ab (type)", 0),
        ("gone    A v1 spec.z (x)", 0),
    ]


def test_a_field_that_takes_other_values_is_told() -> None:
    (change,) = difference.changes({"A v1 spec.a": 'type "string"'}, {"A v1 spec.a": 'type "integer"'})
    assert str(change) == 'changed A v1 spec.a: type "string" -> type "integer"'


@pytest.mark.parametrize("mention", move.MENTIONS, ids=lambda it: f"{it.files} {it.text}")
def test_every_place_that_the_move_changes_is_there_with_the_pinned_version(mention: Mention) -> None:
    texts = [file.read_text() for file in ROOT.glob(mention.files)]
    assert any(mention.pattern(PINNED).search(text) for text in texts)


@pytest.mark.parametrize(
    ("text", "moved"), [("keda:2.2.0", True), ("keda:2.2.01", False), ("keda:2.2.0-rc1", False), ("keda:2.2.0 x", True)]
)
def test_no_longer_version_is_taken_for_the_pinned_one(text: str, moved: bool) -> None:
    assert bool(Mention("", "keda:{version}").pattern("2.2.0").search(text)) == moved


def test_a_mention_that_is_not_found_stops_the_move(tmp_path: Path) -> None:
    with pytest.raises(CannotMove, match="adapt MENTIONS"):
        move.move_mentions(tmp_path, "1.0.0", "1.1.0")


def test_go_mod_keeps_our_tools_and_takes_the_replacements_of_keda() -> None:
    present = {"Module": {"Path": "own"}, "Tool": [{"Path": "a/b"}]}
    upstream = {
        "Go": "1.30.0",
        "Replace": [{"Old": {"Path": "x", "Version": "v0.1.0"}, "New": {"Path": "y", "Version": "v0.2.0"}}],
    }
    assert move.module_text(present, upstream, "9.9.9", (1, 26, 6)) == (
        f"module own\n\ngo 1.30.0\n\nreplace x => y v0.2.0\n\nrequire {crds.MODULE} v9.9.9\n\ntool (\n\ta/b\n)\n"
    )
    assert "\ngo 1.26.6\n\nrequire" in move.module_text(present, {"Go": "1.26.0"}, "9.9.9", (1, 26, 6))
    upstream["Replace"] = [{"Old": {"Path": "x"}, "New": {"Path": "../x"}}]
    with pytest.raises(CannotMove, match="by a folder"):
        move.module_text(present, upstream, "9.9.9", (1, 26, 6))


def test_the_present_go_mod_is_what_the_move_would_begin_with() -> None:
    text = (ROOT / move.MODULE / "go.mod").read_text()
    assert text.startswith("module keda-chart/toolchain/keda\n")
    assert f"require {crds.MODULE} v{PINNED}\n" in text


def test_the_source_of_the_custom_resources_is_moved_with_its_sum_and_files(tmp_path: Path) -> None:
    tree, module = tmp_path / "tree", tmp_path / "module"
    (tree / "schemas/custom-resources").mkdir(parents=True)
    sources = ROOT / "schemas/custom-resources/sources.yaml"
    copy = tree / "schemas/custom-resources/sources.yaml"
    copy.write_text(sources.read_text())
    (module / "config/crd/bases").mkdir(parents=True)
    (module / "config/crd/bases/a.yaml").touch()
    move.move_sources(tree, Release("9.9.9", module, "h1:new="))
    moved = copy.read_text()
    before, _, own = sources.read_text().partition(f"- module: {crds.MODULE}\n")
    definitions = own.partition("  definitions:\n")[2]
    after = re.sub(r"^(    - .*\n)+", "", definitions)
    assert after, "objects of other tools follow"
    assert moved == (
        f"{before}- module: {crds.MODULE}\n  version: v9.9.9\n  sum: h1:new=\n  patched: true\n  definitions:\n"
        f"    - config/crd/bases/a.yaml\n{after}"
    )


def test_lines_that_a_person_must_judge_are_found_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("made for 1.2.3\nsince KEDA 1.2, and 11.2.3\nKEDA 1.20\n1.2.34\n")
    (tmp_path / "go.sum").write_text("keda 1.2.3\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe1.2.3")
    found = move.mentions_left(tmp_path, [Path("page.md"), Path("go.sum"), Path("binary")], "1.2.3")
    assert found == ["page.md:1: made for 1.2.3", "page.md:2: since KEDA 1.2, and 11.2.3"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with three files, one of them ignored, and a built program."""
    for name, text in {".gitignore": "/.toolchain/\n*.log\n", "a/kept": "1", "changed": "1", "x.log": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".toolchain/keda-old").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def test_the_copy_is_taken_over_as_a_whole_and_its_programs_are_kept(tree: Path) -> None:
    files = git_files.known(tree)
    assert sorted(map(str, files)) == [".gitignore", "a/kept", "changed"]
    originals = {name: (tree / name).read_bytes() for name in files}
    with command.copied(tree, files) as copy:
        assert (copy / ".toolchain/keda-old").is_symlink()
        (copy / ".toolchain/keda-new").mkdir()
        (copy / "changed").write_text("2")
        (copy / "new").write_text("3")
        (copy / "a/kept").unlink()
        names = command.changed(tree, copy, files)
        assert [str(name) for name in names] == ["a/kept", "changed", "new"]
        assert (tree / "changed").read_text() == "1"
        command.take_over(tree, copy, names, originals)
    assert (tree / "changed").read_text() == "2"
    assert (tree / "new").read_text() == "3"
    assert not (tree / "a/kept").exists()
    assert sorted(entry.name for entry in (tree / ".toolchain").iterdir()) == ["keda-new", "keda-old"]


def test_no_change_that_somebody_made_meanwhile_is_lost(tree: Path) -> None:
    files = git_files.known(tree)
    originals = {name: (tree / name).read_bytes() for name in files}
    with command.copied(tree, files) as copy:
        (copy / "changed").write_text("2")
        (tree / "changed").write_text("mine")
        with pytest.raises(CannotMove, match="changed meanwhile: changed"):
            command.take_over(tree, copy, [Path("changed")], originals)
    assert (tree / "changed").read_text() == "mine"


def test_a_version_that_is_pinned_already_is_said_and_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([f"v{PINNED}"]) == 0
    assert capsys.readouterr().out == f"KEDA {PINNED} is pinned already\n"


def test_what_is_no_version_is_refused_before_anything_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["latest"])
    assert ended.value.code == 2
    assert "'latest' is no version" in capsys.readouterr().err
