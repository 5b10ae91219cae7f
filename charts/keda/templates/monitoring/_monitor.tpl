{{- /* Prometheus operator objects of a component. Input of each: list of root and component key. */ -}}

{{- /* Input: key, prometheus. */ -}}
{{- define "keda.monitoring.portName" -}}
{{- if eq .key "metrics-apiserver" -}}{{ .prometheus.portName }}{{- else -}}metrics{{- end -}}
{{- end -}}

{{- define "keda.monitoring.serviceMonitor" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $prometheus := index $root.Values.prometheus $component.podKey -}}
{{- $monitor := $prometheus.serviceMonitor -}}
{{- if and $prometheus.enabled $monitor.enabled -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.name "namespace" ($monitor.namespace | default $root.Release.Namespace) "labels" $monitor.additionalLabels) | nindent 2 }}
spec:
  {{- with $monitor.jobLabel }}
  jobLabel: {{ . | quote }}
  {{- end }}
  {{- with $monitor.targetLabels }}
  targetLabels:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $monitor.podTargetLabels }}
  podTargetLabels:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  endpoints:
    {{- /* A target port replaces the Service's port: the API takes one of the two. */}}
    {{- if $monitor.targetPort }}
    - targetPort: {{ kindIs "string" $monitor.targetPort | ternary ($monitor.targetPort | toString | quote) ($monitor.targetPort | int) }}
    {{- else }}
    - port: {{ $monitor.port | default (include "keda.monitoring.portName" (dict "key" $component.key "prometheus" $prometheus)) | quote }}
    {{- end }}
      path: /metrics
      scheme: {{ $monitor.scheme }}
      {{- with $monitor.interval }}
      interval: {{ . | quote }}
      {{- end }}
      {{- with $monitor.scrapeTimeout }}
      scrapeTimeout: {{ . | quote }}
      {{- end }}
      {{- with $monitor.tlsConfig }}
      tlsConfig:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- /* relabellings is the older spelling of the same setting. */}}
      {{- with concat ($monitor.relabelings | default list) ($monitor.relabellings | default list) }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $monitor.metricRelabelings }}
      metricRelabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
  namespaceSelector:
    matchNames:
      - {{ $root.Release.Namespace | quote }}
  selector:
    matchLabels:
      {{- include "keda.labels.selector" $component | nindent 6 }}
{{- end -}}
{{- end -}}

{{- define "keda.monitoring.podMonitor" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $prometheus := index $root.Values.prometheus $component.podKey -}}
{{- $monitor := $prometheus.podMonitor -}}
{{- if and $prometheus.enabled $monitor.enabled -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.name "namespace" ($monitor.namespace | default $root.Release.Namespace) "labels" $monitor.additionalLabels) | nindent 2 }}
spec:
  podMetricsEndpoints:
    - port: {{ include "keda.monitoring.portName" (dict "key" $component.key "prometheus" $prometheus) | quote }}
      path: /metrics
      {{- with $monitor.interval }}
      interval: {{ . | quote }}
      {{- end }}
      {{- with $monitor.scrapeTimeout }}
      scrapeTimeout: {{ . | quote }}
      {{- end }}
      {{- with $monitor.relabelings }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $monitor.metricRelabelings }}
      metricRelabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
  namespaceSelector:
    matchNames:
      - {{ $root.Release.Namespace | quote }}
  selector:
    matchLabels:
      {{- include "keda.labels.selector" $component | nindent 6 }}
{{- end -}}
{{- end -}}

{{- /* Own alerts stand beside the default ones of the component; without any of them there is no object. */ -}}
{{- define "keda.monitoring.prometheusRule" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $prometheus := index $root.Values.prometheus $component.podKey -}}
{{- $rule := $prometheus.prometheusRules -}}
{{- if and $prometheus.enabled $rule.enabled -}}
{{- $alerts := list -}}
{{- if $rule.defaultAlerts -}}
{{- range include (printf "keda.monitoring.alerts.%s" $component.key) $root | fromYamlArray -}}
{{- $override := get ($rule.overrides | default dict) .alert -}}
{{- if not $override -}}
{{- $alerts = append $alerts . -}}
{{- else if dig "enabled" true $override -}}
{{- $alerts = append $alerts (include "keda.merge" (list . (omit $override "enabled")) | fromJson) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $alerts = concat $alerts ($rule.alerts | default list) -}}
{{- if $alerts -}}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.name "namespace" ($rule.namespace | default $root.Release.Namespace) "labels" $rule.additionalLabels) | nindent 2 }}
spec:
  groups:
    - name: {{ $component.name | quote }}
      rules:
        {{- toYaml $alerts | nindent 8 }}
{{- end -}}
{{- end -}}
{{- end -}}
