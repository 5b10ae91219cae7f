"""The renderer executes a template again whenever something has changed that it has read, however it has read it.

Small charts whose templates reach a value in all the ways there are, each rendered with values that differ in one thing, in
several orders: what the worker prints is held against Helm's own way in the same worker.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import chart, combinations
from tests.support.findings import Findings

# One thing is different in each: present or not, null or empty, another type, another place of the same content.
VALUES: Sequence[Mapping[str, Any]] = (
    {},
    {"a": {"b": {"c": 1}}},
    {"a": {"b": {"c": 2}}},
    {"a": {"b": {"c": "1"}}},
    {"a": {"b": {"c": 1.5}}},
    {"a": {"b": {"c": True}}},
    {"a": {"b": {"c": None}}},
    {"a": {"b": {"c": [1, {"d": 2}]}}},
    {"a": {"b": {"c": [1, {"d": 3}]}}},
    {"a": {"b": {"c": {"d": 1}}}},
    {"a": {"b": {"c": {"d": 2}}}},
    {"a": {"b": {"c": {}}}},
    {"a": {"b": {}}},
    {"a": {"b": {"c": 1, "other": 2}}},
    {"a": {"b": {"c": 1}, "z": {"c": 1}}},
    {"a": {"b": {"c": 1}, "z": {"c": 5}}},
    {"a": {"b": {"c": 1}, "z": {}}},
    {"key": "z", "a": {"b": {"c": 1}, "z": {"c": 5}}},
    {"list": [{"c": 1}, {"c": 2}]},
    {"list": [{"c": 1}, {"c": 3}]},
    {"list": [{"c": 1}]},
    {"list": ["x"]},
    {"text": "{{ .Values.a.b.c }}"},
    {"text": "{{ .Values.a.b.c }}", "a": {"b": {"c": 7}}},
    {"text": '{{ include "plain" . }}', "a": {"b": {"c": 8}}},
    {"text": "plain"},
)

# What a named template does; "." is the scope of the chart where nothing else is said.
NAMED: Mapping[str, str] = {
    "a chain of fields": "{{ .Values.a.b.c }}",
    "a variable": "{{ $a := .Values.a }}{{ $b := $a.b }}{{ $b.c }}",
    "a variable set later": "{{ $x := dict }}{{ if .Values.key }}{{ $x = .Values.a }}{{ end }}{{ $x.b }}",
    "a condition": "{{ if .Values.a.b.c }}yes{{ else }}no{{ end }}",
    "a condition over maps": "{{ if .Values.a.z }}yes{{ else }}no{{ end }}{{ if not .Values.a.b }}none{{ end }}",
    "with": "{{ with .Values.a.b }}{{ .c }}{{ else }}none{{ end }}",
    "with a variable": "{{ with $x := .Values.a.b }}{{ $x.c }}{{ end }}",
    "and": "{{ and .Values.a.z .Values.a.b.c }}",
    "or": "{{ or .Values.a.z .Values.a.b | toJson }}",
    "fields of or": "{{ (or .Values.a.z .Values.a.b).c }}",
    "default": "{{ .Values.a.z | default .Values.a.b | toJson }}",
    "fields of a default": "{{ (.Values.a.z | default .Values.a.b).c }}",
    "coalesce": "{{ coalesce .Values.a.z .Values.a.b .Values.a | toJson }}",
    "ternary": "{{ (empty .Values.key | ternary .Values.a.b .Values.a).c }}",
    "has the key": '{{ hasKey .Values "key" }}{{ hasKey .Values.a.b "c" }}{{ hasKey .Values.a "z" }}',
    "get": "{{ get .Values.a.b `c` | toJson }}{{ get .Values (get .Values `key` | default `a`) | toJson }}",
    "index": '{{ index .Values "a" "b" "c" | toJson }}{{ index .Values.a (.Values.key | default "b") | toJson }}',
    "an item": "{{ if .Values.list }}{{ (index .Values.list 0) | toJson }}{{ end }}",
    "the kind": '{{ kindIs "map" .Values.a.b.c }}{{ kindIs "invalid" .Values.a.b.c }}{{ kindOf .Values.a.b }}',
    "the type": "{{ typeOf .Values.a.b.c }}{{ typeOf .Values.a }}{{ typeOf .Values }}",
    "a map as JSON": "{{ toJson .Values.a }}",
    "a printed map": "{{ .Values.a }}{{ .Values.a.b.c }}",
    "a printed variable": "{{ $x := .Values.a.b }}{{ $x }}",
    "range over a map": "{{ range $key, $value := .Values.a }}{{ $key }}={{ $value.c }};{{ end }}",
    "range over a list": "{{ range .Values.list }}{{ toJson . }};{{ else }}none{{ end }}",
    "range over maps of a template": "{{ range list .Values.a.b .Values.a }}{{ .c | toJson }};{{ end }}",
    "range over a dict": '{{ range $k, $v := dict "x" .Values.a.b "y" .Values.a }}{{ $k }}{{ $v.c }}{{ end }}',
    "the length": "{{ len .Values.a }}{{ len .Values.list }}",
    "keys": "{{ keys .Values.a | sortAlpha | join `,` }}{{ values .Values.a.b | len }}",
    "dig": '{{ dig "a" "b" "c" "none" (pick .Values "a") | toJson }}',
    "dig in a part": '{{ dig "b" "c" "none" .Values.a | toJson }}',
    "pick": '{{ pick .Values.a "b" | toJson }}{{ omit .Values.a "b" | toJson }}',
    "a copy": "{{ (deepCopy .Values.a).b | toJson }}",
    "a changed copy": '{{ $x := deepCopy .Values.a }}{{ $_ := set $x.b "c" 9 }}{{ toJson $x }}',
    "merging": "{{ mergeOverwrite (dict) .Values.a.b | toJson }}{{ merge (dict `b` (dict `q` 1)) .Values.a | toJson }}",
    "a dict around": '{{ toJson (dict "x" .Values.a.b) }}{{ dict "x" .Values.a.b | toJson }}',
    "a list around": "{{ list .Values.a.b 1 | toJson }}{{ (first (list .Values.a.b)).c }}{{ (last (list 1 .Values.a)).b }}",
    "lists that grow": "{{ (index (append (list 1) .Values.a) 1).b | toJson }}{{ concat (list .Values.a) (list 2) | toJson }}",
    "the rest of a list": "{{ range rest (list 1 .Values.a.b) }}{{ .c }}{{ end }}{{ (initial (list .Values.a 1) | first).b }}",
    "a set dict": '{{ $x := dict }}{{ $_ := set $x "y" .Values.a.b }}{{ $x.y.c }}{{ toJson $x }}',
    "what is equal": "{{ eq (toJson .Values.a.b) `{}` }}{{ deepEqual .Values.a.b .Values.a.z }}",
    "template": '{{ template "plain" . }}',
    "include of the scope": '{{ include "plain" . }}',
    "include of a part": '{{ include "part" .Values.a.b }}',
    "include of a scalar": '{{ include "scalar" .Values.a.b.c }}',
    "include of a list": '{{ include "listed" (list $ .Values.a.b "x") }}{{ include "listed" (list $ .Values.a "x") }}',
    "include of a dict": '{{ include "dicted" (dict "root" $ "part" .Values.a.b "own" (dict "x" .Values.key)) }}',
    "two items that are one map": '{{ include "items" (list .Values.a.b (.Values.a.z | default .Values.a.b)) }}',
    "two names of one map": '{{ include "two" (dict "x" .Values.a.b "y" (.Values.a.z | default .Values.a.b)) }}',
    "what an include has read": '{{ (include "json" . | fromJson).c | toJson }}',
    "a part of what was read": '{{ include "part" (include "json" . | fromJson) }}',
    "a part of much that was read": '{{ include "part" (index (include "much" . | fromJson) "b") }}',
    "deep includes": '{{ include "outer" (dict "root" $) }}',
    "a template that is never recalled": '{{ range until 70 }}{{ include "vain" (list . $) }}{{ end }}{{ include "around" $ }}',
    "tpl": "{{ tpl (.Values.text | default `none`) . }}",
    "tpl of an include": '{{ include "templated" . }}',
    "the release": "{{ .Release.Name }}{{ .Release.IsUpgrade }}{{ .Chart.Name }}{{ .Chart.AppVersion }}",
    "the version": '{{ .Capabilities.KubeVersion.Minor }}{{ .Capabilities.APIVersions.Has "a/v1" }}',
    "a field of nothing": "{{ $x := .Values.key }}{{ if not $x }}{{ $x.y }}{{ end }}",
    "a semantic version": "{{ (semver `1.2.3`).Minor }}",
    "a piece of a text": "{{ index (splitList `,` `a,b`) 1 }}{{ index `abc` 1 }}",
    "the files": '{{ .Files.Get "file.txt" }}',
    "a changed argument": '{{ $x := dict "n" 1 }}{{ range until 2 }}{{ include "changing" $x }}{{ end }}{{ $x.n }}',
    "a changed part": '{{ $x := dict "p" (dict "n" 1) }}{{ range until 2 }}{{ include "changing" $x.p }}{{ end }}{{ $x }}',
    "a change at times": '{{ $x := dict "n" 1 "v" .Values.key }}{{ range until 2 }}{{ include "maybe" $x }}{{ end }}{{ $x.n }}',
    "a dict changed between": '{{ $x := dict "c" 1 }}{{ include "part" $x }}{{ $_ := set $x "c" 2 }}{{ include "part" $x }}',
}

HELPERS = """
{{- define "plain" }}[{{ .Values.a.b.c | toJson }}]{{ end }}
{{- define "part" }}[{{ .c | toJson }}]{{ end }}
{{- define "scalar" }}[{{ toJson . }}]{{ end }}
{{- define "listed" }}[{{ (index . 1).c | toJson }}{{ index . 2 }}{{ (index . 0).Values.key }}]{{ end }}
{{- define "dicted" }}[{{ .part.c | toJson }}{{ .root.Values.a.z | toJson }}{{ .own.x }}]{{ end }}
{{- define "two" }}[{{ .y.c | toJson }}]{{ end }}
{{- define "vain" }}{{ if gt (index . 0) 60 }}{{ (index . 1).Values.a.b.c | toJson }}{{ end }}{{ end }}
{{- define "around" }}[{{ include "vain" (list 100 .) }}]{{ end }}
{{- define "items" }}[{{ (index . 1).c | toJson }}]{{ end }}
{{- define "json" }}{{ .Values.a.b | toJson }}{{ end }}
{{- define "much" }}{{ dict "b" .Values.a.b "filling" (repeat 2000 "x") | toJson }}{{ end }}
{{- define "outer" }}{{ with .root.Values.a }}{{ include "inner" (list . $.root) }}{{ end }}{{ end }}
{{- define "inner" }}{{ include "part" (index . 0).b }}{{ include "plain" (index . 1) }}{{ end }}
{{- define "templated" }}<{{ tpl (.Values.text | default "none") . }}>{{ end }}
{{- define "changing" }}{{ $_ := set . "n" (add1 .n) }}{{ end }}
{{- define "maybe" }}{{ if .v }}{{ $_ := set . "n" (add1 .n) }}{{ end }}{{ end }}
"""


def _chart(folder: Path, named: str) -> Path:
    files = {
        "Chart.yaml": "apiVersion: v2\nname: small\nversion: 1.0.0\nappVersion: 2.0.0\n",
        "values.yaml": "a:\n  b:\n    c: 0\n",
        # Without a schema the worker leaves a chart to Helm.
        "values.schema.json": "{}",
        "file.txt": "content of a file",
        "templates/_helpers.tpl": HELPERS,
        "templates/_named.tpl": f'{{{{- define "named" }}}}{named}{{{{ end }}}}',
        # Once for all of a file, and once as a part of it.
        "templates/whole.yaml": f"kind: Whole\nprinted: {{{{ include `named` . | quote }}}}\n# {named}\n",
        "templates/part.yaml": "kind: Part\nprinted: {{ include `named` . | quote }} # {{ .Values.key }}\n",
    }
    for name, text in files.items():
        path = folder / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "small"


def test_the_chart_is_rendered_from_memory_and_not_by_helm() -> None:
    """A way to Helm would be right, and slow without a word."""
    listed = combinations.sample(60)
    assert [entry.id for entry in listed if not chart.render(entry.values, **entry.arguments).from_memory] == []
    assert not chart.render(helm_only=True).from_memory


def _outcome(values: Mapping[str, Any], helm_only: bool, **arguments: Any) -> str:
    try:
        return chart.render(values, helm_only=helm_only, **arguments).text
    except chart.ChartRefused as refused:
        return f"refused: {refused}"


@pytest.mark.parametrize("way", NAMED)
def test_nothing_is_printed_from_memory_that_reads_what_has_changed(way: str, tmp_path: Path) -> None:
    small = _chart(tmp_path, NAMED[way])
    helms = [_outcome(values, True, chart=small) for values in VALUES]
    rendered = [number for number, text in enumerate(helms) if not text.startswith("refused: ")]
    assert len(rendered) > 3, helms[0]
    numbers = range(len(VALUES))
    findings = Findings()
    # Forwards, backwards, and in steps, so that each follows several others.
    for number in [*numbers, *reversed(numbers), *itertools.chain(*(numbers[start::5] for start in range(5)))]:
        with findings.of(json.dumps(VALUES[number])):
            assert _outcome(VALUES[number], False, chart=small) == helms[number]
    remembering = [chart.render(VALUES[number], chart=small).from_memory for number in rendered]
    assert remembering.count(True) > 3
    findings.settle()


@pytest.mark.parametrize("way", ["the release", "the version"])
def test_nothing_is_printed_from_memory_for_another_release_or_cluster(way: str, tmp_path: Path) -> None:
    small = _chart(tmp_path, NAMED[way])
    requests: list[dict[str, Any]] = [
        {},
        {"release": "other"},
        {"kubernetes": "1.34.0"},
        {"api_versions": ["a/v1"]},
        {"is_upgrade": True},
    ]
    seen = set()
    for request in [*requests, *reversed(requests)]:
        assert _outcome({}, False, chart=small, **request) == _outcome({}, True, chart=small, **request)
        seen.add(_outcome({}, False, chart=small, **request))
    assert len(seen) == 3
