{{- /* The request-header CA and the client CA are in one ConfigMap of kube-system. Its reader is Kubernetes' own Role there, or,
for installers without rights in kube-system, a ClusterRole limited to that ConfigMap's name. */ -}}
{{- define "keda.authenticationReader.clusterRole" -}}
{{- if and .Values.rbac.create .Values.metricsServer.enabled (eq .Values.rbac.authenticationReader "ClusterRole") -}}
{{ include "keda.names.metricsApiserver" . }}-auth-reader
{{- end -}}
{{- end -}}
