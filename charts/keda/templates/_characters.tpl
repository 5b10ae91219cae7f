{{- /* Characters that do not survive: Helm's toYaml answers with nothing at all when one of them stands anywhere in what it is
given, and makes a blank of U+0085. */ -}}
{{- define "keda.characters.pattern" -}}
[{{ "\u007f-\u009f\ufffe\uffff" }}]
{{- end -}}

{{- /* Paths of the values that hold such a character, as JSON list. Walks the values only when there is one. */ -}}
{{- define "keda.characters.lost" -}}
{{- $own := set (omit .Values "global") "global" (pick .Values.global "image" "imagePullSecrets" "dnsConfig") -}}
{{- if regexMatch (include "keda.characters.pattern" .) (toJson $own) -}}
{{- include "keda.characters.walk" (list "" $own) | trimSuffix "," | printf "[%s]" -}}
{{- else -}}
[]
{{- end -}}
{{- end -}}

{{- /* Input: list of path and value. Prints each path found as a JSON string with a comma behind it. A key that holds such a
character is told by the path of the map around it. */ -}}
{{- define "keda.characters.walk" -}}
{{- $path := index . 0 -}}
{{- $value := index . 1 -}}
{{- $pattern := include "keda.characters.pattern" . -}}
{{- if kindIs "map" $value -}}
{{- range $key, $below := $value -}}
{{- if regexMatch $pattern $key -}}
{{- $path | toJson }},
{{- else -}}
{{- include "keda.characters.walk" (list (empty $path | ternary $key (printf "%s.%s" $path $key)) $below) -}}
{{- end -}}
{{- end -}}
{{- else if kindIs "slice" $value -}}
{{- range $index, $below := $value -}}
{{- include "keda.characters.walk" (list (printf "%s[%d]" $path $index) $below) -}}
{{- end -}}
{{- else if kindIs "string" $value -}}
{{- if regexMatch $pattern $value -}}
{{- $path | toJson }},
{{- end -}}
{{- end -}}
{{- end -}}
