{{- define "keda.validation.availability" -}}
{{- $budgets := dict "podDisruptionBudget" .Values.podDisruptionBudget -}}
{{- range include "keda.component.keys" . | fromJsonArray -}}
{{- include "keda.validation.replacement" (list $ .) -}}
{{- $podKey := (include "keda.component" (list $ .) | fromJson).podKey -}}
{{- $_ := set $budgets (printf "podDisruptionBudget.%s" $podKey) (index $.Values.podDisruptionBudget $podKey | default dict) -}}
{{- end -}}
{{- range $path, $budget := $budgets -}}
{{- if and (hasKey $budget "minAvailable") (hasKey $budget "maxUnavailable") }}
  - {{ $path }}: minAvailable and maxUnavailable are both set, and Kubernetes takes one; remove one
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* How pods of a component are replaced and found alive. Input: list of root and component key. */ -}}
{{- define "keda.validation.replacement" -}}
{{- $v := (index . 0).Values -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- if and (index $v.podDisruptionBudget $component.podKey) (not (include "keda.podDisruptionBudget.limits" . | fromJson)) }}
  - podDisruptionBudget.{{ $component.podKey }}: neither minAvailable nor maxUnavailable is set; set one of them
{{- end -}}
{{- $strategy := index $v.upgradeStrategy $component.strategyKey | default dict -}}
{{- $rolling := $strategy.rollingUpdate -}}
{{- if and $rolling (eq ($strategy.type | default "") "Recreate") }}
  - upgradeStrategy.{{ $component.strategyKey }}.rollingUpdate: Kubernetes refuses it with type Recreate; remove one of the two
{{- end -}}
{{- if and (hasKey $rolling "maxSurge") (hasKey $rolling "maxUnavailable") (has (toString $rolling.maxSurge) (list "0" "0%")) (has (toString $rolling.maxUnavailable) (list "0" "0%")) }}
  - upgradeStrategy.{{ $component.strategyKey }}.rollingUpdate: with maxSurge 0 and maxUnavailable 0 no pod can be replaced; make one of them larger
{{- end -}}
{{- $own := index $v $component.valuesKey -}}
{{- range $name, $probe := dict "livenessProbe" $own.livenessProbe "startupProbe" $own.startupProbe -}}
{{- if ne (($probe | default dict).successThreshold | default 1 | int) 1 }}
  - {{ $component.valuesKey }}.{{ $name }}.successThreshold: Kubernetes takes only 1 for this probe; remove it
{{- end -}}
{{- end -}}
{{- if hasKey $own.readinessProbe "terminationGracePeriodSeconds" }}
  - {{ $component.valuesKey }}.readinessProbe.terminationGracePeriodSeconds: a readiness probe stops nothing, and Kubernetes refuses it; remove it
{{- end -}}
{{- end -}}
