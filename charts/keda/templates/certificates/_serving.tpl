{{- /* The serving certificate as the components see it: one Secret, one folder, whatever the mode. */ -}}

{{- /* Services that are rendered, as JSON list: the serving certificate carries the names of these and no others. */ -}}
{{- define "keda.certificates.serving.services" -}}
{{- $names := list -}}
{{- range include "keda.component.keys" . | fromJsonArray -}}
{{- $names = append $names (include "keda.component" (list $ .) | fromJson).name -}}
{{- end -}}
{{- $names | toJson -}}
{{- end -}}

{{- define "keda.certificates.serving.dnsNames" -}}
{{- $names := list -}}
{{- range include "keda.certificates.serving.services" . | fromJsonArray -}}
{{- $names = concat $names (list . (printf "%s.%s" . $.Release.Namespace) (printf "%s.%s.svc" . $.Release.Namespace) (printf "%s.%s.svc.%s" . $.Release.Namespace $.Values.clusterDomain)) -}}
{{- end -}}
{{- concat $names (.Values.certificates.certManager.extraDnsNames | default list) | uniq | toYaml -}}
{{- end -}}

{{- /* The volume lists its keys, so that no pod has the CA's private key and kubelet holds a pod until the Secret is complete.
Only the operator may start without it, and only when it is the one that writes it. Input: list of root and component key. */ -}}
{{- define "keda.certificates.serving.volume" -}}
{{- $root := index . 0 -}}
{{- $optional := and (eq (index . 1) "operator") (include "keda.certificates.byOperator" $root) -}}
name: certificates
secret:
  secretName: {{ $root.Values.certificates.secretName | quote }}
  defaultMode: 420
  {{- if $optional }}
  optional: true
  {{- end }}
  items:
    - key: tls.crt
      path: tls.crt
    - key: tls.key
      path: tls.key
    - key: ca.crt
      path: ca.crt
{{- end -}}

{{- define "keda.certificates.serving.mount" -}}
name: certificates
mountPath: {{ .Values.certificates.mountPath | quote }}
readOnly: true
{{- end -}}
