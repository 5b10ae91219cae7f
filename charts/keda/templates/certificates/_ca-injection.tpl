{{- /* How the CA that signed the serving certificate reaches the APIService and the webhook configuration: by annotations that
an injector acts on, by an inline bundle, or (operator-generated, external) by somebody who patches the objects. */ -}}

{{- define "keda.certificates.injectionAnnotations" -}}
{{- $certificates := .Values.certificates -}}
{{- if include "keda.certificates.byCertManager" . -}}
{{- if eq $certificates.certManager.injectFrom "secret" -}}
{{- dict "cert-manager.io/inject-ca-from-secret" (printf "%s/%s" .Release.Namespace $certificates.certManager.caSecretName) | toJson -}}
{{- else -}}
{{- dict "cert-manager.io/inject-ca-from" (printf "%s/%s" .Release.Namespace (include "keda.names.servingCertificate" .)) | toJson -}}
{{- end -}}
{{- else if include "keda.certificates.byUser" . -}}
{{- $certificates.caInjectionAnnotations | default dict | toJson -}}
{{- else -}}
{{- dict | toJson -}}
{{- end -}}
{{- end -}}

{{- define "keda.certificates.caBundle" -}}
{{- if include "keda.certificates.byUser" . -}}
{{- with .Values.certificates.caBundle -}}
caBundle: {{ . | b64enc }}
{{- end -}}
{{- end -}}
{{- end -}}
