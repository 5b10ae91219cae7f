{{- /* Image reference of a component: registry/repository:tag@digest, each part left out when it is empty. Without a digest
of its own an image gets the one that images.yaml has for exactly its name.
Input: root and image (one entry of .Values.image). */ -}}
{{- define "keda.image.reference" -}}
{{- $name := printf "%s:%s" .image.repository (.image.tag | default .root.Chart.AppVersion) -}}
{{- with .root.Values.global.image.registry | default .image.registry -}}
{{- $name = printf "%s/%s" . $name -}}
{{- end -}}
{{- $name -}}
{{- with .image.digest | default (get (.root.Files.Get "images.yaml" | fromYaml) $name) -}}
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
