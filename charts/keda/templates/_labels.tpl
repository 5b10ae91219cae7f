{{- /* Labels and annotations of every object, each key once. Precedence, weakest first: the chart's own, additionalLabels or
additionalAnnotations, the object's own setting. Selector labels are never overridden: validation/_names.tpl refuses them. */ -}}

{{- define "keda.labels.common" -}}
{{- $root := .root -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/name" (.name | default (include "keda.names.base" $root))
  "app.kubernetes.io/instance" $root.Release.Name
  "app.kubernetes.io/version" ($root.Chart.AppVersion | replace "+" "_" | trunc 63)
  "app.kubernetes.io/part-of" (include "keda.names.base" $root)
  "app.kubernetes.io/managed-by" ($root.Values.customManagedBy | default $root.Release.Service) -}}
{{- with .component -}}
{{- $own = set $own "app.kubernetes.io/component" . -}}
{{- end -}}
{{- include "keda.merge" (list $own $root.Values.additionalLabels .labels) | fromJson | toYaml -}}
{{- end -}}

{{- define "keda.labels.selector" -}}
app: {{ .name | quote }}
{{- end -}}

{{- /* metadata of an object. Input: root, name; optionally namespace, component (a dict of keda.component), labels, annotations
and ownAnnotations (the ones that the chart must have as they are). */ -}}
{{- define "keda.metadata" -}}
name: {{ .name | quote }}
{{- with .namespace }}
namespace: {{ . | quote }}
{{- end }}
labels:
{{- with .component }}
  {{- include "keda.labels.selector" . | nindent 2 }}
{{- end }}
  {{- include "keda.labels.common" (dict "root" .root "labels" .labels "name" (.component | default dict).name "component" (.component | default dict).key) | nindent 2 }}
{{- with include "keda.merge" (list .root.Values.additionalAnnotations .annotations .ownAnnotations) | fromJson }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "keda.crd.metadata" -}}
{{- $own := .annotations -}}
{{- if .root.Values.crds.keep -}}
{{- $own = set $own "helm.sh/resource-policy" "keep" -}}
{{- end -}}
{{- include "keda.metadata" (dict "root" .root "name" .name "annotations" .root.Values.crds.additionalAnnotations "ownAnnotations" $own) -}}
{{- end -}}
