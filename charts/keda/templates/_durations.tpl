{{- /* Seconds of a Go duration made of hours, minutes, seconds and milliseconds (the schema allows no other unit). */ -}}
{{- define "keda.duration.seconds" -}}
{{- $seconds := 0.0 -}}
{{- range regexFindAll "[0-9.]+(ms|h|m|s)" . -1 -}}
{{- $unit := get (dict "h" 3600 "m" 60 "s" 1 "ms" 0.001) (regexReplaceAll "[0-9.]" . "") -}}
{{- $seconds = addf $seconds (mulf (float64 (regexReplaceAll "[a-z]" . "")) $unit) -}}
{{- end -}}
{{- $seconds -}}
{{- end -}}
