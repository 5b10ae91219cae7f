{{- /* minAvailable or maxUnavailable of a component's budget, as JSON: its own block, else the flat block for all three, else the
preset of highAvailability; empty for no budget. Input: list of root and component key. */ -}}
{{- define "keda.podDisruptionBudget.limits" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $preset := $root.Values.highAvailability.enabled | ternary (dict "maxUnavailable" 1) dict -}}
{{- pick (index $root.Values.podDisruptionBudget $component.podKey | default dict) "minAvailable" "maxUnavailable" | default (pick $root.Values.podDisruptionBudget "minAvailable" "maxUnavailable") | default $preset | toJson -}}
{{- end -}}

{{- /* PodDisruptionBudget of a component. Input: list of root and component key. */ -}}
{{- define "keda.podDisruptionBudget" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $limits := include "keda.podDisruptionBudget.limits" . | fromJson -}}
{{- with $limits -}}
{{- $budget := include "keda.merge" (list (index $root.Values.podDisruptionBudget $component.podKey) $limits) | fromJson -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.name "namespace" $root.Release.Namespace) | nindent 2 }}
spec:
  {{- toYaml $budget | nindent 2 }}
  selector:
    matchLabels:
      {{- include "keda.labels.selector" $component | nindent 6 }}
{{- end -}}
{{- end -}}
