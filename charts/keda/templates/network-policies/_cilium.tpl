{{- /* CiliumNetworkPolicy of a component: the same paths as the Kubernetes flavor, with Cilium's name for the API server.
Input: list of root and component key. */ -}}
{{- define "keda.networkPolicy.cilium" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $policy := $root.Values.networkPolicy -}}
{{- $prometheus := index $root.Values.prometheus $component.podKey -}}
{{- $extra := get $policy.cilium ($component.valuesKey) -}}
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.name "namespace" $root.Release.Namespace) | nindent 2 }}
spec:
  endpointSelector:
    matchLabels:
      {{- include "keda.labels.selector" $component | nindent 6 }}
  ingress:
    # Probes come from the node.
    - fromEntities:
        - host
      {{- include "keda.networkPolicy.cilium.ports" (list (include (printf "keda.networkPolicy.probePort.%s" $component.key) $root)) | nindent 6 }}
    {{- include (printf "keda.networkPolicy.cilium.ingress.%s" $component.key) $root | nindent 4 }}
    {{- if $prometheus.enabled }}
    - fromEntities:
        - cluster
      {{- include "keda.networkPolicy.cilium.ports" (list $prometheus.port) | nindent 6 }}
    {{- end }}
    {{- with $extra.extraIngressRules }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  egress:
    - toEntities:
        - kube-apiserver
    - toEntities:
        - cluster
        - world
      toPorts:
        - ports:
            {{- range $policy.dns.ports }}
            - port: {{ . | int | quote }}
              protocol: ANY
            {{- end }}
    {{- if eq $component.key "metrics-apiserver" }}
    {{- if $root.Values.operator.useHostNetwork }}
    - toEntities:
        - host
        - remote-node
    {{- else }}
    - toEndpoints:
        - matchLabels:
            {{- include "keda.labels.selector" (dict "name" (include "keda.names.operator" $root)) | nindent 12 }}
    {{- end }}
      {{- include "keda.networkPolicy.cilium.ports" (list $root.Values.operator.metricsServicePort) | nindent 6 }}
    {{- end }}
    {{- if eq $component.key "operator" }}
    {{- with include "keda.networkPolicy.collectorPort" $root }}
    - toEntities:
        - cluster
        - world
      {{- include "keda.networkPolicy.cilium.ports" (list .) | nindent 6 }}
    {{- end }}
    {{- end }}
    {{- with $extra.extraEgressRules }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "keda.networkPolicy.cilium.ports" -}}
toPorts:
  - ports:
      {{- range . }}
      - port: {{ . | int | quote }}
        protocol: TCP
      {{- end }}
{{- end -}}

{{- define "keda.networkPolicy.probePort.operator" -}}{{ .Values.operator.healthProbePort | int }}{{- end -}}
{{- define "keda.networkPolicy.probePort.metrics-apiserver" -}}{{ .Values.service.portHttpsTarget | int }}{{- end -}}
{{- define "keda.networkPolicy.probePort.admission-webhooks" -}}{{ .Values.webhooks.healthProbePort | int }}{{- end -}}

{{- define "keda.networkPolicy.cilium.ingress.operator" -}}
{{- if .Values.metricsServer.enabled -}}
{{- if .Values.metricsServer.useHostNetwork }}
- fromEntities:
    - host
    - remote-node
{{- else }}
- fromEndpoints:
    - matchLabels:
        {{- include "keda.labels.selector" (dict "name" (include "keda.names.metricsApiserver" .)) | nindent 8 }}
{{- end }}
  {{- include "keda.networkPolicy.cilium.ports" (list .Values.operator.metricsServicePort) | nindent 2 }}
{{- end -}}
{{- end -}}

{{- /* A managed control plane reaches the pod as a remote node, not always as kube-apiserver. */ -}}
{{- define "keda.networkPolicy.cilium.ingress.metrics-apiserver" -}}
- fromEntities:
    - kube-apiserver
    - remote-node
  {{- include "keda.networkPolicy.cilium.ports" (list .Values.service.portHttpsTarget) | nindent 2 }}
{{- end -}}

{{- define "keda.networkPolicy.cilium.ingress.admission-webhooks" -}}
- fromEntities:
    - kube-apiserver
    - remote-node
  {{- include "keda.networkPolicy.cilium.ports" (list (include "keda.admission-webhooks.port" .)) | nindent 2 }}
{{- end -}}
