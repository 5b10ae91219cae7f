{{- define "keda.metrics-apiserver.args" -}}
{{- $v := .Values -}}
- --port={{ $v.prometheus.metricServer.port | int }}
- --secure-port={{ $v.service.portHttpsTarget | int }}
{{- /* Of several operators only the leading one answers. The ClusterIP is a lottery, and gRPC waits longer after each blank; of the
addresses of a headless Service it tries one after the other. */}}
{{- if include "keda.names.operatorReplicas" . }}
- --metrics-service-address={{ include "keda.names.operatorReplicas" . }}.{{ .Release.Namespace }}.svc.{{ $v.clusterDomain }}:{{ $v.operator.metricsServicePort | int }}
- --metrics-service-grpc-authority={{ include "keda.names.operatorHost" . }}
{{- else }}
- --metrics-service-address={{ include "keda.names.operatorHost" . }}:{{ $v.operator.metricsServicePort | int }}
{{- end }}
- {{ printf "--cert-dir=%s" $v.certificates.mountPath | quote }}
- {{ printf "--tls-cert-file=%s/tls.crt" $v.certificates.mountPath | quote }}
- {{ printf "--tls-private-key-file=%s/tls.key" $v.certificates.mountPath | quote }}
{{ include "keda.tls.flags" . }}
- --disable-compression={{ $v.metricsServer.disableCompression }}
- --zap-log-level={{ $v.logging.metricServer.zapLevel }}
- --zap-encoder={{ $v.logging.metricServer.zapEncoder }}
- --zap-time-encoding={{ $v.logging.metricServer.zapTimeEncoding }}
{{- /* Deprecated flags of the binary, each with a warning at start: only when somebody asks for them. */}}
{{- if gt (int $v.logging.metricServer.level) 0 }}
- --v={{ int $v.logging.metricServer.level }}
{{- end }}
{{- if ne $v.logging.metricServer.stderrthreshold "ERROR" }}
- --stderrthreshold={{ $v.logging.metricServer.stderrthreshold }}
{{- end }}
{{- if $v.profiling.metricsServer.enabled }}
- --profiling-bind-address=:{{ $v.profiling.metricsServer.port | int }}
{{- end }}
{{- end -}}

{{- define "keda.metrics-apiserver.env" -}}
- name: WATCH_NAMESPACE
{{- with include "keda.watch.namespaces" . | fromJsonArray | join "," }}
  value: {{ . | quote }}
{{- end }}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: metadata.namespace
{{ include "keda.tls.env" . }}
{{- end -}}

{{- define "keda.metrics-apiserver.ports" -}}
- name: https
  containerPort: {{ .Values.service.portHttpsTarget | int }}
  protocol: TCP
{{- /* The binary listens here whether metrics are wanted or not. */}}
- name: {{ .Values.prometheus.metricServer.portName }}
  containerPort: {{ .Values.prometheus.metricServer.port | int }}
  protocol: TCP
{{- if .Values.profiling.metricsServer.enabled }}
- name: profiling
  containerPort: {{ .Values.profiling.metricsServer.port | int }}
  protocol: TCP
{{- end }}
{{- end -}}

{{- define "keda.metrics-apiserver.probe" -}}
{{- include "keda.pod.probe" (dict "settings" .settings "path" .path "port" "https" "scheme" "HTTPS") -}}
{{- end -}}

{{- define "keda.metrics-apiserver.volumes" -}}
{{- end -}}

{{- define "keda.metrics-apiserver.volumeMounts" -}}
{{- end -}}
