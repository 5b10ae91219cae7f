{{- define "keda.admission-webhooks.port" -}}
{{- .Values.webhooks.port | default 9443 | int -}}
{{- end -}}

{{- define "keda.admission-webhooks.args" -}}
{{- $v := .Values -}}
- --port={{ include "keda.admission-webhooks.port" . }}
- {{ printf "--cert-dir=%s" $v.certificates.mountPath | quote }}
- --health-probe-bind-address=:{{ $v.webhooks.healthProbePort | int }}
- --metrics-bind-address={{ $v.prometheus.webhooks.enabled | ternary (printf ":%d" (int $v.prometheus.webhooks.port)) "0" }}
- --zap-log-level={{ $v.logging.webhooks.level }}
- --zap-encoder={{ $v.logging.webhooks.format }}
- --zap-time-encoding={{ $v.logging.webhooks.timeEncoding }}
{{- if $v.profiling.webhooks.enabled }}
- --profiling-bind-address=:{{ $v.profiling.webhooks.port | int }}
{{- end }}
{{- end -}}

{{- define "keda.admission-webhooks.env" -}}
{{ include "keda.tls.env" . }}
{{- end -}}

{{- define "keda.admission-webhooks.ports" -}}
- name: https
  containerPort: {{ include "keda.admission-webhooks.port" . }}
  protocol: TCP
- name: health
  containerPort: {{ .Values.webhooks.healthProbePort | int }}
  protocol: TCP
{{- if .Values.prometheus.webhooks.enabled }}
- name: metrics
  containerPort: {{ .Values.prometheus.webhooks.port | int }}
  protocol: TCP
{{- end }}
{{- if .Values.profiling.webhooks.enabled }}
- name: profiling
  containerPort: {{ .Values.profiling.webhooks.port | int }}
  protocol: TCP
{{- end }}
{{- end -}}

{{- define "keda.admission-webhooks.probe" -}}
{{- include "keda.pod.probe" (dict "settings" .settings "path" .path "port" "health" "scheme" "HTTP") -}}
{{- end -}}

{{- define "keda.admission-webhooks.volumes" -}}
{{- end -}}

{{- define "keda.admission-webhooks.volumeMounts" -}}
{{- end -}}
