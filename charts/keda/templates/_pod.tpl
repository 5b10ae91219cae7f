{{- /* What the pods of the three components have in common. */ -}}

{{- /* Built-in defaults of the three blocks that values.yaml leaves empty, so that {} and null can remove them: Helm merges a
map of the user into a default of values.yaml, whatever the user wrote. */ -}}
{{- define "keda.pod.defaults" -}}
resources:
  limits:
    cpu: "1"
    memory: 1000Mi
  requests:
    cpu: 100m
    memory: 100Mi
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop:
      - ALL
  readOnlyRootFilesystem: true
  seccompProfile:
    type: RuntimeDefault
podSecurityContext:
  runAsNonRoot: true
{{- end -}}

{{- /* One of these blocks for one component, as JSON. Input: root, block, component. Unset: the default. A map: merged over it.
{} or null: nothing. */ -}}
{{- define "keda.pod.setting" -}}
{{- $default := get (include "keda.pod.defaults" . | fromYaml) .block -}}
{{- $block := get .root.Values .block | default dict -}}
{{- if not (hasKey $block .component.podKey) -}}
{{- $default | toJson -}}
{{- else -}}
{{- with get $block .component.podKey -}}
{{- include "keda.merge" (list $default .) -}}
{{- else -}}
{}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Requests and limits. Quantities that are numbers become strings, as the API server stores them: it takes both, but every
server-side or repeated client-side apply of a number would be a change. Input: root, component. */ -}}
{{- define "keda.pod.resources" -}}
{{- $resources := include "keda.pod.setting" (dict "root" .root "component" .component "block" "resources") | fromJson -}}
{{- range $part := list "limits" "requests" -}}
{{- $quantities := get $resources $part | default dict -}}
{{- range $name, $quantity := $quantities -}}
{{- $_ := set $quantities $name (kindIs "string" $quantity | ternary $quantity (toJson $quantity)) -}}
{{- end -}}
{{- end -}}
{{- $resources | toJson -}}
{{- end -}}

{{- /* A probe: the component's own path unless the values bring a handler. A delay of 0 is left out, as the API server does.
Input: settings, path, port, scheme. */ -}}
{{- define "keda.pod.probe" -}}
{{- $handler := dict "httpGet" (dict "path" .path "port" .port "scheme" .scheme) -}}
{{- if or .settings.httpGet .settings.tcpSocket .settings.exec .settings.grpc -}}
{{- $handler = dict -}}
{{- end -}}
{{- $probe := include "keda.merge" (list $handler .settings) | fromJson -}}
{{- if not $probe.initialDelaySeconds -}}
{{- $probe = omit $probe "initialDelaySeconds" -}}
{{- end -}}
{{- $probe | toYaml -}}
{{- end -}}

{{- /* Seconds of serving after the order to stop: not longer than the grace period, which Kubernetes would refuse. Input: settings
of a component. */ -}}
{{- define "keda.pod.preStopSeconds" -}}
{{- $grace := kindIs "invalid" .terminationGracePeriodSeconds | ternary 30 .terminationGracePeriodSeconds -}}
{{- min (int .preStopSeconds) (int $grace) -}}
{{- end -}}

{{- /* Environment: the chart's, then env, then the component's own; the later one wins, each name once. Input: root,
component, own. */ -}}
{{- define "keda.pod.env" -}}
{{- $entries := dict -}}
{{- $order := list -}}
{{- range concat (include (printf "keda.%s.env" .component.key) .root | fromYamlArray) (.root.Values.env | default list) (.own.env | default list) -}}
{{- $_ := set $entries .name . -}}
{{- $order = append $order .name -}}
{{- end -}}
{{- $env := list -}}
{{- range $order | uniq -}}
{{- $env = append $env (get $entries .) -}}
{{- end -}}
{{- $env | toYaml -}}
{{- end -}}

{{- /* Arguments: the chart's, with those of extraArgs in place of the chart's own where both name a flag. A list repeats the flag,
an empty value passes the bare flag. Input: root, component. */ -}}
{{- define "keda.pod.args" -}}
{{- $extra := index .root.Values.extraArgs .component.labelsKey | default dict -}}
{{- $own := include (printf "keda.%s.args" .component.key) .root | fromYamlArray -}}
{{- $args := $own -}}
{{- if $extra -}}
{{- $args = list -}}
{{- range $own -}}
{{- if not (hasKey $extra (trimPrefix "--" (splitList "=" . | first))) -}}
{{- $args = append $args . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $flag, $value := $extra -}}
{{- range kindIs "slice" $value | ternary $value (list $value) -}}
{{- if or (kindIs "invalid" .) (eq (toString .) "") -}}
{{- $args = append $args (printf "--%s" $flag) -}}
{{- else if kindIs "float64" . -}}
{{- $args = append $args (printf "--%s=%s" $flag (toJson .)) -}}
{{- else -}}
{{- $args = append $args (printf "--%s=%v" $flag .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $args | toYaml -}}
{{- end -}}

{{- /* The origin of the certificates, and how Prometheus finds the pods unless a monitor finds them already. */ -}}
{{- define "keda.pod.annotations" -}}
{{- $prometheus := index .root.Values.prometheus .component.podKey -}}
{{- $scrape := dict -}}
{{- if and $prometheus.enabled (not $prometheus.serviceMonitor.enabled) (not $prometheus.podMonitor.enabled) -}}
{{- $scrape = dict "prometheus.io/scrape" "true" "prometheus.io/port" ($prometheus.port | toString) "prometheus.io/path" "/metrics" -}}
{{- end -}}
{{- $origin := dict "checksum/certificates" (include "keda.certificates.origin" .root) -}}
{{- include "keda.merge" (list $origin $scrape .root.Values.additionalAnnotations (index .root.Values.podAnnotations .component.labelsKey)) -}}
{{- end -}}

{{- define "keda.pod.labels" -}}
{{- $identity := dict -}}
{{- if and (eq .component.key "operator") .root.Values.podIdentity.azureWorkload.enabled -}}
{{- $identity = dict "azure.workload.identity/use" "true" -}}
{{- end -}}
{{- include "keda.labels.common" (dict "root" .root "name" .component.name "component" .component.key "labels" (include "keda.merge" (list $identity (index .root.Values.podLabels .component.labelsKey)) | fromJson)) -}}
{{- end -}}

{{- define "keda.pod.dnsPolicy" -}}
{{- .own.dnsPolicy | default (.own.useHostNetwork | ternary "ClusterFirstWithHostNet" "ClusterFirst") -}}
{{- end -}}

{{- define "keda.pod.spread" -}}
{{- $spread := index .root.Values.topologySpreadConstraints .component.valuesKey -}}
{{- if $spread -}}
{{- $spread | toYaml -}}
{{- else if .root.Values.highAvailability.enabled -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "keda.labels.selector" .component | nindent 6 }}
{{- end -}}
{{- end -}}

{{- /* Where and as whom the pod runs. Input: root, component, own. */ -}}
{{- define "keda.pod.placement" -}}
{{- $v := .root.Values -}}
{{- $own := .own -}}
serviceAccountName: {{ .component.account | quote }}
automountServiceAccountToken: {{ (index $v.serviceAccount .component.podKey).automountServiceAccountToken }}
enableServiceLinks: {{ $v.enableServiceLinks }}
{{- with include "keda.image.pullSecrets" .root }}
imagePullSecrets:
  {{- . | nindent 2 }}
{{- end }}
{{- with include "keda.pod.setting" (dict "root" .root "component" .component "block" "podSecurityContext") | fromJson }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $own.useHostNetwork }}
hostNetwork: true
{{- end }}
{{- if not (kindIs "invalid" $own.hostUsers) }}
hostUsers: {{ $own.hostUsers }}
{{- end }}
dnsPolicy: {{ include "keda.pod.dnsPolicy" . }}
{{- with $own.dnsConfig | default $v.global.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with concat ($v.hostAliases | default list) ($own.hostAliases | default list) }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
nodeSelector:
  {{- include "keda.merge" (list (dict "kubernetes.io/os" "linux") ($own.nodeSelector | default $v.nodeSelector)) | fromJson | toYaml | nindent 2 }}
{{- with $own.affinity | default $v.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.tolerations | default $v.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "keda.pod.spread" . }}
topologySpreadConstraints:
  {{- . | nindent 2 }}
{{- end }}
{{- with $own.priorityClassName | default $v.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $own.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- with $own.schedulerName }}
schedulerName: {{ . | quote }}
{{- end }}
{{- if not (kindIs "invalid" $own.terminationGracePeriodSeconds) }}
terminationGracePeriodSeconds: {{ $own.terminationGracePeriodSeconds | int }}
{{- end }}
{{- end -}}

{{- define "keda.pod.volumes" -}}
- {{ include "keda.certificates.serving.volume" (list .root .component.key) | indent 2 | trim }}
{{- with include (printf "keda.%s.volumes" .component.key) .root }}
{{ . | trim }}
{{- end }}
{{- with .volumes.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "keda.pod.volumeMounts" -}}
- {{ include "keda.certificates.serving.mount" .root | indent 2 | trim }}
{{- with include (printf "keda.%s.volumeMounts" .component.key) .root }}
{{ . | trim }}
{{- end }}
{{- with .volumes.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
