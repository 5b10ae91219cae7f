{{- /* The TLS floor of KEDA's own ports. Two binaries read it from the environment, the metrics API server's HTTPS port from flags. */ -}}

{{- define "keda.tls.env" -}}
- name: KEDA_SERVICE_MIN_TLS_VERSION
  value: {{ .Values.service.minTlsVersion | quote }}
{{- with .Values.service.tlsCipherList }}
- name: KEDA_SERVICE_TLS_CIPHER_LIST
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "keda.tls.flags" -}}
- --tls-min-version=Version{{ .Values.service.minTlsVersion }}
{{- with .Values.service.tlsCipherList }}
- --tls-cipher-suites={{ . | replace ":" "," | nospace }}
{{- end }}
{{- end -}}
