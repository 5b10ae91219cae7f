{{- /* Namespace of the Secrets that ClusterTriggerAuthentications refer to. */ -}}
{{- define "keda.operator.clusterObjectNamespace" -}}
{{- .Values.operator.clusterObjectNamespace | default .Release.Namespace -}}
{{- end -}}

{{- /* Audiences that KEDA may ask service-account tokens for: the explicit list and those of the token creation roles, as JSON. */ -}}
{{- define "keda.operator.tokenAudiences" -}}
{{- $audiences := .Values.operator.serviceAccountTokens.audiences | default list -}}
{{- range .Values.permissions.operator.restrict.serviceAccountTokenCreationRoles -}}
{{- if .audience -}}
{{- $audiences = append $audiences (dict "audience" .audience "namespace" .namespace "serviceAccountName" .name) -}}
{{- end -}}
{{- end -}}
{{- $vault := .Values.operator.serviceAccountTokens.vault -}}
{{- if and $vault.enabled $vault.audience -}}
{{- $audiences = append $audiences (dict "audience" $vault.audience) -}}
{{- end -}}
{{- $audiences | uniq | toJson -}}
{{- end -}}
