{{- define "keda.operator.args" -}}
{{- $v := .Values -}}
{{- $byOperator := include "keda.certificates.byOperator" . -}}
- --leader-elect
{{- with include "keda.operator.leaseName" . }}
- {{ printf "--leader-election-id=%s" . | quote }}
{{- end }}
- --disable-compression={{ $v.operator.disableCompression }}
- --zap-log-level={{ $v.logging.operator.level }}
- --zap-encoder={{ $v.logging.operator.format }}
- --zap-time-encoding={{ $v.logging.operator.timeEncoding }}
- --zap-stacktrace-level={{ $v.logging.operator.stackTracesEnabled | ternary "error" "panic" }}
- --health-probe-bind-address=:{{ $v.operator.healthProbePort | int }}
- --metrics-service-bind-address=:{{ $v.operator.metricsServicePort | int }}
- --enable-prometheus-metrics={{ $v.prometheus.operator.enabled }}
{{- if $v.prometheus.operator.enabled }}
- --metrics-bind-address=:{{ $v.prometheus.operator.port | int }}
{{- end }}
{{- if $v.opentelemetry.operator.enabled }}
- --enable-opentelemetry-metrics=true
{{- end }}
{{- if $v.profiling.operator.enabled }}
- --profiling-bind-address=:{{ $v.profiling.operator.port | int }}
{{- end }}
- {{ printf "--k8s-cluster-name=%s" $v.clusterName | quote }}
- {{ printf "--cert-dir=%s" $v.certificates.mountPath | quote }}
- --enable-cert-rotation={{ empty $byOperator | ternary "false" "true" }}
{{- if $byOperator }}
- {{ printf "--cert-secret-name=%s" $v.certificates.secretName | quote }}
- {{ printf "--k8s-cluster-domain=%s" $v.clusterDomain | quote }}
- --operator-service-name={{ include "keda.names.operator" . }}
{{- if $v.metricsServer.enabled }}
- --metrics-server-service-name={{ include "keda.names.metricsApiserver" . }}
{{- end }}
- --enable-apiservice-patching={{ include "keda.certificates.apiServicePatching" . | empty | ternary "false" "true" }}
- --enable-webhook-patching={{ include "keda.certificates.webhookPatching" . | empty | ternary "false" "true" }}
{{- if $v.webhooks.enabled }}
- --webhooks-service-name={{ include "keda.names.webhooks" . }}
- --validating-webhook-name={{ include "keda.names.webhookConfiguration" . }}
{{- end }}
{{- end }}
{{- range (include "keda.certificates.operatorValues" . | fromJson).caDirs | default (list "/custom/ca") }}
- {{ printf "--ca-dir=%s" . | quote }}
{{- end }}
{{- range include "keda.certificates.trustedCAs" . | fromJsonArray }}
- --ca-dir={{ .mountPath }}
{{- end }}
- --http-max-idle-conns={{ $v.http.maxIdleConns | int }}
- --http-max-idle-conns-per-host={{ $v.http.maxIdleConnsPerHost | int }}
- --http-idle-conn-timeout={{ $v.http.idleConnTimeout }}
- --service-account-token-mode={{ $v.operator.serviceAccountTokens.mode }}
{{- if $v.operator.serviceAccountTokens.vault.enabled }}
- --vault-kubernetes-auth-token-file=/var/run/secrets/keda-vault/token
{{- end }}
{{- end -}}

{{- define "keda.operator.env" -}}
{{- $v := .Values -}}
- name: WATCH_NAMESPACE
{{- with include "keda.watch.namespaces" . | fromJsonArray | join "," }}
  value: {{ . | quote }}
{{- end }}
{{- with $v.watchLabelSelector }}
- name: WATCH_LABEL_SELECTOR
  value: {{ . | quote }}
{{- end }}
{{- with $v.watchLabelSelectorForTriggerauth }}
- name: WATCH_LABEL_SELECTOR_FOR_TRIGGERAUTH
  value: {{ . | quote }}
{{- end }}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: metadata.namespace
- name: KEDA_CLUSTER_OBJECT_NAMESPACE
  value: {{ include "keda.operator.clusterObjectNamespace" . | quote }}
{{- if $v.permissions.operator.restrict.secret }}
- name: KEDA_RESTRICT_SECRET_ACCESS
  value: "true"
{{- end }}
- name: KEDA_HTTP_DEFAULT_TIMEOUT
  value: {{ $v.http.timeout | int64 | quote }}
- name: KEDA_HTTP_MIN_TLS_VERSION
  value: {{ $v.http.minTlsVersion | quote }}
{{- with $v.http.tlsCipherList }}
- name: KEDA_HTTP_TLS_CIPHER_LIST
  value: {{ . | quote }}
{{- end }}
{{- if not $v.http.keepAlive.enabled }}
- name: KEDA_HTTP_DISABLE_KEEP_ALIVE
  value: "true"
{{- end }}
{{ include "keda.tls.env" . }}
{{- with $v.operator.kubernetesApiTimeout }}
- name: KEDA_KUBERNETES_API_TIMEOUT
  value: {{ . | quote }}
{{- end }}
{{- with include "keda.operator.tokenAudiences" . | fromJsonArray }}
- name: KEDA_SERVICE_ACCOUNT_TOKEN_AUDIENCES
  value: {{ toJson . | quote }}
{{- end }}
{{- with $v.operator.outboundFilter }}
- name: KEDA_OUTBOUND_FILTER
  value: {{ toJson . | quote }}
{{- end }}
{{- $lease := include "keda.operator.lease" . | fromJson }}
{{- with $lease.leaseDuration }}
- name: KEDA_OPERATOR_LEADER_ELECTION_LEASE_DURATION
  value: {{ . | quote }}
{{- end }}
{{- with $lease.renewDeadline }}
- name: KEDA_OPERATOR_LEADER_ELECTION_RENEW_DEADLINE
  value: {{ . | quote }}
{{- end }}
{{- with $lease.retryPeriod }}
- name: KEDA_OPERATOR_LEADER_ELECTION_RETRY_PERIOD
  value: {{ . | quote }}
{{- end }}
{{- if $v.opentelemetry.operator.enabled }}
{{- with $v.opentelemetry.collector.uri }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Durations of the lease, as JSON. Environment variables of the values take the place of all three: they need not fit to the
chart's. */ -}}
{{- define "keda.operator.lease" -}}
{{- $durations := pick .Values.operator.leaderElection "leaseDuration" "renewDeadline" "retryPeriod" -}}
{{- range concat (.Values.env | default list) (.Values.operator.env | default list) -}}
{{- if hasPrefix "KEDA_OPERATOR_LEADER_ELECTION_" .name -}}
{{- $durations = dict -}}
{{- end -}}
{{- end -}}
{{- $durations | toJson -}}
{{- end -}}

{{- define "keda.operator.ports" -}}
- name: metricsservice
  containerPort: {{ .Values.operator.metricsServicePort | int }}
  protocol: TCP
- name: health
  containerPort: {{ .Values.operator.healthProbePort | int }}
  protocol: TCP
{{- if .Values.prometheus.operator.enabled }}
- name: metrics
  containerPort: {{ .Values.prometheus.operator.port | int }}
  protocol: TCP
{{- end }}
{{- if .Values.profiling.operator.enabled }}
- name: profiling
  containerPort: {{ .Values.profiling.operator.port | int }}
  protocol: TCP
{{- end }}
{{- end -}}

{{- /* The operator calls itself ready at once. Where it makes its certificates it then ends, starts again and waits for the lease
of its first life: until that is over nobody should rely on it. Input: root, settings, path. */ -}}
{{- define "keda.operator.probe" -}}
{{- $settings := .settings -}}
{{- if and (eq .path "/readyz") (kindIs "invalid" .settings.initialDelaySeconds) -}}
{{- $delay := 2 -}}
{{- if include "keda.certificates.byOperator" .root -}}
{{- $lease := include "keda.operator.lease" .root | fromJson -}}
{{- $delay = include "keda.duration.seconds" ($lease.leaseDuration | default "15s") | float64 | ceil | int | add 6 -}}
{{- end -}}
{{- $settings = include "keda.merge" (list .settings (dict "initialDelaySeconds" $delay)) | fromJson -}}
{{- end -}}
{{- include "keda.pod.probe" (dict "settings" $settings "path" .path "port" "health" "scheme" "HTTP") -}}
{{- end -}}

{{- define "keda.operator.volumes" -}}
{{- $mounted := list -}}
{{- range .Values.volumes.keda.extraVolumeMounts -}}
{{- $mounted = append $mounted (trimSuffix "/" .mountPath) -}}
{{- end -}}
{{- if not (has "/tmp" $mounted) }}
- name: tmp
  emptyDir: {}
{{- end }}
{{- range include "keda.certificates.trustedCAs" . | fromJsonArray }}
- {{ toYaml .volume | indent 2 | trim }}
{{- end }}
{{- with .Values.grpcTLSCertsSecret }}
- name: grpc-certs
  secret:
    secretName: {{ . | quote }}
{{- end }}
{{- with .Values.hashiCorpVaultTLS }}
- name: hashicorp-vault-certs
  secret:
    secretName: {{ . | quote }}
{{- end }}
{{- $vault := .Values.operator.serviceAccountTokens.vault }}
{{- if $vault.enabled }}
- name: vault-token
  projected:
    sources:
      - serviceAccountToken:
          path: token
          audience: {{ $vault.audience | quote }}
          expirationSeconds: {{ $vault.expirationSeconds | int }}
{{- end }}
{{- end -}}

{{- define "keda.operator.volumeMounts" -}}
{{- $mounted := list -}}
{{- range .Values.volumes.keda.extraVolumeMounts -}}
{{- $mounted = append $mounted (trimSuffix "/" .mountPath) -}}
{{- end -}}
{{- /* Cassandra TLS and Kafka GSSAPI write their files here; the root file system is read-only. */ -}}
{{- if not (has "/tmp" $mounted) }}
- name: tmp
  mountPath: /tmp
{{- end }}
{{- range include "keda.certificates.trustedCAs" . | fromJsonArray }}
- name: {{ .name }}
  mountPath: {{ .mountPath }}
  readOnly: true
{{- end }}
{{- if .Values.grpcTLSCertsSecret }}
- name: grpc-certs
  mountPath: /grpccerts
  readOnly: true
{{- end }}
{{- if .Values.hashiCorpVaultTLS }}
- name: hashicorp-vault-certs
  mountPath: /vault
  readOnly: true
{{- end }}
{{- if .Values.operator.serviceAccountTokens.vault.enabled }}
- name: vault-token
  mountPath: /var/run/secrets/keda-vault
  readOnly: true
{{- end }}
{{- end -}}
