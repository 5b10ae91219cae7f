{{- /* watchNamespace as a JSON list: a string or a list, spaces and empty parts dropped, each namespace once. */ -}}
{{- define "keda.watch.namespaces" -}}
{{- $names := list -}}
{{- range kindIs "slice" .Values.watchNamespace | ternary .Values.watchNamespace (list .Values.watchNamespace) -}}
{{- range splitList "," (. | default "" | toString) -}}
{{- $names = append $names (trim .) -}}
{{- end -}}
{{- end -}}
{{- without $names "" | uniq | toJson -}}
{{- end -}}
