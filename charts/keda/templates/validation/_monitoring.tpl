{{- define "keda.validation.monitoring" -}}
{{- range include "keda.component.keys" . | fromJsonArray -}}
{{- include "keda.validation.monitors" (list $ .) -}}
{{- end -}}
{{- $metricServer := .Values.prometheus.metricServer -}}
{{- if and .Values.metricsServer.enabled (or (eq $metricServer.portName "https") (eq $metricServer.portName "profiling")) }}
  - prometheus.metricServer.portName: the pod has a port named {{ $metricServer.portName }} already; choose another name
{{- end -}}
{{- if and .Values.metricsServer.enabled $metricServer.enabled (eq (int $metricServer.port) (int .Values.service.portHttps)) }}
  - prometheus.metricServer.port: the Service has port {{ int .Values.service.portHttps }} already, from service.portHttps; give each its own
{{- end -}}
{{- if and .Values.webhooks.enabled .Values.prometheus.webhooks.enabled (eq (int .Values.prometheus.webhooks.port) 443) }}
  - prometheus.webhooks.port: the Service has port 443 already, for the webhooks themselves; choose another port
{{- end -}}
{{- end -}}

{{- /* Input: list of root and component key. */ -}}
{{- define "keda.validation.monitors" -}}
{{- $key := index . 1 -}}
{{- $podKey := (include "keda.component" . | fromJson).podKey -}}
{{- $prometheus := index (index . 0).Values.prometheus $podKey -}}
{{- range $kind := list "serviceMonitor" "podMonitor" "prometheusRules" -}}
{{- if and (index $prometheus $kind | default dict).enabled (not $prometheus.enabled) }}
  - prometheus.{{ $podKey }}.{{ $kind }}.enabled: there are no metrics to read while prometheus.{{ $podKey }}.enabled is false; set that to true
{{- end -}}
{{- end -}}
{{- if and $prometheus.serviceMonitor.enabled $prometheus.podMonitor.enabled }}
  - prometheus.{{ $podKey }}: serviceMonitor and podMonitor are both enabled, so each pod would be scraped twice; keep one
{{- end -}}
{{- $servicePorts := list (eq $key "operator" | ternary "metricsservice" "https") (include "keda.monitoring.portName" (dict "key" $key "prometheus" $prometheus)) -}}
{{- if and $prometheus.serviceMonitor.enabled (not $prometheus.serviceMonitor.targetPort) (not (has ($prometheus.serviceMonitor.port | default (last $servicePorts)) $servicePorts)) }}
  - prometheus.{{ $podKey }}.serviceMonitor.port: the Service has no port named {{ $prometheus.serviceMonitor.port }}; use {{ last $servicePorts }}
{{- end -}}
{{- end -}}
