{{- /* What is wrong with a bundle of CAs, or nothing. As Go's reader of PEM: a block begins at the start of a line, its content is
base64 of one DER value that is as long as it says. A block that is not is skipped by the API server, without a word. */ -}}
{{- define "keda.certificates.unreadable" -}}
{{- $blocks := regexFindAll "(?m)^-----BEGIN CERTIFICATE-----[ \\t\\r]*\\n[A-Za-z0-9+/=\\s]+\\n-----END CERTIFICATE-----[ \\t\\r]*$" . -1 -}}
{{- if ne (len $blocks) (len (regexFindAll "BEGIN CERTIFICATE" . -1)) -}}
block
{{- end -}}
{{- range $blocks -}}
{{- $der := regexReplaceAll "-----(BEGIN|END) CERTIFICATE-----|\\s" . "" | b64dec -}}
{{- $size := 0 -}}
{{- if ge (len $der) 5 -}}
{{- $length := index $der 1 | int -}}
{{- if ne (index $der 0 | int) 48 -}}
{{- else if lt $length 128 -}}
{{- $size = add 2 $length -}}
{{- else if eq $length 129 -}}
{{- $size = add 3 (index $der 2 | int) -}}
{{- else if eq $length 130 -}}
{{- $size = add 4 (mul 256 (index $der 2 | int)) (index $der 3 | int) -}}
{{- end -}}
{{- end -}}
{{- if ne (int $size) (len $der) -}}
content
{{- end -}}
{{- end -}}
{{- end -}}
