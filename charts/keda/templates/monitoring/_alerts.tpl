{{- /* Default alerts. Every metric here is exported by KEDA 2.21.0 or, for the APIService, by the API server. */ -}}

{{- define "keda.monitoring.alerts.operator" -}}
- alert: KedaScalerErrors
  expr: sum by (exported_namespace, scaledObject, scaler) (rate(keda_scaler_detail_errors_total[5m])) > 0
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: A scaler has been failing for 15 minutes
    description: {{ "Scaler {{ $labels.scaler }} of {{ $labels.exported_namespace }}/{{ $labels.scaledObject }} returns errors; its workload is not scaled." | quote }}
- alert: KedaNoOperatorLeader
  expr: absent(leader_election_master_status{{ printf "{name=%q}" (include "keda.operator.leaseName" . | default "operator.keda.sh") }} == 1)
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: No KEDA operator holds the lease
    description: Nothing is scaled and the metrics API server gets no answers until an operator becomes leader.
{{- if .Values.metricsServer.enabled }}
- alert: KedaExternalMetricsAPIDown
  expr: {{ printf "aggregator_unavailable_apiservice{name=%q} == 1" (include "keda.names.apiService" .) | quote }}
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: The external metrics API is unavailable
    description: The API server cannot reach or does not trust the metrics API server; HPAs made by KEDA stop. Check the CA bundle of the APIService.
{{- end }}
{{- if include "keda.certificates.byOperator" . }}
- alert: KedaCertificateRotationErrors
  expr: increase(controller_runtime_reconcile_errors_total{controller="cert-rotator"}[15m]) > 0
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: The operator cannot write its certificates
    description: The serving Secret or a CA bundle is not being updated; connections fail when the present certificate expires.
{{- end }}
{{- end -}}

{{- define "keda.monitoring.alerts.admission-webhooks" -}}
- alert: KedaWebhookCertificateReadErrors
  expr: increase(certwatcher_read_certificate_errors_total[15m]) > 0
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: The admission webhooks cannot read their certificate
    description: The old certificate is served until it expires; then admission requests fail.
{{- end -}}
