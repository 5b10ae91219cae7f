{{- /* Fields that the serving and the generated CA Certificate share. Input: settings (duration, renewBefore, subject,
privateKey, revisionHistoryLimit, secretTemplate). */ -}}
{{- define "keda.certificates.certificate.spec" -}}
duration: {{ .settings.duration }}
renewBefore: {{ .settings.renewBefore }}
privateKey:
  {{- toYaml .settings.privateKey | nindent 2 }}
{{- with .settings.subject }}
subject:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.revisionHistoryLimit }}
revisionHistoryLimit: {{ . | int }}
{{- end }}
{{- end -}}
