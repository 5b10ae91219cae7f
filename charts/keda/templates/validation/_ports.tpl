{{- define "keda.validation.ports" -}}
{{- $v := .Values -}}
{{- $onNode := dict -}}
{{- range include "keda.component.keys" . | fromJsonArray -}}
{{- $component := include "keda.component" (list $ .) | fromJson -}}
{{- $own := index $v $component.valuesKey -}}
{{- $prometheus := index $v.prometheus $component.podKey -}}
{{- $profiling := index $v.profiling $component.valuesKey -}}
{{- $listeners := list -}}
{{- if eq . "operator" -}}
{{- $listeners = list (list $v.operator.metricsServicePort "operator.metricsServicePort") (list $v.operator.healthProbePort "operator.healthProbePort") -}}
{{- else if eq . "metrics-apiserver" -}}
{{- $listeners = list (list $v.service.portHttpsTarget "service.portHttpsTarget") -}}
{{- else -}}
{{- $listeners = list (list (include "keda.admission-webhooks.port" $) "webhooks.port") (list $v.webhooks.healthProbePort "webhooks.healthProbePort") -}}
{{- end -}}
{{- if or $prometheus.enabled (eq . "metrics-apiserver") -}}
{{- $listeners = append $listeners (list $prometheus.port (printf "prometheus.%s.port" $component.podKey)) -}}
{{- end -}}
{{- if $profiling.enabled -}}
{{- $listeners = append $listeners (list $profiling.port (printf "profiling.%s.port" $component.valuesKey)) -}}
{{- end -}}
{{- $inPod := dict -}}
{{- range $listeners -}}
{{- $port := index . 0 | int | toString -}}
{{- $path := index . 1 -}}
{{- if hasKey $inPod $port }}
  - {{ $path }}: port {{ $port }} is also {{ get $inPod $port }}, in the same pod; give each its own
{{- else if and $own.useHostNetwork (hasKey $onNode $port) }}
  - {{ $path }}: port {{ $port }} is also {{ get $onNode $port }}, and both pods use the node's network; give each its own
{{- end -}}
{{- $_ := set $inPod $port $path -}}
{{- end -}}
{{- if $own.useHostNetwork -}}
{{- $onNode = merge $onNode $inPod -}}
{{- if eq ($own.hostUsers | toString) "false" }}
  - {{ $component.valuesKey }}.hostUsers: a pod on the node's network cannot have a user namespace of its own; remove it, or set {{ $component.valuesKey }}.useHostNetwork: false
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
