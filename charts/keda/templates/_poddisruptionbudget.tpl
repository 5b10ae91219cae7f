{{- /* PodDisruptionBudget of a component: its own block, else the flat block for all three, else the preset of highAvailability.
Input: list of root and component key. */ -}}
{{- define "keda.podDisruptionBudget" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $budget := $component.budget | default (pick $root.Values.podDisruptionBudget "minAvailable" "maxUnavailable") -}}
{{- if and (not $budget) $root.Values.highAvailability.enabled -}}
{{- $budget = dict "maxUnavailable" 1 -}}
{{- end -}}
{{- with $budget -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.name "namespace" $root.Release.Namespace) | nindent 2 }}
spec:
  {{- toYaml . | nindent 2 }}
  selector:
    matchLabels:
      {{- include "keda.labels.selector" $component | nindent 6 }}
{{- end -}}
{{- end -}}
