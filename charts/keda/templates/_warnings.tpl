{{- /* What renders and works, but perhaps not as meant. One line each, shown by NOTES. */ -}}
{{- define "keda.warnings" -}}
{{- $v := .Values -}}
{{- $minor := .Capabilities.KubeVersion.Minor | regexFind "[0-9]+" | int -}}
{{- if or (lt $minor 34) (gt $minor 36) }}
  - Kubernetes {{ .Capabilities.KubeVersion.Version }} is outside the range that KEDA {{ .Chart.AppVersion }} supports, 1.34 to 1.36.
{{- end }}
{{- range $name := list "keda" "metricsApiServer" "webhooks" }}
{{- $version := get $v.image $name | dig "tag" "" | default "" | regexFind "^v?[0-9]+[.][0-9]+" | trimPrefix "v" }}
{{- if and $version (not (hasPrefix (printf "%s." $version) $.Chart.AppVersion)) }}
  - image.{{ $name }}.tag is of KEDA {{ $version }}, but the flags, rights and CRDs are those of KEDA {{ $.Chart.AppVersion }}: an older program stops at a flag that it does not know.
{{- end }}
{{- end }}
{{- if $v.global.imageRegistry }}
  - global.imageRegistry is not read by this chart; global.image.registry is.
{{- end }}
{{- if and $v.permissions.operator.restrict.secret $v.rbac.create $v.rbac.enabledCustomScaledRefKinds }}
{{- if ne (len (include "keda.operator.scaledRefKinds" . | fromJsonArray)) (len $v.rbac.scaledRefKinds) }}
  - permissions.operator.restrict.secret is true, so the wildcard of rbac.scaledRefKinds is not granted: it would let the operator read every Secret. Deployments and StatefulSets are scaled; list other kinds in rbac.scaledRefKinds.
{{- end }}
{{- end }}
{{- $watched := include "keda.watch.namespaces" . | fromJsonArray }}
{{- if and $watched (not $v.permissions.operator.restrict.secret) (not (has (include "keda.operator.clusterObjectNamespace" .) $watched)) }}
  - watchNamespace leaves out {{ include "keda.operator.clusterObjectNamespace" . }}, where the Secrets of ClusterTriggerAuthentications are: KEDA cannot read them. Add it, or set permissions.operator.restrict.secret: true.
{{- end }}
{{- if and (eq $v.service.minTlsVersion "TLS13") $v.service.tlsCipherList }}
  - service.tlsCipherList has no effect while service.minTlsVersion is TLS13: the cipher suites of TLS 1.3 are fixed.
{{- end }}
{{- range include "keda.component.keys" . | fromJsonArray }}
{{- $component := include "keda.component" (list $ .) | fromJson }}
{{- $own := index $v $component.valuesKey }}
{{- if and $own.useHostNetwork (eq $own.dnsPolicy "ClusterFirst") }}
  - {{ $component.valuesKey }}.dnsPolicy is ClusterFirst on the node's network, where Kubernetes uses the node's DNS instead: names of Services do not resolve. Leave it empty.
{{- end }}
{{- end }}
{{- if and $v.webhooks.enabled (eq $v.webhooks.failurePolicy "Fail") (lt (include "keda.component" (list $ "admission-webhooks") | fromJson).replicas 2.0) }}
  - webhooks.failurePolicy is Fail with one replica: while that pod is away, no KEDA object can be created or changed. Use webhooks.replicaCount: 2 or highAvailability.enabled.
{{- end }}
{{- range include "keda.component.keys" . | fromJsonArray }}
{{- $component := include "keda.component" (list $ .) | fromJson }}
{{- $kept := get (include "keda.podDisruptionBudget.limits" (list $ .) | fromJson) "minAvailable" }}
{{- if or (eq (toString $kept) "100%") (and (not (kindIs "string" $kept)) (ge ($kept | int) ($component.replicas | int))) }}
  - podDisruptionBudget.{{ $component.podKey }}: minAvailable {{ $kept }} of {{ $component.replicas }} replicas never lets a node be drained. Use maxUnavailable: 1.
{{- end }}
{{- end }}
{{- end -}}
