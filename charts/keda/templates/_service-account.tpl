{{- /* ServiceAccount of a component. Input: list of root and component key. */ -}}
{{- define "keda.serviceAccount" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $account := index $root.Values.serviceAccount $component.podKey -}}
{{- if $account.create -}}
{{- $identity := dict -}}
{{- if eq $component.key "operator" -}}
{{- $identity = include "keda.operator.identityAnnotations" $root | fromJson -}}
{{- end -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.account "namespace" $root.Release.Namespace "annotations" (include "keda.merge" (list $identity $root.Values.serviceAccount.annotations $account.annotations) | fromJson)) | nindent 2 }}
automountServiceAccountToken: {{ $account.automountServiceAccountToken }}
{{- end -}}
{{- end -}}

{{- /* What the cloud providers' webhooks read from the operator's account. */ -}}
{{- define "keda.operator.identityAnnotations" -}}
{{- $annotations := dict -}}
{{- $azure := .Values.podIdentity.azureWorkload -}}
{{- if $azure.enabled -}}
{{- $_ := set $annotations "azure.workload.identity/service-account-token-expiration" ($azure.tokenExpiration | int64 | toString) -}}
{{- with $azure.clientId -}}{{- $_ := set $annotations "azure.workload.identity/client-id" . -}}{{- end -}}
{{- with $azure.tenantId -}}{{- $_ := set $annotations "azure.workload.identity/tenant-id" . -}}{{- end -}}
{{- end -}}
{{- $irsa := .Values.podIdentity.aws.irsa -}}
{{- if $irsa.enabled -}}
{{- $_ := set $annotations "eks.amazonaws.com/audience" $irsa.audience -}}
{{- $_ := set $annotations "eks.amazonaws.com/role-arn" $irsa.roleArn -}}
{{- $_ := set $annotations "eks.amazonaws.com/sts-regional-endpoints" ($irsa.stsRegionalEndpoints | toString) -}}
{{- $_ := set $annotations "eks.amazonaws.com/token-expiration" ($irsa.tokenExpiration | int64 | toString) -}}
{{- end -}}
{{- $gcp := .Values.podIdentity.gcp -}}
{{- if $gcp.enabled -}}
{{- $_ := set $annotations "iam.gke.io/gcp-service-account" $gcp.gcpIAMServiceAccount -}}
{{- end -}}
{{- $annotations | toJson -}}
{{- end -}}
