{{- define "keda.validation.durations" -}}
{{- $certManager := .Values.certificates.certManager -}}
{{- $election := .Values.operator.leaderElection -}}
{{- $durations := dict
  "certificates.certManager.duration" $certManager.duration
  "certificates.certManager.renewBefore" $certManager.renewBefore
  "certificates.certManager.ca.duration" $certManager.ca.duration
  "certificates.certManager.ca.renewBefore" $certManager.ca.renewBefore
  "operator.kubernetesApiTimeout" .Values.operator.kubernetesApiTimeout
  "operator.leaderElection.leaseDuration" $election.leaseDuration
  "operator.leaderElection.renewDeadline" $election.renewDeadline
  "operator.leaderElection.retryPeriod" $election.retryPeriod
  "http.idleConnTimeout" .Values.http.idleConnTimeout -}}
{{- range $path, $duration := $durations -}}
{{- if gt (include "keda.duration.seconds" ($duration | default "") | float64) 9223372036.0 }}
  - {{ $path }}: {{ $duration }} is more than the 292 years that a duration of Go can hold; make it shorter
{{- end -}}
{{- end -}}
{{- $lease := include "keda.duration.seconds" ($election.leaseDuration | default "15s") | float64 -}}
{{- $renew := include "keda.duration.seconds" ($election.renewDeadline | default "10s") | float64 -}}
{{- $retry := include "keda.duration.seconds" ($election.retryPeriod | default "2s") | float64 -}}
{{- if or (le $lease $renew) (le $renew (mulf 1.2 $retry)) }}
  - operator.leaderElection: leaseDuration ({{ $lease }}s) must be longer than renewDeadline ({{ $renew }}s), and that longer than 1.2 times retryPeriod ({{ $retry }}s), where empty ones count as 15s, 10s, 2s; make the earlier ones longer or the later ones shorter
{{- end -}}
{{- if eq (include "keda.duration.seconds" .Values.http.idleConnTimeout | float64) 0.0 }}
  - http.idleConnTimeout: {{ .Values.http.idleConnTimeout }} is no time, and the operator stops at it; make it longer
{{- end -}}
{{- end -}}
