"""A chart of a few lines with one helm-unittest suite, in the place where the real one stands."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = """\
{{- if .Values.enabled }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "tiny.name" . }}
data:
  {{- range $key, $value := .Values.data }}
  {{ $key }}: {{ $value | quote }}
  {{- else }}
  empty: "yes"
  {{- end }}
  {{- with .Values.note }}
  note: {{ . }}
  {{- end }}
{{- end }}
"""
HELPERS = """\
{{- define "tiny.name" -}}
{{ .Values.name | default "tiny" }}
{{- end -}}
{{- define "tiny.other" -}}
other
{{- end -}}
"""
SUITE = """\
suite: tiny
templates: [configmap.yaml]
tests:
  - it: has its name and its data
    set: {data: {a: b}}
    asserts:
      - equal: {path: metadata.name, value: tiny}
      - equal: {path: data, value: {a: b}}
  - it: says that it is empty
    asserts:
      - equal: {path: data, value: {empty: "yes"}}
"""


def write(root: Path) -> Path:
    """Write it below ``root``; the chart's folder."""
    chart = root / "charts" / "keda"
    files = {
        "Chart.yaml": "apiVersion: v2\nname: keda\nversion: 1.0.0\n",
        "values.yaml": 'enabled: true\nname: ""\ndata: {}\nnote: ""\n',
        "templates/configmap.yaml": TEMPLATE,
        "templates/_names.tpl": HELPERS,
        "tests/tiny_test.yaml": SUITE,
    }
    for name, text in files.items():
        path = chart / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return chart
