{{- define "keda.validation.watch" -}}
{{- range include "keda.watch.namespaces" . | fromJsonArray -}}
{{- if not (regexMatch "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" .) }}
  - watchNamespace: {{ . | quote }} is not the name of a namespace; name each one, with commas between them
{{- end -}}
{{- end -}}
{{- end -}}
