{{- /* With whom the pods talk, as both flavors of policies need it. */ -}}

{{- /* Port of the OpenTelemetry collector that the operator pushes to; "" when it pushes nothing, or to its own pod.
Not urlParse: what it cannot read ends the rendering without a sentence. */ -}}
{{- define "keda.networkPolicy.collectorPort" -}}
{{- if .Values.opentelemetry.operator.enabled -}}
{{- with .Values.opentelemetry.collector.uri -}}
{{- $authority := regexReplaceAll "^[A-Za-z]+://" . "" | regexFind "^[^/?#]*" -}}
{{- if not (regexMatch "^(localhost|127\\.0\\.0\\.1|\\[::1\\])(:|$)" $authority) -}}
{{- regexFind ":[0-9]+$" $authority | trimPrefix ":" | default (hasPrefix "https:" . | ternary "443" "80") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
