{{- /* Texts that do not survive Helm's toYaml. It answers with nothing at all when a control character or a non-character stands
anywhere in what it is given, makes a blank of U+0085, and writes the separators U+2028 and U+2029 as line ends of a block, whose
next line is then not indented. */ -}}
{{- define "keda.characters.pattern" -}}
{{ "(?s)[\u007f-\u009f\ufffe\uffff]|\n.*[\u2028\u2029]|[\u2028\u2029].*\n" }}
{{- end -}}

{{- /* Paths of the values that hold such a text, as JSON list. Walks the values only when there may be one. */ -}}
{{- define "keda.characters.lost" -}}
{{- $own := set (omit .Values "global") "global" (pick .Values.global "image" "imagePullSecrets" "dnsConfig") -}}
{{- if regexMatch "[\u007f-\u009f\ufffe\uffff]|\\\\u202[89]" (toJson $own) -}}
{{- include "keda.characters.walk" (list "" $own) | trimSuffix "," | printf "[%s]" -}}
{{- else -}}
[]
{{- end -}}
{{- end -}}

{{- /* Input: list of path and value. Prints each path found as a JSON string with a comma behind it. A key that holds such a text
is told by the path of the map around it. */ -}}
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
