{{- /* Names of everything the chart creates. The release name plays no part: the published names are the default, so that
an upgrade from the official chart happens in place. */ -}}

{{- define "keda.names.base" -}}
{{- .Values.fullnameOverride | default .Values.nameOverride | default "keda" -}}
{{- end -}}

{{- define "keda.names.operator" -}}
{{- .Values.operator.name | default (printf "%s-operator" (include "keda.names.base" .)) -}}
{{- end -}}

{{- define "keda.names.metricsApiserver" -}}
{{- .Values.metricsServer.name | default (printf "%s-metrics-apiserver" (include "keda.names.operator" .)) -}}
{{- end -}}

{{- define "keda.names.webhooks" -}}
{{- .Values.webhooks.name | default (printf "%s-admission-webhooks" (include "keda.names.base" .)) -}}
{{- end -}}

{{- define "keda.names.webhookConfiguration" -}}
{{- .Values.webhooks.configurationName | default (printf "%s-admission" (include "keda.names.base" .)) -}}
{{- end -}}

{{- /* KEDA's code patches this name and no other; a cluster can have one provider of it. */ -}}
{{- define "keda.names.apiService" -}}
v1beta1.external.metrics.k8s.io
{{- end -}}

{{- define "keda.names.selfSignedIssuer" -}}
{{ include "keda.names.operator" . }}-selfsigned-issuer
{{- end -}}

{{- define "keda.names.caCertificate" -}}
{{ include "keda.names.operator" . }}-ca
{{- end -}}

{{- define "keda.names.caIssuer" -}}
{{ include "keda.names.operator" . }}-ca-issuer
{{- end -}}

{{- define "keda.names.servingCertificate" -}}
{{ include "keda.names.operator" . }}-tls-certificates
{{- end -}}

{{- define "keda.names.dashboard" -}}
{{ include "keda.names.base" . }}-dashboard
{{- end -}}

{{- /* The headless Service of more than one operator; empty where one is run, or nobody asks. */ -}}
{{- define "keda.names.operatorReplicas" -}}
{{- if and .Values.metricsServer.enabled (gt (int (include "keda.component" (list . "operator") | fromJson).replicas) 1) -}}
{{ include "keda.names.operator" . }}-replicas
{{- end -}}
{{- end -}}

{{- /* The host whose name the metrics API server verifies, and which it dials where one operator is run. */ -}}
{{- define "keda.names.operatorHost" -}}
{{ include "keda.names.operator" . }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}
{{- end -}}
