{{- /* CAs that the operator trusts when a scaler speaks TLS: each source becomes a volume, a read-only mount and a --ca-dir.
A folder of their own: KEDA does not look into subfolders, and a mount inside a mounted Secret cannot be made. */ -}}

{{- /* JSON list of {name, mountPath, volume} */ -}}
{{- define "keda.certificates.trustedCAs" -}}
{{- $sources := list -}}
{{- range (include "keda.certificates.operatorValues" . | fromJson).trustedCAs -}}
{{- $source := dict -}}
{{- $items := list -}}
{{- range .keys -}}
{{- $items = append $items (dict "key" . "path" .) -}}
{{- end -}}
{{- if .configMap -}}
{{- $source = dict "kind" "configmap" "object" .configMap "volume" (dict "configMap" (dict "name" .configMap)) "type" "configMap" -}}
{{- else if .secret -}}
{{- $source = dict "kind" "secret" "object" .secret "volume" (dict "secret" (dict "secretName" .secret)) "type" "secret" -}}
{{- else -}}
{{- $items = list (dict "key" "ca-bundle.crt" "path" "ca-bundle.crt") -}}
{{- $source = dict "kind" "configmap" "object" .openshiftTrustedBundle "volume" (dict "configMap" (dict "name" .openshiftTrustedBundle)) "type" "configMap" -}}
{{- end -}}
{{- $projection := get $source.volume $source.type -}}
{{- with $items -}}{{- $_ := set $projection "items" . -}}{{- end -}}
{{- with .optional -}}{{- $_ := set $projection "optional" true -}}{{- end -}}
{{- /* Object names may hold dots and 253 characters, volume names neither. */ -}}
{{- $name := printf "trusted-ca-%s-%s" $source.kind ($source.object | replace "." "-") -}}
{{- if gt (len $name) 63 -}}
{{- $name = printf "%s-%s" ($name | trunc 52 | trimSuffix "-") (sha256sum $source.object | trunc 10) -}}
{{- end -}}
{{- $sources = append $sources (dict "name" $name "mountPath" (printf "/custom/trusted-ca/%s" $name) "volume" (set $source.volume "name" $name)) -}}
{{- end -}}
{{- $sources | toJson -}}
{{- end -}}
