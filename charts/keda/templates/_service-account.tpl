{{- /* ServiceAccount of a component. Input: list of root and component key. */ -}}
{{- define "keda.serviceAccount" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- if $component.serviceAccount.create -}}
{{- $identity := dict -}}
{{- if eq $component.key "operator" -}}
{{- $identity = include "keda.operator.identityAnnotations" $root | fromJson -}}
{{- end -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.account "namespace" $root.Release.Namespace "annotations" (include "keda.merge" (list $identity $root.Values.serviceAccount.annotations $component.serviceAccount.annotations) | fromJson)) | nindent 2 }}
automountServiceAccountToken: {{ $component.serviceAccount.automountServiceAccountToken }}
{{- end -}}
{{- end -}}

{{- /* What the cloud providers' webhooks read from the operator's account. */ -}}
{{- define "keda.operator.identityAnnotations" -}}
{{- $annotations := dict -}}
{{- with .Values.podIdentity.azureWorkload -}}
{{- if .enabled -}}
{{- $_ := set $annotations "azure.workload.identity/service-account-token-expiration" (.tokenExpiration | int64 | toString) -}}
{{- with .clientId -}}{{- $_ := set $annotations "azure.workload.identity/client-id" . -}}{{- end -}}
{{- with .tenantId -}}{{- $_ := set $annotations "azure.workload.identity/tenant-id" . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.podIdentity.aws.irsa -}}
{{- if .enabled -}}
{{- $_ := set $annotations "eks.amazonaws.com/audience" .audience -}}
{{- $_ := set $annotations "eks.amazonaws.com/role-arn" .roleArn -}}
{{- $_ := set $annotations "eks.amazonaws.com/sts-regional-endpoints" (.stsRegionalEndpoints | toString) -}}
{{- $_ := set $annotations "eks.amazonaws.com/token-expiration" (.tokenExpiration | int64 | toString) -}}
{{- end -}}
{{- end -}}
{{- with .Values.podIdentity.gcp -}}
{{- if .enabled -}}
{{- $_ := set $annotations "iam.gke.io/gcp-service-account" .gcpIAMServiceAccount -}}
{{- end -}}
{{- end -}}
{{- $annotations | toJson -}}
{{- end -}}
