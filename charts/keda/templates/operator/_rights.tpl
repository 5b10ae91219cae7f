{{- /* Rights of the operator, split by where they are needed. Compared with the markers of the KEDA module by the tests. */ -}}

{{- /* Kinds of rbac.scaledRefKinds that are granted, as JSON list. A wildcard would let the operator read every Secret by name, so
restricted mode leaves it out; NOTES say so. */ -}}
{{- define "keda.operator.scaledRefKinds" -}}
{{- $kinds := list -}}
{{- range .Values.rbac.scaledRefKinds -}}
{{- if not (and $.Values.permissions.operator.restrict.secret (eq .kind "*") (eq .apiGroup "*")) -}}
{{- $kinds = append $kinds . -}}
{{- end -}}
{{- end -}}
{{- $kinds | toJson -}}
{{- end -}}

{{- /* In every watched namespace. */ -}}
{{- define "keda.operator.rules.watched" -}}
- apiGroups: [keda.sh]
  resources:
    - scaledobjects
    - scaledobjects/status
    - scaledobjects/finalizers
    - scaledjobs
    - scaledjobs/status
    - scaledjobs/finalizers
    - triggerauthentications
    - triggerauthentications/status
  verbs: [get, list, watch, update, patch]
- apiGroups: [eventing.keda.sh]
  resources: [cloudeventsources, cloudeventsources/status]
  verbs: [get, list, watch, update, patch]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [create, delete, get, list, patch, update, watch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create, delete, get, list, patch, update, watch]
- apiGroups: [apps]
  resources: [deployments, statefulsets, replicasets]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [pods, configmaps, serviceaccounts]
  verbs: [get, list, watch]
{{- if not .Values.permissions.operator.restrict.secret }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch]
{{- end }}
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list, watch]
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if .Values.rbac.enabledCustomScaledRefKinds }}
- apiGroups: ["*"]
  resources: ["*/scale"]
  verbs: [get, list, watch, update, patch]
{{- range include "keda.operator.scaledRefKinds" . | fromJsonArray }}
- apiGroups:
    - {{ .apiGroup | quote }}
  resources:
    - {{ .kind | quote }}
  verbs: [get]
{{- end }}
{{- else }}
- apiGroups: [apps]
  resources: [deployments/scale, statefulsets/scale]
  verbs: [get, list, watch, update, patch]
{{- end }}
{{- end -}}

{{- /* Cluster-scoped kinds, whatever is watched; the two patched objects only while the operator patches them. */ -}}
{{- define "keda.operator.rules.cluster" -}}
- apiGroups: [keda.sh]
  resources: [clustertriggerauthentications, clustertriggerauthentications/status]
  verbs: [get, list, watch, update, patch]
- apiGroups: [eventing.keda.sh]
  resources: [clustercloudeventsources, clustercloudeventsources/status]
  verbs: [get, list, watch, update, patch]
{{- /* Kubernetes keeps the events of cluster-scoped objects in the namespace default, which is seldom a watched one. */}}
{{- if include "keda.watch.namespaces" . | fromJsonArray }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
{{- /* An informer lists and watches without a name; only the update can be limited to one. */}}
{{- if include "keda.certificates.webhookPatching" . }}
- apiGroups: [admissionregistration.k8s.io]
  resources: [validatingwebhookconfigurations]
  verbs: [list, watch]
- apiGroups: [admissionregistration.k8s.io]
  resources: [validatingwebhookconfigurations]
  resourceNames:
    - {{ include "keda.names.webhookConfiguration" . | quote }}
  verbs: [get, update, patch]
{{- end }}
{{- if include "keda.certificates.apiServicePatching" . }}
- apiGroups: [apiregistration.k8s.io]
  resources: [apiservices]
  verbs: [list, watch]
- apiGroups: [apiregistration.k8s.io]
  resources: [apiservices]
  resourceNames:
    - {{ include "keda.names.apiService" . }}
  verbs: [get, update, patch]
{{- end }}
{{- if .Values.permissions.operator.restrict.allowAllServiceAccountTokenCreation }}
- apiGroups: [""]
  resources: [serviceaccounts/token]
  verbs: [create]
{{- end }}
{{- end -}}

{{- /* In the release namespace. */ -}}
{{- define "keda.operator.rules.releaseNamespace" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create, get, update, patch]
{{- /* Leader election reports through the core group. */}}
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if include "keda.certificates.byOperator" . }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [create, list, watch]
- apiGroups: [""]
  resources: [secrets]
  resourceNames:
    - {{ .Values.certificates.secretName | quote }}
  verbs: [get, update, patch]
{{- end }}
{{- end -}}
