{{- /* Deep merge of a list of maps, the later one wins, as JSON. A null removes the entry. sprig's mergeOverwrite is not used:
it drops false, 0 and "" of the later map. */ -}}
{{- define "keda.merge" -}}
{{- $result := dict -}}
{{- range . -}}
{{- range $key, $value := . | default dict -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $result $key -}}
{{- else if and (kindIs "map" $value) (kindIs "map" (get $result $key)) -}}
{{- $_ := set $result $key (include "keda.merge" (list (get $result $key) $value) | fromJson) -}}
{{- else if kindIs "map" $value -}}
{{- $_ := set $result $key (include "keda.merge" (list $value) | fromJson) -}}
{{- else -}}
{{- $_ := set $result $key $value -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $result | toJson -}}
{{- end -}}
