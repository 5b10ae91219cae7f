"""The generator makes the mutants that one would make by hand, and each is what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.mutants import tiny_chart
from tests.support import chart
from tools.mutants import generator, schema_mutants, template_mutants, values_mutants
from tools.mutants.mutation import Mutant

HELPERS = {"tiny.name": ["tiny.other"], "tiny.other": ["tiny.name"]}
REPOSITORY = chart.CHART.parents[1]


def _changes(template: str) -> set[tuple[str, str]]:
    """(kind, text after the change) of every mutant."""
    return {(found.kind, found.applied(template)) for found in template_mutants.mutants("x", template, HELPERS)}


@pytest.mark.parametrize(
    ("template", "kind", "after"),
    [
        ("{{ if .a }}x{{ end }}", "negate condition", "{{ if not (.a) }}x{{ end }}"),
        ("{{ if .a }}x{{ end }}", "force condition", "{{ if true }}x{{ end }}"),
        ("{{ if .a }}x{{ end }}", "drop if", ""),
        ("{{ if .a }}x{{ else }}y{{ end }}", "drop else", "{{ if .a }}x{{ end }}"),
        (
            "{{ if .a }}x{{ else if eq .b 1 }}y{{ end }}",
            "swap comparison",
            "{{ if .a }}x{{ else if ne .b 1 }}y{{ end }}",
        ),
        ("{{ if or (and .a .b) .c }}x{{ end }}", "swap and/or", "{{ if or (or .a .b) .c }}x{{ end }}"),
        ("{{ with .a }}x{{ end }}", "drop with", ""),
        ("a{{ range .a }}x{{ end }}", "drop range", "a"),
        ('{{ include "tiny.name" . }}', "swap helpers", '{{ include "tiny.other" . }}'),
        ('{{ .a | default "x" | quote }}', "loosen default", "{{ .a | quote }}"),
        ('{{ .a | default (list "x") }}', "loosen default", "{{ .a }}"),
        ('{{ eq .a "x" }}', "change literal", '{{ eq .a "Zx" }}'),
        ("{{ nindent 4 .a }}", "change number", "{{ nindent 2 .a }}"),
        ("kind: Service\nname: x\n", "drop line", "name: x\n"),
        ("  port: 443\n", "change number", "  port: 444\n"),
        ("  - get\n", "change literal", "  - Zget\n"),
        ("  optional: true\n", "change truth", "  optional: false\n"),
    ],
)
def test_a_slip_of_the_hand_is_among_the_mutants(template: str, kind: str, after: str) -> None:
    assert (kind, after) in _changes(template)


def test_comments_and_lines_that_open_a_block_are_left_alone() -> None:
    template = '{{- /* if "x" and .y */ -}}\n# a comment: 1\n{{- if .a }}\n  b: c\n{{- end }}\n'
    dropped = [found.before for found in template_mutants.mutants("x", template, {}) if found.kind == "drop line"]
    assert dropped == ["b: c"]


def test_a_named_template_is_swapped_for_one_of_its_own_file() -> None:
    files = {"_names.tpl": tiny_chart.HELPERS, "_else.tpl": '{{ define "else.name" }}{{ end }}'}
    assert template_mutants.helper_table(files)["tiny.name"] == ["tiny.other"]


@pytest.mark.parametrize(
    ("line", "kind", "after"),
    [
        ("pattern: ^a$", "drop pattern", ""),
        ("minimum: 1", "loosen bound", "minimum: 0"),
        ("maximum: 9", "loosen bound", "maximum: 10"),
        ("type: integer", "widen type", "type: [integer, string]"),
        ('type: [string, "null"]', "widen type", 'type: [string, "null", integer]'),
        ("enum: [a, b]", "widen enum", "enum: [anything-else, a, b]"),
        ("required: [a]", "drop required", ""),
    ],
)
def test_a_loosened_schema_is_among_the_mutants(line: str, kind: str, after: str) -> None:
    schema = f"properties:\n  a:\n    description: A.\n    {line}\n  b:\n    type: string\n"
    made = {(found.kind, found.after) for found in schema_mutants.mutants(schema)}
    assert (kind, after) in made


def test_a_closed_object_is_opened_and_a_removed_key_forgotten() -> None:
    schema = (
        "type: object\nx-removed:\n  old: >-\n    use new\n  older: use new\nproperties:\n  new:\n    type: string\n"
    )
    made = {found.kind: yaml.safe_load(found.applied(schema)) for found in schema_mutants.mutants(schema)}
    assert made["open object"]["additionalProperties"] is True
    assert made["drop removed key"]["x-removed"] == {"old": "use new"}


def test_a_default_becomes_another_one_that_its_key_accepts() -> None:
    values = "a:\n  policy: Ignore # or Fail\n  port: 8080\n  active: true\n  none: []\n  time: 10s\n"
    made = [
        yaml.safe_load(found.applied(values))["a"]
        for found in values_mutants.mutants(values, {"a.policy": ["Ignore", "Fail"]})
    ]
    assert [entry["policy"] for entry in made] == ["Fail", "Ignore", "Ignore", "Ignore"]
    assert [entry["port"] for entry in made] == [8080, 8081, 8080, 8080]
    assert [entry["active"] for entry in made] == [True, True, False, True]
    assert [entry["time"] for entry in made] == ["10s", "10s", "10s", "11s"]


def _all() -> list[Mutant]:
    return generator.mutants(REPOSITORY)


def test_the_chart_has_mutants_of_every_kind_in_every_template() -> None:
    found = _all()
    assert len(found) > 3000
    assert len({mutant.id for mutant in found}) == len(found)
    with_mutants = {mutant.file for mutant in found}
    templates = [path for path in (chart.CHART / "templates").rglob("*") if path.is_file()]
    assert [path for path in templates if path.relative_to(REPOSITORY).as_posix() not in with_mutants] == []


def test_no_mutant_is_the_original() -> None:
    texts = {mutant.file: (REPOSITORY / mutant.file).read_text(encoding="utf-8") for mutant in _all()}
    assert texts
    same = [str(mutant) for mutant in _all() if mutant.applied(texts[mutant.file]) == texts[mutant.file]]
    assert same == []


def test_a_sample_is_the_same_for_a_seed_and_a_part_of_a_larger_one(tmp_path: Path) -> None:
    tiny_chart.write(tmp_path)
    found = generator.mutants(tmp_path)
    few = generator.chosen(found, sample=5, seed=1, only="")
    assert few == generator.chosen(list(reversed(found)), sample=9, seed=1, only="")[:5]
    assert few != generator.chosen(found, sample=5, seed=2, only="")
    assert {mutant.file for mutant in generator.chosen(found, sample=99, seed=1, only="*.tpl")} == {
        "charts/keda/templates/_names.tpl"
    }


def test_no_sample_is_filled_by_a_line_that_stands_in_many_places() -> None:
    repeated = "".join(f"- get\n# {number}\n" for number in range(40))
    single = "".join(f"- verb{number}\n" for number in range(40))
    found = [*template_mutants.mutants("repeated", repeated, {}), *template_mutants.mutants("single", single, {})]
    files = [mutant.file for mutant in generator.chosen(found, sample=60, seed=1, only="")]
    assert 15 < files.count("repeated") < 45
