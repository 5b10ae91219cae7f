"""What the suite's renderer reads by itself, it reads as Helm does: rendered documents, values, a chart's schema.

The charts here are made to mislead what it spares or remembers; test_helm_equality.py asks the same of the real chart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

from tests.support import chart, helm, strict_yaml
from tests.support.chart import Rendering, refusal, render

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: first\n"
OTHER = "apiVersion: v1\nkind: Service\nmetadata:\n  name: second\n"
HOOK = 'metadata: {name: hook, annotations: {"helm.sh/hook": pre-install, "helm.sh/hook-weight": "3"}}\n'
LONG = json.dumps({"words": ["word"] * 2000})


@pytest.fixture(autouse=True)
def _helm_leaves_its_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of what a process of Helm computes is the collection of garbage that ends with it; its output is the same."""
    monkeypatch.setenv("GOGC", "off")


def _chart(
    folder: Path,
    templates: Mapping[str, str],
    values: Mapping[str, Any] | None = None,
    schema: Mapping[str, Any] | None = None,
) -> Path:
    """A chart of these templates. It has a schema: the renderer has its shortcuts for charts with one."""
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: small\nversion: 1.0.0\n")
    (folder / "values.yaml").write_text(json.dumps(values or {}))
    (folder / "values.schema.json").write_text(json.dumps(schema or {}))
    for name, text in templates.items():
        (folder / "templates" / name).write_text(text)
    return folder


def _went_the_short_way(rendering: Rendering) -> bool:
    """Helm's own action gives the text as a whole, the renderer's shortcuts documents."""
    return "text" not in vars(rendering)


def _same_as_helm(folder: Path, values: Mapping[str, Any] | None = None) -> None:
    """Twice: the second time, all that can be remembered is."""
    printed = helm.template("helm4", values, chart=folder)
    for _ in range(2):
        if printed.code:
            assert refusal(values, chart=folder) == printed.error
            continue
        rendering = render(values, chart=folder)
        assert _went_the_short_way(rendering)
        # A process's output is read with one kind of line ends.
        assert rendering.text.replace("\r\n", "\n") == printed.out
        _says_what_its_text_says(rendering)


def _says_what_its_text_says(rendering: Rendering) -> None:
    assert rendering.own_parts
    for part in rendering.own_parts:
        try:
            expected = strict_yaml.parse(part.text)
        except yaml.YAMLError:
            expected = None
        if isinstance(expected, dict):
            # In JSON keys are texts.
            assert part.object == json.loads(json.dumps(expected))
        else:
            with pytest.raises(AssertionError, match=r"not strict YAML|not an object"):
                assert part.object


DOCUMENTS = {
    "two-in-one-file": f"{OTHER}---\n{CONFIG_MAP}",
    "in-another-order-than-that-of-kinds": f"kind: B\n---\n{OTHER}---\nkind: Deployment\n---\nkind: A\n---\n{CONFIG_MAP}",
    "the-same-twice": f"{OTHER}---\n{OTHER}",
    "text-behind-the-dashes": f"---{OTHER}--- \t{CONFIG_MAP}",
    "many-dashes": "------\n",
    "dashes-twice-on-a-line": f"--- ---\n{OTHER}",
    "dashes-behind-dashes": f"---\n---\n\n---\n{OTHER}---\n",
    "dashes-in-a-text": "kind: Note\ntext: |\n  a\n  --- b\n\n  ---\n",
    "dashes-that-end-a-text": "kind: Note\ntext: |\n  a\n---\nkind: Other\n",
    "nothing-but-comments": "# one\n# two\n",
    "comments-between": f"# one\n---\n# two\n{OTHER}# three\n---\n# four\n",
    "space-around": f"\n  \n\t\n{OTHER}\n\n  \n",
    "line-ends-of-another-system": "kind: Note\r\ntext: a\r\n",
    "end-mark": f"{OTHER}...\nkind: Lost\n",
    "version-line": f"%YAML 1.1\n---\n{OTHER}",
    "text-that-keeps-its-end": "kind: Zeta\ntext: |+\n  a\n\n\n",
    "text-that-keeps-its-end-before-others": "kind: Namespace\ntext: |+\n  a\n",
    "text-without-an-end-before-others": "kind: Namespace\ntext: |\n  a",
    "list-item-that-keeps-its-end": "kind: Zeta\ntexts:\n- >+\n  a\n\n\n",
    "text-that-ends-in-space": "kind: Zeta\ntext: |\n  a  \n  \n",
    "value-that-ends-in-space": "kind: Zeta\ntext: a  \n\n",
    "quoted-text-that-ends-late": 'kind: Zeta\ntext: "a\n\n\n  b"\n\n',
    "hook": f"kind: Job\n{HOOK}",
    "hook-among-others": f"{OTHER}---\nkind: Job\n{HOOK}---\n{CONFIG_MAP}---\nkind: Service\n{HOOK}",
    "hook-in-pieces": 'kind: Job\nmetadata:\n  annotations:\n    ? "helm.sh/\\\n      hook"\n    : post-install\n',
    "hook-by-alias": 'x: &x {"helm.sh/hook": test}\nkind: Job\nmetadata: {annotations: *x}\n',
    "hook-by-merge-key": 'x: &x {"helm.sh/hook": test}\nkind: Job\nmetadata: {annotations: {<<: *x}}\n',
    "hook-in-capitals": 'kind: Job\nMetadata: {Annotations: {"helm.sh/hook": test}}\n',
    "hook-of-no-kind": "metadata: {annotations: {helm.sh/hook: sometimes}}\nkind: Job\n",
    "hook-that-is-a-number": "metadata: {annotations: {helm.sh/hook: 1}}\nkind: Job\n",
    "other-annotation-of-helm": "metadata: {annotations: {helm.sh/hook-weight: '1'}}\nkind: Job\n",
    "annotation-that-is-a-number": "metadata: {annotations: {a: 1, b: 1e3, c: true, d: null}}\nkind: Job\n",
    "annotation-that-is-a-list": "metadata: {annotations: {a: []}}\nkind: Job\n",
    "no-annotations": "metadata: {annotations: null}\nkind: Job\n",
    "no-metadata": "metadata: null\nkind: Job\n",
    "metadata-that-are-a-text": "metadata: text\nkind: Job\n",
    "name-that-is-a-number": "metadata: {name: 12}\nkind: Job\n",
    "kind-that-is-a-number": "kind: 12\n",
    "kind-that-is-a-switch": "kind: on\n---\nkind: Yes\n",
    "kind-in-capitals": f"KIND: Unheard\n---\n{OTHER}",
    "kind-twice": f"kind: Unheard\nkind: Deployment\n---\n{OTHER}",
    "kind-twice-in-other-capitals": f"kind: Unheard\nKind: Deployment\n---\n{OTHER}",
    "no-kind": f"a: 1\n---\n{OTHER}",
    "a-key-twice-below": f"kind: Unheard\na: {{b: 1, b: 2}}\n---\n{OTHER}",
    "a-list": "- a\n- b\n",
    "a-text": "nothing else\n",
    "no-number": "kind: Note\na: .nan\n",
    "endless-number": "kind: .inf\n",
    "keys-that-are-no-texts": "kind: Note\n2: a\n1.5: b\ntrue: c\n",
    "a-list-as-key": "kind: Note\n[a]: b\n",
    "broken": "kind: [\n",
    "broken-by-a-tab": "kind: Note\na:\n\tb: 1\n",
    "broken-indentation": "kind: Note\n  a: 1\n",
    "byte-order-mark": "\ufeffkind: Note\n",
    "date": "kind: 2001-12-14\na: 2001-12-14\nb: 2001-12-14t21:59:43.10-05:00\n",
    "numbers": "kind: Note\na: [0x1F, 017, 0o17, 0b11, 1_000, +1, -0, 1e3, .5, 5., 1:30, 12345678901234567890, 1e400, 08, ~]\n",
    "texts-by-tag": 'kind: !!str 12\na: !!str 1.0\nb: !!int "3"\n',
    "words": "kind: Note\na: [y, Yes, ON, null, Null, ~, nil, None, tRUE, yEs, o, nUll]\nb: y\nc: off\nd: NULL\ne: no way\n",
    "words-as-keys": "kind: Note\na: {'y': 1, \"on\": 2}\n'no': 3\n\"null\": 4\n",
    "words-as-bare-keys": "kind: Note\nyes: 1\nnull: 2\n",
    "numbers-by-line": "kind: Note\na: 1\nb: -1\nc: 0\nd: -0\ne: 01\nf: 1_0\ng: 1.0\nh: 1e3\ni: 0x1F\nj: 0b1\nk: .5\nl: +1\n",
    "values-like-numbers-by-line": "kind: Note\nm: 1.2.3\nn: 10m\no: 2001-01-01\np: 12:30:45\nq: 123456789012345678\n"
    "r: 1234567890123456789\ns: 12345678901234567890\nt: -0b1\nu: 0o7\n",
    "texts-by-line": "kind: Note\na: --flag=$(B):c\nb: /a/b\nc: $(A)\nd: (a) b\ne: a #b\nf: a#b\ng: a:b\nh: .svc\n"
    "i: .inf\nj: _a\nk: a, b]}\n",
    "texts-in-quotes": "kind: Note\na: \"b: c #d\"\nb: 'e: f #g'\nc: \"\\\\ \\\" \\n \\t\"\nd: 'it''s'\n"
    'e: "\\x41 \\u0041 \\/"\nf: ""\ng: \'\'\n',
    "text-in-quotes-and-more": 'kind: Note\na: "b" c\n',
    "text-in-quotes-and-comment": "kind: Note\na: \"b\" # c\nb: 'd' # e\nc: f # g\nd: # h\ne:\n  # i\n  - j # k\n",
    "text-over-lines": "kind: Note\na: b\n  c\nd: 'e\n  f'\ng: \"h\n  i\"\nj:\n  k\n  l\n",
    "text-that-looks-like-a-mapping": "kind: Note\na: b: c\n",
    "text-that-begins-like-a-list": "kind: Note\na: - b\n",
    "list-at-the-top": "- kind: Note\n- a: b\n  c:\n  - d\n",
    "list-at-the-top-and-more": "- kind: Note\nkind: Note\n",
    "lists": "kind: Note\na:\n- b\n- c: d\n  e: f\n-   g: h\n    i:\n    - j\nk:\n  - l\n  -\n    m: n\n  - - o\n"
    "    - p\n  - []\n  - {}\n",
    "list-that-ends-in-a-key": "kind: Note\na:\n- b:\n- c:\nd:\ne:\n  f:\n  g:\n",
    "list-below-a-text": "kind: Note\na: b\n- c\n",
    "brackets": "kind: Note\na: [b, 'c', \"d\", 1, [e, {f: g}], {h: [], i: {}}, -1, ]\nj: {k: l, m: , n}\no: [p: q]\n",
    "brackets-on-one-line": 'kind: Note\na: [b, "c", 1, [d, {e: f}], {g: [], h: {}}]\ni: {j: k, "l":1, "m": "n"}\no: [ p , q ]\n'
    "r: {  }\n",
    "brackets-with-a-key-twice": "kind: Note\na: {b: 1, b: 2}\n",
    "brackets-with-a-comma-at-the-end": "kind: Note\na: {b: c,}\nd: {e: f, }\n",
    "brackets-of-json-with-a-comma-at-the-end": 'kind: Note\na: {"b":1,}\n',
    "brackets-of-a-list-with-a-comma-at-the-end": "kind: Note\na: [b,]\n",
    "brackets-with-a-comma-at-the-beginning": "kind: Note\na: {, b: c}\n",
    "brackets-with-two-commas": "kind: Note\na: {b: c,, d: e}\n",
    "brackets-over-lines": "kind: Note\na: [b,\n  c]\nd: {e: f,\n  g: h}\n",
    "brackets-and-more": "kind: Note\na: [b] c\n",
    "brackets-without-a-space": "kind: Note\na: {b:c, d:1}\ne: [f:g]\n",
    "brackets-that-stay-open": "kind: Note\na: [b\nc: d\n",
    "literal-texts": "kind: Note\na: |\n  b\n    c\n\n  d\n\n\ne: |-\n  f # g\n  # h\n\ni:\n- |\n  j\n- k: |-\n    l\n  m: n\n",
    "literal-text-with-space-in-it": "kind: Note\na: |\n  b\n     \n  c  \n \n",
    "literal-text-that-is-empty": "kind: Note\na: |\nb: |-\n\nc: d\n",
    "literal-text-that-begins-late": "kind: Note\na: |\n\n  b\nc: |\n    \n  d\n",
    "literal-text-with-less-indentation": "kind: Note\na: |\n    b\n  c\n",
    "literal-text-with-a-comment-below": "kind: Note\na: |\n    b\n  # c\nd: e\n",
    "literal-text-with-its-indentation": "kind: Note\na: |2\n    b\nc: >-\n  d\n  e\nf: |+\n  g\n\n",
    "indentation-that-changes": "kind: Note\na:\n    b: c\n  d: e\n",
    "indentation-below-a-text": "kind: Note\na: b\n  c: d\n",
    "indentation-of-the-whole": "  kind: Note\n  a: b\n",
    "key-with-a-space": "kind: Note\na b: c\n",
    "key-without-a-value": "kind: Note\na\n",
    "key-before-a-space": "kind: Note\na : b\n",
    "characters-beyond-ascii": "kind: Note\na: \u00e4\nb: \U0001f511\nc: |\n  \u2028\n",
    "no-line-end": "kind: Note\na: b",
    "no-line-end-of-a-literal-text": "kind: Note\na: |\n  b",
    "long-line": f"kind: Zeta\nspec: {LONG}\n",
    "long-line-in-the-middle": f"kind: Zeta\nspec: {LONG}\nmetadata: {{name: last}}\n",
    "long-line-twice": f"kind: Zeta\nspec: {LONG}\nspec: {LONG}\n",
    "long-lines": f"kind: Zeta\nspec: {LONG}\nstatus: {LONG}\n",
    "long-line-that-goes-on": f"kind: Zeta\nspec: {LONG}\n  more\n",
    "long-line-in-a-text": f"kind: Zeta\ntext: |\n  a\n  spec: {LONG}\n",
    "long-line-in-a-quoted-text": f"kind: 'Zeta\nspec: {LONG}\n'\n",
    "long-line-in-a-quoted-text-beside-one": f"kind: 'Zeta\nspec: {LONG}\n'\n\"spec\": 1\n",
    "long-line-in-a-plain-text": f"kind: Zeta\na:\n  b\nspec: {LONG}\n",
    "long-line-in-a-list": f"kind: Zeta\na: [\nspec: {LONG}\n]\n",
    "long-line-alone": f"---\nspec: {LONG}\n",
    "long-line-that-is-no-json": f"kind: Zeta\nspec: {LONG[:-1]}, a: b}}\n",
    "long-line-that-is-no-yaml": f'kind: Zeta\nspec: {LONG[:-1]}, "a": "\\ud83d\\udd11"}}\n',
    "long-line-with-a-key-twice": f'kind: Zeta\nspec: {LONG[:-1]}, "words": 1}}\n',
    "long-line-of-the-head": f"kind: Zeta\napiversion: {LONG}\n",
    "long-line-with-a-hook": f'kind: Zeta\nmetadata: {{"annotations": {{"helm.sh/hook": "test", "long": "{"x" * 12000}"}}}}\n',
    "long-line-as-last": f"kind: Zeta\nspec: {LONG}\n\n\n",
}


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_no_document_is_taken_for_another_than_helm_takes_it_for(text: str, tmp_path: Path) -> None:
    literal = "{{ .Files.Get `text` }}"
    folder = _chart(tmp_path, {"first.yaml": CONFIG_MAP, "text.yaml": literal})
    (folder / "text").write_text(text, newline="")
    _same_as_helm(folder)


def test_what_helm_logs_of_a_document_it_logs_each_time(tmp_path: Path) -> None:
    text = "metadata: {annotations: {helm.sh/hook: sometimes}}\nkind: Job\n"
    folder = _chart(tmp_path, {"first.yaml": CONFIG_MAP, "text.yaml": text})
    for _ in range(2):
        quick, slow = (render(chart=folder, helm_only=helm_only).warnings for helm_only in (False, True))
        assert quick == slow
        assert any("skipping unknown hooks" in line for line in quick)


def test_a_file_that_changes_in_one_document_keeps_the_others(tmp_path: Path) -> None:
    folder = _chart(tmp_path, {"text.yaml": f"{OTHER}---\nkind: Note\ntext: {{{{ .Values.text }}}}\n---\n{CONFIG_MAP}"})
    for text in ("a", "b", "a", "{helm.sh/hook: test}", "b"):
        _same_as_helm(folder, {"text": text})


# Each is the text of a JSON value.
NUMBERS = [
    # Whole.
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "123456789",
    "999999999999999",
    "1000000000000000",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890",
    # With a point or an exponent.
    "0.5",
    "-0.5",
    "0.0",
    "-0.0",
    "1.0",
    "1.50",
    "100.0",
    "1e3",
    "1E3",
    "1e+3",
    "1e-3",
    "1.5e3",
    "-1e3",
    "0e0",
    "-0e0",
    "-0E1",
    "1e22",
    "1e23",
    "1e-7",
    "1e-400",
    "-1e-400",
    "1e400",
    "-1e400",
    "1e308",
    "5e-324",
    "0.1",
    "0.30000000000000004",
    "3.4028235e38",
    "1.7976931348623157e308",
    "2001e-12",
    "1234e-1",
    # No JSON.
    "007",
    ".5",
    "5.",
    "+1",
    "1_000",
    "0x10",
    "0b1",
    "0o7",
    "1:30",
    "NaN",
    "Infinity",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_is_another_one_than_to_helm(number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _read_as_helm_reads(f'{{"section": {{"is": {number}, "list": [{number},{number}]}}}}', tmp_path, monkeypatch)


TEXTS = {
    "plain": '"a"',
    "spaced": ' "a"  ',
    "quotes": r'"\"a\" \\ \n \t \r \b \f \u0041 \u0085 \u2028 \ufeff"',
    "slash": r'"\/"',
    "beyond-16-bits": '"\U0001f511"',
    "two-halves": r'"\ud83d\udd11"',
    "half": r'"\ud83d"',
    "half-in-capitals": r'"\uD83D"',
    "null-character": r'"\u0000"',
    "next-line": '"a\u0085b"',
    "line-separator": '"a\u2028b"',
    "byte-order-mark": '"a\ufeffb"',
    "no-character": '"a\uffffb"',
    "hard-space": '"a\u00a0b"',
    "delete": '"a\x7fb"',
    "control": '"a\x80b"',
    "tab": '"a\tb"',
    "tab-between": "[1,\t2]",
    "lines": "[1,\n2]",
    "dashes-on-a-line": "[1,\n--- 2]",
    "words": '["yes", "no", "on", "null", "~", "1e3", "0x1", "=", "<<", "2001-12-14", "*a", "&a", "!a", "%a", "@a", "`a"]',
    "keys": '{"yes": 1, "no": 2, "1": 3, "null": 4, "<<": {"a": 5}, "=": 6, "": 7, "a b": 8, "a: b": 9, "a #b": 10}',
    "merge-key": '{"a": 1, "<<": {"a": 2, "b": 3}}',
    "key-twice": '{"a": {"b": 1}, "a": {"c": 2}}',
    "no-space": '{"a":{"b":[{"c":null},true,-1]}}',
    "long-key": f'{{"{"k" * 899}": 1}}',
    "too-long-key": f'{{"{"k" * 1100}": 1}}',
    "too-long-key-and-space": f'{{"{"k" * 1100}"   : 1}}',
    "long-text": f'"{"k" * 5000}"',
    "null": "null",
    "nothing": "",
    "one-quote": "'a'",
    "comment": "1 # a",
    "anchor": "&a 1",
    "bare": "a",
    "comma-at-end": "[1,]",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_is_another_one_than_to_helm(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _read_as_helm_reads(f'{{"section": {text}}}', tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "text", ["null", "{}", "[]", '"a"', "1", "{", '{"section": 1, "section": 2}', '{"section": 1} {}']
)
def test_no_values_are_other_ones_than_to_helm(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _read_as_helm_reads(text, tmp_path, monkeypatch)


def _read_as_helm_reads(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer of values of this very text, in a chart that prints value and type of all that it got."""
    walk = (
        '{{- define "walk" }}({{ typeOf . }} {{ if kindIs "map" . }}{{ range $key, $below := . }}{{ $key | quote }}='
        '{{ include "walk" $below }}{{ end }}{{ else if kindIs "slice" . }}{{ range . }}{{ include "walk" . }}{{ end }}'
        '{{ else }}{{ . }} {{ toJson . }} {{ printf "%v" . }}{{ end }}){{ end }}'
    )
    copy = _chart(
        folder / "chart",
        {"_walk.tpl": walk, "text.yaml": 'kind: Note\ntext: {{ include "walk" .Values.section | toJson }}\n'},
        {"section": {"is": "default", "other": 0.5}},
    )
    layer = folder / "values.yaml"
    layer.write_text(text, newline="")
    # Helm's own action, of a file: that is what it is to Helm.
    expected = _outcome(copy, [layer], helm_only=True).replace(str(layer), "values")
    if _is_json_on_one_line(text):
        monkeypatch.setattr(chart, "values_text", lambda _: text)
        assert _outcome(copy, [], helm_only=False) == expected
    else:
        # No request, but it may stand in a file.
        assert _outcome(copy, [layer], helm_only=False).replace(str(layer), "values") == expected


def _outcome(folder: Path, files: Sequence[Path], *, helm_only: bool) -> str:
    try:
        return render(files=files, chart=folder, helm_only=helm_only).text
    except chart.ChartRefused as refused:
        return str(refused)


def _is_json_on_one_line(text: str) -> bool:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return "\n" not in text


SECTION = {"type": "object", "properties": {"size": {"type": "integer", "maximum": 10}}, "additionalProperties": False}
SCHEMAS: dict[str, dict[str, Any]] = {
    "sections": {"properties": {"one": SECTION, "two": SECTION}},
    "closed": {"type": "object", "properties": {"one": SECTION}, "additionalProperties": False},
    "others-have-a-schema": {
        "properties": {"one": SECTION},
        "additionalProperties": {"type": "object", "minProperties": 1},
    },
    "patterns": {"properties": {"one": SECTION}, "patternProperties": {"o": {"minProperties": 1}}},
    "names": {"properties": {"one": SECTION}, "propertyNames": {"enum": ["one", "two"]}},
    "required": {"properties": {"one": SECTION}, "required": ["two"]},
    "sections-that-agree": {
        "properties": {"one": SECTION},
        "if": {
            "properties": {"one": {"properties": {"size": {"const": 1}}, "required": ["size"]}},
            "required": ["one"],
        },
        "then": {"required": ["two"]},
    },
    "sections-by-reference": {
        "$defs": {"section": SECTION},
        "properties": {"one": {"$ref": "#/$defs/section"}, "two": {"$ref": "#/properties/one"}},
    },
    "reference-to-the-whole": {"properties": {"one": SECTION, "two": {"$ref": "#"}}, "additionalProperties": False},
    "references-by-name": {
        "properties": {"one": {"$ref": "#word"}, "two": {"$anchor": "word", **SECTION}},
    },
    "reference-by-way": {
        "$dynamicAnchor": "here",
        "properties": {"one": {"$dynamicRef": "#here"}, "two": SECTION, "size": {"maximum": 4}},
        "unevaluatedProperties": False,
    },
    "reference-beside-others-in-an-old-draft": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": "#/definitions/all",
        "definitions": {"all": {"properties": {"two": SECTION}}},
        "properties": {"one": {"not": {}}},
    },
    "nothing-unevaluated": {"allOf": [{"properties": {"one": SECTION}}], "unevaluatedProperties": False},
    "dependent": {"properties": {"one": SECTION}, "dependentRequired": {"one": ["two"]}},
    "no-section-allowed": {"properties": {"one": False}},
}
VALUES: list[dict[str, Any]] = [
    {},
    {"one": {"size": 1}},
    {"one": {"size": 1}, "two": {"size": 1}},
    {"one": {"size": 11}, "two": {"size": 1}},
    {"one": {"size": 5}, "two": {"size": 11}},
    {"one": {"size": 5}, "two": {"one": {"size": 11}}},
    {"one": {"one": {"size": 5}}},
    {"one": {"width": 1}},
    {"one": {}, "three": {}},
    {"one": None},
    {"one": None, "two": None, "four": None},
    {"one": [], "two": "text"},
    {"one": {"size": None}, "two": {"size": 1.0}},
    {"default": None},
    {"default": {"size": None, "more": {"kept": 1}}},
    {"default": 1},
    {"default": {"more": 2}},
]


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@pytest.mark.parametrize("default", ["default", "one"])
def test_no_section_is_judged_or_merged_otherwise_than_with_all_others(
    schema: Mapping[str, Any], default: str, tmp_path: Path
) -> None:
    folder = _chart(
        tmp_path,
        {"text.yaml": "kind: Note\nvalues: {{ .Values | toJson }}\n"},
        {default: {"size": 3, "more": {"a": None, "b": {"c": None}}}, "nothing": None}
        if default == "default"
        else {"one": {"size": 3}},
        schema,
    )
    outcomes = set()
    for values in [*VALUES, *reversed(VALUES)]:
        quick, slow = (_sorted_outcome(folder, values, helm_only=helm_only) for helm_only in (False, True))
        assert quick == slow
        outcomes.add(quick)
    assert len(outcomes) > 1


def _sorted_outcome(folder: Path, values: Mapping[str, Any], *, helm_only: bool) -> tuple[str, ...]:
    try:
        rendering = render(values, chart=folder, helm_only=helm_only)
    except chart.ChartRefused as refused:
        # The schema's library walks through Go's maps: problems beside each other, and names in one, come in any order.
        return tuple(sorted(str(refused).replace(",", " ").split()))
    return (rendering.text, *sorted(rendering.warnings))


def test_a_schema_that_is_written_anew_judges_what_the_one_before_took(tmp_path: Path) -> None:
    values = {"one": {"size": 7}}
    folder = _chart(tmp_path, {"text.yaml": CONFIG_MAP}, schema={"properties": {"one": SECTION}})
    assert render(values, chart=folder).text
    _chart(tmp_path, {}, schema={"properties": {"one": {"properties": {"size": {"maximum": 6}}}}})
    assert "maximum: got 7, want 6" in refusal(values, chart=folder)


def test_defaults_that_are_written_anew_are_merged_with_what_was_merged_before(tmp_path: Path) -> None:
    folder = _chart(tmp_path, {"text.yaml": "kind: Note\nvalues: {{ .Values | toJson }}\n"}, {"one": {"a": 1}})
    assert '{"one":{"a":1,"b":2}}' in render({"one": {"b": 2}}, chart=folder).text
    (folder / "values.yaml").write_text(json.dumps({"one": {"a": 33}}))
    assert '{"one":{"a":33,"b":2}}' in render({"one": {"b": 2}}, chart=folder).text


@pytest.mark.parametrize(
    "change",
    [
        'set .Values.one "a" 2',
        'unset .Values.one "b"',
        'mergeOverwrite .Values.one (dict "c" 3)',
        'mergeOverwrite .Values.one.below (dict "d" 4)',
        'set (index .Values.one.list 0) "e" 5',
        'set (first .Values.one.list) "e" 5',
        'set .Values "one" 6',
        'set .Chart "name" "changed"',
        'set .Release "Name" "changed"',
        'set (merge (dict) .Values.one).below "f" 7',
        'set (deepCopy .Values.one) "g" 8',
        'set (omit .Values.one "b").below "h" 9',
    ],
)
def test_what_a_template_changes_is_as_it_was_in_the_next_rendering(change: str, tmp_path: Path) -> None:
    show = "{{ list .Values .Release .Chart.Name | toJson }}"
    folder = _chart(
        tmp_path,
        {"text.yaml": f"kind: Note\nbefore: {show}\n{{{{ $_ := {change} }}}}after: {show}\n"},
        {"one": {"a": 1, "b": 1, "below": {"x": 1}, "list": [{"y": 1}]}},
    )
    printed = helm.template("helm4", {"one": {"z": 1}}, chart=folder)
    assert printed.code == 0, printed.log
    for _ in range(2):
        assert render({"one": {"z": 1}}, chart=folder).text == printed.out
