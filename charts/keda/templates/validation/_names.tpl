{{- define "keda.validation.names" -}}
{{- $names := dict -}}
{{- $accounts := dict -}}
{{- with include "keda.names.operatorReplicas" . -}}
{{- if gt (len .) 63 }}
  - operator.name: the derived name {{ . }} has more than the 63 characters that a Service may have; set it, or a shorter fullnameOverride
{{- end -}}
{{- $_ := set $names . "the Service of all operators" -}}
{{- end -}}
{{- $derived := list (printf "%s-cluster" (include "keda.names.operator" .)) (printf "%s-external-metrics-reader" (include "keda.names.operator" .)) (printf "%s-auth-delegator" (include "keda.names.metricsApiserver" .)) (printf "%s-auth-reader" (include "keda.names.metricsApiserver" .)) -}}
{{- $likeDerived := list -}}
{{- range include "keda.component.keys" . | fromJsonArray -}}
{{- $component := include "keda.component" (list $ .) | fromJson -}}
{{- $name := $component.name -}}
{{- if gt (len $name) 63 }}
  - {{ $component.valuesKey }}.name: the derived name {{ $name }} has more than the 63 characters that a Service may have; set it, or a shorter fullnameOverride
{{- end -}}
{{- if hasKey $names $name }}
  - {{ $component.valuesKey }}.name: {{ $name }} is also the name of {{ get $names $name }}; give each component a name of its own
{{- end -}}
{{- $_ := set $names $name $component.valuesKey -}}
{{- if (index $.Values.serviceAccount $component.podKey).create -}}
{{- if hasKey $accounts $component.account }}
  - serviceAccount.{{ $component.podKey }}.create: the account {{ $component.account }} is already created by serviceAccount.{{ get $accounts $component.account }}; set create: false on one of them
{{- end -}}
{{- $_ := set $accounts $component.account $component.podKey -}}
{{- end -}}
{{- if and (ne . "metrics-apiserver") (has $name $derived) -}}
{{- $likeDerived = append $likeDerived $component -}}
{{- end -}}
{{- end -}}
{{- range $likeDerived }}
  - {{ .valuesKey }}.name: {{ .name }} is also the name of a role or binding that the chart derives; choose another name
{{- end -}}
{{- end -}}

{{- define "keda.validation.labels" -}}
{{- $labels := .Values.podLabels -}}
{{- range $path, $labels := dict "additionalLabels" .Values.additionalLabels "podLabels.keda" $labels.keda "podLabels.metricsAdapter" $labels.metricsAdapter "podLabels.webhooks" $labels.webhooks -}}
{{- if hasKey ($labels | default dict) "app" }}
  - {{ $path }}.app: the label "app" selects the pods and cannot be changed; use another label
{{- end -}}
{{- end -}}
{{- end -}}
