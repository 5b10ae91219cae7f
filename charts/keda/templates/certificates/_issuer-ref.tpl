{{- /* The issuer of the serving certificate: the chart's CA issuer, or the one that exists already. */ -}}
{{- define "keda.certificates.issuerRef" -}}
{{- if include "keda.certificates.chartIssuer" . -}}
name: {{ include "keda.names.caIssuer" . | quote }}
kind: Issuer
group: cert-manager.io
{{- else -}}
name: {{ .Values.certificates.certManager.issuer.name | quote }}
kind: {{ .Values.certificates.certManager.issuer.kind | quote }}
group: {{ .Values.certificates.certManager.issuer.group | quote }}
{{- end -}}
{{- end -}}
