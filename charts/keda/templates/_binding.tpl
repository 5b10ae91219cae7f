{{- /* A RoleBinding (with namespace) or ClusterRoleBinding (without). Input: root, component, name, role (kind/name), optionally
namespace and subject (name and namespace of an account that is not the component's own). */ -}}
{{- define "keda.binding" -}}
{{- $subject := .subject | default (dict "name" .component.account "namespace" .root.Release.Namespace) -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ empty .namespace | ternary "ClusterRoleBinding" "RoleBinding" }}
metadata:
  {{- include "keda.metadata" (dict "root" .root "component" .component "name" .name "namespace" .namespace) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ index (splitList "/" .role) 0 }}
  name: {{ index (splitList "/" .role) 1 | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $subject.name | quote }}
    namespace: {{ $subject.namespace | quote }}
{{- end -}}
