{{- define "keda.validation.images" -}}
{{- range $name := list "keda" "metricsApiServer" "webhooks" -}}
{{- $image := index $.Values.image $name -}}
{{- if and $image.registry (hasPrefix (printf "%s/" $image.registry) $image.repository) }}
  - image.{{ $name }}.repository: starts with {{ $image.registry }}, which image.{{ $name }}.registry puts in front once more; leave the registry out of the repository
{{- end -}}
{{- end -}}
{{- range $name := list "keda" "metricsApiServer" "webhooks" -}}
{{- $image := index $.Values.image $name -}}
{{- if and $image.digest (contains "@" ($image.tag | default "")) }}
  - image.{{ $name }}.tag: holds a digest, and image.{{ $name }}.digest is set as well; leave the digest out of the tag
{{- end -}}
{{- end -}}
{{- end -}}
