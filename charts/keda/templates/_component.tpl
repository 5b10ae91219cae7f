{{- /* One component as JSON: its names, and the keys under which the values have its blocks. They spell each component in several
ways (operator/keda, metricServer/metricsServer/metricsApiServer/metricsAdapter, webhooks), and this is the only place that knows.
The blocks themselves are read where they are needed: index .Values.prometheus $component.podKey.
Input: list of root and key (operator, metrics-apiserver or admission-webhooks).

valuesKey: its own block, profiling, topologySpreadConstraints; podKey: podDisruptionBudget, prometheus, resources, securityContext,
podSecurityContext, serviceAccount; imageKey: image, volumes; labelsKey: podLabels, podAnnotations, extraArgs; strategyKey: upgradeStrategy. */ -}}
{{- define "keda.component" -}}
{{- $root := index . 0 -}}
{{- $key := index . 1 -}}
{{- $v := $root.Values -}}
{{- $base := include "keda.names.base" $root -}}
{{- $component := dict -}}
{{- if eq $key "operator" -}}
{{- $component = dict
  "key" $key "binary" "/keda" "name" (include "keda.names.operator" $root) "account" ($v.serviceAccount.operator.name | default (printf "%s-operator" $base))
  "replicas" ($v.operator.replicaCount | int) "valuesKey" "operator" "podKey" "operator" "imageKey" "keda" "labelsKey" "keda" "strategyKey" "operator" -}}
{{- else if eq $key "metrics-apiserver" -}}
{{- $component = dict
  "key" $key "binary" "/keda-adapter" "name" (include "keda.names.metricsApiserver" $root) "account" ($v.serviceAccount.metricServer.name | default (printf "%s-metrics-server" $base))
  "replicas" ($v.metricsServer.replicaCount | int) "valuesKey" "metricsServer" "podKey" "metricServer" "imageKey" "metricsApiServer" "labelsKey" "metricsAdapter" "strategyKey" "metricsApiServer" -}}
{{- else -}}
{{- $component = dict
  "key" $key "binary" "/keda-admission-webhooks" "name" (include "keda.names.webhooks" $root) "account" ($v.serviceAccount.webhooks.name | default (printf "%s-webhook" $base))
  "replicas" ($v.webhooks.replicaCount | int) "valuesKey" "webhooks" "podKey" "webhooks" "imageKey" "webhooks" "labelsKey" "webhooks" "strategyKey" "webhooks" -}}
{{- end -}}
{{- if $v.highAvailability.enabled -}}
{{- $_ := set $component "replicas" (max 2 $component.replicas) -}}
{{- end -}}
{{- $component | toJson -}}
{{- end -}}

{{- /* Keys of the components that are on, as JSON list. The operator always is. */ -}}
{{- define "keda.component.keys" -}}
{{- $keys := list "operator" -}}
{{- if .Values.metricsServer.enabled -}}{{- $keys = append $keys "metrics-apiserver" -}}{{- end -}}
{{- if .Values.webhooks.enabled -}}{{- $keys = append $keys "admission-webhooks" -}}{{- end -}}
{{- $keys | toJson -}}
{{- end -}}
