{{- define "keda.validation.networkPolicies" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if and $policy.enabled (eq $policy.flavor "cilium") -}}
{{- range $path, $peers := dict "apiServer.cidrs" $policy.apiServer.cidrs "dns.peers" $policy.dns.peers "scrapeFrom" $policy.scrapeFrom -}}
{{- if $peers }}
  - networkPolicy.{{ $path }}: only the kubernetes flavor reads it; use networkPolicy.cilium.<component>.extraIngressRules or extraEgressRules
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
