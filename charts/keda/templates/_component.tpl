{{- /* One component as JSON, whatever the values blocks call it: the values surface has three spellings of each component
(operator/keda, metricServer/metricsServer/metricsApiServer/metricsAdapter, webhooks), and this is the only place that knows.
Input: list of root and key (operator, metrics-apiserver or admission-webhooks). */ -}}
{{- define "keda.component" -}}
{{- $root := index . 0 -}}
{{- $key := index . 1 -}}
{{- $v := $root.Values -}}
{{- $base := include "keda.names.base" $root -}}
{{- $component := dict -}}
{{- if eq $key "operator" -}}
{{- $component = dict
  "key" $key "binary" "/keda" "name" (include "keda.names.operator" $root) "values" $v.operator "valuesKey" "operator"
  "image" $v.image.keda "podLabels" $v.podLabels.keda "podAnnotations" $v.podAnnotations.keda
  "volumes" $v.volumes.keda "volumesKey" "volumes.keda" "extraArgs" $v.extraArgs.keda "extraArgsKey" "extraArgs.keda"
  "strategy" $v.upgradeStrategy.operator "strategyKey" "upgradeStrategy.operator" "budget" $v.podDisruptionBudget.operator "budgetKey" "podDisruptionBudget.operator"
  "spread" $v.topologySpreadConstraints.operator "profiling" $v.profiling.operator "prometheus" $v.prometheus.operator
  "prometheusKey" "prometheus.operator"
  "serviceAccount" $v.serviceAccount.operator "accountDefault" (printf "%s-operator" $base) "podKey" "operator" -}}
{{- else if eq $key "metrics-apiserver" -}}
{{- $component = dict
  "key" $key "binary" "/keda-adapter" "name" (include "keda.names.metricsApiserver" $root) "values" $v.metricsServer "valuesKey" "metricsServer"
  "image" $v.image.metricsApiServer "podLabels" $v.podLabels.metricsAdapter "podAnnotations" $v.podAnnotations.metricsAdapter
  "volumes" $v.volumes.metricsApiServer "volumesKey" "volumes.metricsApiServer" "extraArgs" $v.extraArgs.metricsAdapter "extraArgsKey" "extraArgs.metricsAdapter"
  "strategy" $v.upgradeStrategy.metricsApiServer "strategyKey" "upgradeStrategy.metricsApiServer" "budget" $v.podDisruptionBudget.metricServer "budgetKey" "podDisruptionBudget.metricServer"
  "spread" $v.topologySpreadConstraints.metricsServer "profiling" $v.profiling.metricsServer "prometheus" $v.prometheus.metricServer
  "prometheusKey" "prometheus.metricServer"
  "serviceAccount" $v.serviceAccount.metricServer "accountDefault" (printf "%s-metrics-server" $base) "podKey" "metricServer" -}}
{{- else -}}
{{- $component = dict
  "key" $key "binary" "/keda-admission-webhooks" "name" (include "keda.names.webhooks" $root) "values" $v.webhooks "valuesKey" "webhooks"
  "image" $v.image.webhooks "podLabels" $v.podLabels.webhooks "podAnnotations" $v.podAnnotations.webhooks
  "volumes" $v.volumes.webhooks "volumesKey" "volumes.webhooks" "extraArgs" $v.extraArgs.webhooks "extraArgsKey" "extraArgs.webhooks"
  "strategy" $v.upgradeStrategy.webhooks "strategyKey" "upgradeStrategy.webhooks" "budget" $v.podDisruptionBudget.webhooks "budgetKey" "podDisruptionBudget.webhooks"
  "spread" $v.topologySpreadConstraints.webhooks "profiling" $v.profiling.webhooks "prometheus" $v.prometheus.webhooks
  "prometheusKey" "prometheus.webhooks"
  "serviceAccount" $v.serviceAccount.webhooks "accountDefault" (printf "%s-webhook" $base) "podKey" "webhooks" -}}
{{- end -}}
{{- $_ := set $component "account" ($component.serviceAccount.name | default $component.accountDefault) -}}
{{- $replicas := $component.values.replicaCount | int -}}
{{- if and $v.highAvailability.enabled (lt $replicas 2) -}}
{{- $replicas = 2 -}}
{{- end -}}
{{- $_ := set $component "replicas" $replicas -}}
{{- /* All replicas are replaced at once: those with an old certificate would answer beside those with a new one, and each leader
among them that goes costs the wait for its lease. On the nodes' network an old pod must make room first. */ -}}
{{- if and $v.highAvailability.enabled (not $component.strategy) -}}
{{- $surge := $component.values.useHostNetwork | ternary (dict "maxSurge" 0 "maxUnavailable" 1) (dict "maxSurge" "100%" "maxUnavailable" 0) -}}
{{- $_ := set $component "strategy" (dict "type" "RollingUpdate" "rollingUpdate" $surge) -}}
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
