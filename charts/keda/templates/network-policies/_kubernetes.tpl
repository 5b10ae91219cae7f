{{- /* NetworkPolicy of a component. The API server is a peer without pods (it runs on the host network or outside the cluster), so
its rules name ports, and addresses when the values give them. Input: list of root and component key. */ -}}
{{- define "keda.networkPolicy.kubernetes" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $policy := $root.Values.networkPolicy -}}
{{- $extra := get $policy.kubernetes ($component.valuesKey) -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.name "namespace" $root.Release.Namespace) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "keda.labels.selector" $component | nindent 6 }}
  policyTypes:
    - Ingress
    - Egress
  {{- /* No rule at all means that nothing may come in: an empty list, so that the field is there to be read. */}}
  {{- with include "keda.networkPolicy.kubernetes.ingress" (dict "root" $root "component" $component "extra" $extra.extraIngressRules) | trim }}
  ingress:
    {{- . | nindent 4 }}
  {{- else }}
  ingress: []
  {{- end }}
  egress:
    - ports:
        {{- range $policy.dns.ports }}
        - port: {{ . | int }}
          protocol: UDP
        - port: {{ . | int }}
          protocol: TCP
        {{- end }}
      {{- with $policy.dns.peers }}
      to:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    - ports:
        {{- range $policy.apiServer.ports }}
        - port: {{ . | int }}
          protocol: TCP
        {{- end }}
      {{- with include "keda.networkPolicy.kubernetes.apiServerPeers" $root }}
      to:
        {{- . | nindent 8 }}
      {{- end }}
    {{- if eq $component.key "metrics-apiserver" }}
    - ports:
        - port: {{ $root.Values.operator.metricsServicePort | int }}
          protocol: TCP
      {{- if not $root.Values.operator.useHostNetwork }}
      to:
        - podSelector:
            matchLabels:
              {{- include "keda.labels.selector" (dict "name" (include "keda.names.operator" $root)) | nindent 14 }}
      {{- end }}
    {{- end }}
    {{- if eq $component.key "operator" }}
    {{- with include "keda.networkPolicy.collectorPort" $root }}
    - ports:
        - port: {{ . | int }}
          protocol: TCP
    {{- end }}
    {{- end }}
    {{- with $extra.extraEgressRules }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- /* Input: root, component, extra. */ -}}
{{- define "keda.networkPolicy.kubernetes.ingress" -}}
{{- include (printf "keda.networkPolicy.kubernetes.ingress.%s" .component.key) .root }}
{{- $prometheus := index .root.Values.prometheus .component.podKey }}
{{- if $prometheus.enabled }}
- ports:
    - port: {{ $prometheus.port | int }}
      protocol: TCP
  {{- with .root.Values.networkPolicy.scrapeFrom }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .extra }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "keda.networkPolicy.kubernetes.apiServerPeers" -}}
{{- $peers := list -}}
{{- range .Values.networkPolicy.apiServer.cidrs -}}
{{- $peers = append $peers (dict "ipBlock" (dict "cidr" .)) -}}
{{- end -}}
{{- with $peers }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{- define "keda.networkPolicy.kubernetes.ingress.operator" -}}
{{- if .Values.metricsServer.enabled -}}
- ports:
    - port: {{ .Values.operator.metricsServicePort | int }}
      protocol: TCP
  {{- /* A pod on its node's network has the node's address and no labels; the port asks for a client certificate. */}}
  {{- if not .Values.metricsServer.useHostNetwork }}
  from:
    - podSelector:
        matchLabels:
          {{- include "keda.labels.selector" (dict "name" (include "keda.names.metricsApiserver" .)) | nindent 10 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "keda.networkPolicy.kubernetes.ingress.metrics-apiserver" -}}
- ports:
    - port: {{ .Values.service.portHttpsTarget | int }}
      protocol: TCP
  {{- with include "keda.networkPolicy.kubernetes.apiServerPeers" . }}
  from:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "keda.networkPolicy.kubernetes.ingress.admission-webhooks" -}}
- ports:
    - port: {{ include "keda.admission-webhooks.port" . }}
      protocol: TCP
  {{- with include "keda.networkPolicy.kubernetes.apiServerPeers" . }}
  from:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}
