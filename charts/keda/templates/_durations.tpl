{{- /* Seconds of a Go duration made of hours, minutes and seconds (the schema allows no other unit). */ -}}
{{- define "keda.duration.seconds" -}}
{{- $seconds := 0.0 -}}
{{- range regexFindAll "[0-9.]+[hms]" . -1 -}}
{{- $unit := get (dict "h" 3600 "m" 60 "s" 1) (substr (int (sub (len .) 1)) -1 .) -}}
{{- $seconds = addf $seconds (mulf (float64 (trimSuffix "s" . | trimSuffix "m" | trimSuffix "h")) $unit) -}}
{{- end -}}
{{- $seconds -}}
{{- end -}}
