{{- /* What is passed through must not undo what the chart ties together. */ -}}
{{- define "keda.validation.passedThrough" -}}
{{- $tied := include "keda.validation.tied.env" . | fromYaml -}}
{{- range .Values.env -}}
{{- if hasKey $tied .name }}
  - env: {{ .name }} is set by the chart; use {{ get $tied .name }}
{{- end -}}
{{- end -}}
{{- range include "keda.component.keys" . | fromJsonArray -}}
{{- include "keda.validation.pod.flags" (list $ .) -}}
{{- include "keda.validation.pod.env" (list $ .) -}}
{{- include "keda.validation.pod.containers" (list $ .) -}}
{{- include "keda.validation.pod.dns" (list $ .) -}}
{{- include "keda.validation.pod.volumes" (list $ .) -}}
{{- end -}}
{{- end -}}

{{- /* Of a component. Input of each: list of root and component key. */ -}}

{{- define "keda.validation.pod.flags" -}}
{{- $labelsKey := (include "keda.component" . | fromJson).labelsKey -}}
{{- with index (index . 0).Values.extraArgs $labelsKey -}}
{{- $tied := printf "%s\n%s" (include "keda.validation.tied.flags" $) (include (printf "keda.validation.tied.ports.%s" (index $ 1)) $) | fromYaml -}}
{{- range $flag, $value := . -}}
{{- if hasKey $tied $flag }}
  - extraArgs.{{ $labelsKey }}.{{ $flag }}: the chart passes this flag and keeps other objects in step with it; use {{ get $tied $flag }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "keda.validation.pod.env" -}}
{{- $valuesKey := (include "keda.component" . | fromJson).valuesKey -}}
{{- with (index (index . 0).Values $valuesKey).env -}}
{{- $tied := include "keda.validation.tied.env" $ | fromYaml -}}
{{- range . -}}
{{- if hasKey $tied .name }}
  - {{ $valuesKey }}.env: {{ .name }} is set by the chart; use {{ get $tied .name }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "keda.validation.pod.containers" -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $own := index (index . 0).Values $component.valuesKey -}}
{{- $names := list $component.name -}}
{{- range $field, $containers := dict "extraContainers" $own.extraContainers "extraInitContainers" $own.extraInitContainers -}}
{{- range $containers -}}
{{- if has .name $names }}
  - {{ $component.valuesKey }}.{{ $field }}: the name {{ .name }} is taken by KEDA's container or by another entry; rename it
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "keda.validation.pod.dns" -}}
{{- $v := (index . 0).Values -}}
{{- $valuesKey := (include "keda.component" . | fromJson).valuesKey -}}
{{- $own := index $v $valuesKey -}}
{{- if and (eq ($own.dnsPolicy | default "") "None") (not ($own.dnsConfig | default $v.global.dnsConfig | default dict).nameservers) }}
  - {{ $valuesKey }}.dnsPolicy: None needs the address of a DNS server; give {{ $valuesKey }}.dnsConfig.nameservers one
{{- end -}}
{{- end -}}

{{- define "keda.validation.pod.volumes" -}}
{{- $v := (index . 0).Values -}}
{{- $imageKey := (include "keda.component" . | fromJson).imageKey -}}
{{- $volumes := index $v.volumes $imageKey -}}
{{- $certificates := trimSuffix "/" $v.certificates.mountPath -}}
{{- $names := list "certificates" -}}
{{- $mounted := list $certificates -}}
{{- if eq (index . 1) "operator" -}}
{{- $names = concat $names (list "grpc-certs" "hashicorp-vault-certs" "vault-token") -}}
{{- range include "keda.certificates.trustedCAs" (index . 0) | fromJsonArray -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $beside := list -}}
{{- if $v.grpcTLSCertsSecret -}}{{- $beside = append $beside "/grpccerts" -}}{{- end -}}
{{- if $v.hashiCorpVaultTLS -}}{{- $beside = append $beside "/vault" -}}{{- end -}}
{{- if $v.operator.serviceAccountTokens.vault.enabled -}}{{- $beside = append $beside "/var/run/secrets/keda-vault" -}}{{- end -}}
{{- if has $certificates (append $beside "/tmp") }}
  - certificates.mountPath: the operator has something else mounted at {{ $v.certificates.mountPath }}; choose another folder
{{- end -}}
{{- $mounted = concat $mounted $beside -}}
{{- $byUser := list -}}
{{- range $volumes.extraVolumeMounts -}}
{{- $byUser = append $byUser (trimSuffix "/" .mountPath) -}}
{{- end -}}
{{- if not (has "/tmp" $byUser) -}}
{{- $names = append $names "tmp" -}}
{{- end -}}
{{- end -}}
{{- $existing := $names -}}
{{- range $volumes.extraVolumes -}}
{{- $existing = append $existing .name -}}
{{- end -}}
{{- range $volumes.extraVolumeMounts -}}
{{- if not (has .name $existing) }}
  - volumes.{{ $imageKey }}.extraVolumeMounts: there is no volume named {{ .name }}; give it an entry in volumes.{{ $imageKey }}.extraVolumes
{{- end -}}
{{- end -}}
{{- range $volumes.extraVolumes -}}
{{- if has .name $names }}
  - volumes.{{ $imageKey }}.extraVolumes: the name {{ .name }} is taken by the chart or by another entry; rename it
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- range $volumes.extraVolumeMounts -}}
{{- if has (trimSuffix "/" .mountPath) $mounted }}
  - volumes.{{ $imageKey }}.extraVolumeMounts: something is mounted at {{ .mountPath }} already; choose another folder
{{- end -}}
{{- $mounted = append $mounted (trimSuffix "/" .mountPath) -}}
{{- end -}}
{{- end -}}
