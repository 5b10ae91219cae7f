{{- /* Texts that do not survive Helm's toYaml. It answers with nothing at all when a control character or a non-character stands
anywhere in what it is given, makes a blank of U+0085, and writes the separators U+2028 and U+2029 as line ends of a block, whose
next line is then not indented. Of global, other charts' business, only what this chart reads. */ -}}
{{- define "keda.validation.characters" -}}
{{- include "keda.validation.characters.section" (dict "global" (pick .Values.global "image" "imagePullSecrets" "dnsConfig")) -}}
{{- range $key, $value := omit .Values "global" -}}
{{- include "keda.validation.characters.section" (dict $key $value) -}}
{{- end -}}
{{- end -}}

{{- /* Walks a part of the values only when there may be such a text in it. Input: a map of it alone. */ -}}
{{- define "keda.validation.characters.section" -}}
{{- if regexMatch "[\u007f-\u009f\ufffe\uffff]|\\\\u202[89]" (toJson .) -}}
{{- include "keda.validation.characters.walk" (list "" .) -}}
{{- end -}}
{{- end -}}

{{- define "keda.validation.characters.pattern" -}}
{{ "(?s)[\u007f-\u009f\ufffe\uffff]|\n.*[\u2028\u2029]|[\u2028\u2029].*\n" }}
{{- end -}}

{{- /* Input: list of path and value. A key that holds such a text is told by the path of the map around it. */ -}}
{{- define "keda.validation.characters.walk" -}}
{{- $path := index . 0 -}}
{{- $value := index . 1 -}}
{{- $pattern := include "keda.validation.characters.pattern" . -}}
{{- if kindIs "map" $value -}}
{{- range $key, $below := $value -}}
{{- if regexMatch $pattern $key -}}
{{- include "keda.validation.characters.problem" $path -}}
{{- else -}}
{{- include "keda.validation.characters.walk" (list (empty $path | ternary $key (printf "%s.%s" $path $key)) $below) -}}
{{- end -}}
{{- end -}}
{{- else if kindIs "slice" $value -}}
{{- range $index, $below := $value -}}
{{- include "keda.validation.characters.walk" (list (printf "%s[%d]" $path $index) $below) -}}
{{- end -}}
{{- else if kindIs "string" $value -}}
{{- if regexMatch $pattern $value -}}
{{- include "keda.validation.characters.problem" $path -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "keda.validation.characters.problem" }}
  - {{ . }}: holds a character that would be lost on its way through YAML, and what stands beside it as well (U+007F to U+009F, U+FFFE, U+FFFF, or in a text of several lines U+2028, U+2029); remove it
{{- end -}}
