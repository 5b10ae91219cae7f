{{- /* Image reference of a component: registry/repository:tag@digest, each part left out when it is empty.
Input: root and image (one entry of .Values.image). */ -}}
{{- define "keda.image.reference" -}}
{{- with .root.Values.global.image.registry | default .image.registry -}}
{{ . }}/
{{- end -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- with .image.digest -}}
@{{ . }}
{{- end -}}
{{- end -}}

{{- /* imagePullSecrets of a pod: global and local ones, names or objects, each once. */ -}}
{{- define "keda.image.pullSecrets" -}}
{{- $names := list -}}
{{- range concat (.Values.global.imagePullSecrets | default list) (.Values.imagePullSecrets | default list) -}}
{{- $names = append $names (kindIs "string" . | ternary . (get (kindIs "string" . | ternary dict .) "name")) -}}
{{- end -}}
{{- range $names | uniq }}
- name: {{ . | quote }}
{{- end -}}
{{- end -}}
