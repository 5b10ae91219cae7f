{{- /* Default alerts. docs/monitoring.md says of each what it means and what to do; schemas/keda/metrics.yaml holds every metric
that they read, as the real pods and the API server expose them.

Labels are those that the chart's monitors leave: namespace and container are the pod's, and the namespace that KEDA itself puts
on a series is exported_namespace. Other programs export series of the same names (leader_election_master_status,
certwatcher_*), and another KEDA may run in the cluster: hence a selector on every one of them. */ -}}

{{- /* Label matchers of a component's own series. Input: list of root and component key. */ -}}
{{- define "keda.monitoring.series" -}}
{{- printf "namespace=%q,container=%q" (index . 0).Release.Namespace (include "keda.component" . | fromJson).name -}}
{{- end -}}

{{- define "keda.monitoring.alerts.operator" -}}
{{- $operator := include "keda.monitoring.series" (list . "operator") -}}
- alert: KedaScalerErrors
  expr: {{ printf "sum by (exported_namespace, scaledObject, scaler) (rate(keda_scaler_detail_errors_total{%s}[5m])) > 0" $operator | quote }}
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: A scaler has been failing for 15 minutes
    description: {{ "Scaler {{ $labels.scaler }} of {{ $labels.exported_namespace }}/{{ $labels.scaledObject }} returns errors; its workload is not scaled." | quote }}
- alert: KedaScaledObjectErrors
  {{- /* A failing scaler counts here, too, and has an alert of its own. */}}
  expr: {{ printf "sum by (exported_namespace, scaledObject) (rate(keda_scaled_object_errors_total{%s}[5m])) > 0 unless on (exported_namespace, scaledObject) (sum by (exported_namespace, scaledObject) (rate(keda_scaler_detail_errors_total{%s}[5m])) > 0)" $operator $operator | quote }}
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: A ScaledObject has been failing for 15 minutes
    description: {{ "ScaledObject {{ $labels.exported_namespace }}/{{ $labels.scaledObject }} has errors before any scaler is asked; its workload is not scaled. Its events say why." | quote }}
- alert: KedaScaledJobErrors
  expr: {{ printf "sum by (exported_namespace, scaledJob) (rate(keda_scaled_job_errors_total{%s}[5m])) > 0" $operator | quote }}
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: A ScaledJob has been failing for 15 minutes
    description: {{ "ScaledJob {{ $labels.exported_namespace }}/{{ $labels.scaledJob }} has errors; no jobs are made for it. Its events say why." | quote }}
- alert: KedaNoOperatorLeader
  expr: {{ printf "absent(leader_election_master_status{%s,name=%q} == 1)" $operator (include "keda.operator.leaseName" . | default "operator.keda.sh") | quote }}
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: No KEDA operator holds the lease
    description: Nothing is scaled and the metrics API server gets no answers until an operator becomes leader. The same is seen when Prometheus does not reach the operator.
- alert: KedaPodRestarts
  {{- $containers := list -}}
  {{- range include "keda.component.keys" . | fromJsonArray -}}
  {{- $containers = append $containers (include "keda.component" (list $ .) | fromJson).name -}}
  {{- end }}
  expr: {{ printf "changes(process_start_time_seconds{namespace=%q,container=~%q}[30m]) >= 3" .Release.Namespace (join "|" $containers) | quote }}
  labels:
    severity: warning
  annotations:
    summary: A pod of KEDA keeps starting anew
    description: {{ "{{ $labels.pod }} was started three times or more within 30 minutes. Its previous log says why." | quote }}
{{- if .Values.metricsServer.enabled }}
- alert: KedaExternalMetricsNotServed
  {{- /* The operator's own view, for which the metrics API server need not be scraped: an HPA asks every 15 s while its ScaledObject
  is active. Of other triggers than CPU and memory, that is. */}}
  expr: {{ printf "count(keda_scaler_active{%s,type=\"scaledobject\",metric!~\"cpu|memory\"} == 1) > 0 unless sum(rate(keda_internal_metricsservice_grpc_server_handled_total{%s}[5m])) > 0" $operator $operator | quote }}
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: No request for metrics reaches the KEDA operator
    description: ScaledObjects are active, and for 10 minutes no HPA has got a number from the operator. Either the metrics API server does not reach it (the log of the metrics API server tells, x509 errors among the reasons) or the API server does not reach the metrics API server.
- alert: KedaExternalMetricsAPIDown
  expr: {{ printf "max by (name) (aggregator_unavailable_apiservice{name=%q}) == 1" (include "keda.names.apiService" .) | quote }}
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: The external metrics API is unavailable
    description: The API server cannot reach or does not trust the metrics API server; HPAs made by KEDA stop. The conditions of the APIService say which; if it is trust, compare its CA bundle with the serving Secret.
{{- if .Values.prometheus.metricServer.enabled }}
{{- $metricsApiserver := include "keda.monitoring.series" (list . "metrics-apiserver") }}
- alert: KedaMetricsAPIServerDown
  expr: {{ printf "absent(up{%s} == 1)" $metricsApiserver | quote }}
  for: 10m
  labels:
    severity: critical
  annotations:
    summary: No KEDA metrics API server answers
    description: Prometheus reaches no pod of the metrics API server. Either none runs, or nothing scrapes them.
- alert: KedaMetricsServiceUnreachable
  {{- /* Without a connection to the operator requests wait until they time out; no call is counted, and the pod stays Ready. */}}
  expr: {{ printf "sum(rate(apiserver_request_terminations_total{%s,group=\"external.metrics.k8s.io\",code=\"504\"}[5m])) > 0" $metricsApiserver | quote }}
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: KEDA's metrics API server does not reach the operator
    description: Requests of HPAs time out. Either no operator leads, or the two do not trust each other's certificates; the log of the metrics API server says which.
- alert: KedaMetricsServiceErrors
  {{- /* Unknown is what a failing scaler looks like: that has an alert of its own. */}}
  expr: {{ printf "sum by (grpc_code) (rate(keda_internal_metricsservice_grpc_client_handled_total{%s,grpc_code!~\"OK|Unknown|Canceled\"}[5m])) > 0" $metricsApiserver | quote }}
  for: 10m
  labels:
    severity: warning
  annotations:
    summary: Calls between KEDA's metrics API server and operator fail
    description: {{ "The operator's metrics service answers with {{ $labels.grpc_code }}, or does not answer." | quote }}
{{- end }}
{{- end }}
{{- if include "keda.certificates.byOperator" . }}
- alert: KedaCertificateRotationErrors
  expr: {{ printf "increase(controller_runtime_reconcile_errors_total{%s,controller=\"cert-rotator\"}[15m]) > 0" $operator | quote }}
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: The operator cannot write its certificates
    description: The serving Secret or a CA bundle is not being updated; connections fail when the present certificate expires.
{{- end }}
{{- if include "keda.certificates.byCertManager" . }}
{{- $due := include "keda.monitoring.certManagerSeries" (list . "certmanager_certificate_renewal_timestamp_seconds" "") }}
{{- $end := include "keda.monitoring.certManagerSeries" (list . "certmanager_certificate_expiration_timestamp_seconds" "") }}
- alert: KedaCertificateNotReady
  expr: {{ printf "%s == 1" (include "keda.monitoring.certManagerSeries" (list . "certmanager_certificate_ready_status" ",condition!=\"True\"")) | quote }}
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: cert-manager cannot issue a certificate of KEDA
    description: {{ "Certificate {{ $labels.name }} is not Ready; its CertificateRequests say why. Connections fail when the present certificate expires." | quote }}
- alert: KedaCertificateRenewalOverdue
  {{- /* Whatever the lifetime: cert-manager says itself when it means to renew; 0 when nothing has been issued. */}}
  expr: {{ printf "0 < %s < time() - 900" $due | quote }}
  labels:
    severity: warning
  annotations:
    summary: A certificate of KEDA was due for renewal and is not renewed
    description: {{ "cert-manager meant to renew Certificate {{ $labels.name }} more than 15 minutes ago; its CertificateRequests say why. Connections fail when it expires." | quote }}
- alert: KedaCertificateExpires
  expr: {{ printf "time() - %s > (%s - %s) / 2 and %s > 0" $due $end $due $due | quote }}
  labels:
    severity: critical
  annotations:
    summary: Half of the time that was left to renew a certificate of KEDA is over
    description: {{ "Certificate {{ $labels.name }} should have been renewed long ago. When it expires, KEDA's components refuse each other and the API server refuses them." | quote }}
{{- end }}
{{- end -}}

{{- /* cert-manager's series about the Certificates that the chart makes, in parentheses. Input: list of root, metric and further matchers.
cert-manager's own monitor leaves the Certificate's namespace in exported_namespace, or in namespace where its honorLabels is set. */ -}}
{{- define "keda.monitoring.certManagerSeries" -}}
{{- $root := index . 0 -}}
{{- $names := list (include "keda.names.servingCertificate" $root) -}}
{{- if include "keda.certificates.generatedCA" $root -}}
{{- $names = append $names (include "keda.names.caCertificate" $root) -}}
{{- end -}}
{{- $matchers := printf "name=~%q%s" (join "|" $names) (index . 2) -}}
{{- $namespace := $root.Release.Namespace -}}
{{- printf "(%[1]s{%[2]s,exported_namespace=%[3]q} or %[1]s{%[2]s,namespace=%[3]q,exported_namespace=\"\"})" (index . 1) $matchers $namespace -}}
{{- end -}}

{{- define "keda.monitoring.alerts.admission-webhooks" -}}
{{- $webhooks := include "keda.monitoring.series" (list . "admission-webhooks") -}}
- alert: KedaWebhooksDown
  expr: {{ printf "absent(up{%s} == 1)" $webhooks | quote }}
  for: 10m
  labels:
    severity: {{ eq .Values.webhooks.failurePolicy "Fail" | ternary "critical" "warning" }}
  annotations:
    summary: No KEDA admission webhook answers
    description: Prometheus reaches no pod of the admission webhooks. Either none runs, or nothing scrapes them.
- alert: KedaWebhookCertificateReadErrors
  expr: {{ printf "increase(certwatcher_read_certificate_errors_total{%s}[15m]) > 0" $webhooks | quote }}
  for: 15m
  labels:
    severity: warning
  annotations:
    summary: The admission webhooks cannot read their certificate
    description: The old certificate is served until it expires; then admission requests fail.
{{- /* The API server's own count: it knows of a webhook that does not answer or that it does not trust, the webhook does not. */}}
{{- $names := "name=~\"v(s(cluster)?triggerauthentication|scaled(object|job)|(cluster)?cloudeventsource)[.]kb[.]io\"" }}
{{- if eq .Values.webhooks.failurePolicy "Fail" }}
- alert: KedaWebhookNotAnswering
  expr: {{ printf "sum by (name) (rate(apiserver_admission_webhook_rejection_count{%s,error_type=\"calling_webhook_error\"}[5m])) > 0" $names | quote }}
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: KEDA objects cannot be created or changed
    description: {{ "The API server cannot call webhook {{ $labels.name }}, or does not trust it, and refuses what it should judge." | quote }}
{{- else }}
- alert: KedaWebhookFailingOpen
  expr: {{ printf "sum by (name) (rate(apiserver_admission_webhook_fail_open_count{%s}[5m])) > 0" $names | quote }}
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: KEDA objects are accepted without being checked
    description: {{ "The API server cannot call webhook {{ $labels.name }}, or does not trust it, and accepts what it should judge." | quote }}
{{- end }}
{{- end -}}
