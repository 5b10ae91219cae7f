{{- /* The Deployment of a component. What differs between the three (arguments, environment, ports, probes, volumes) is in
_container.tpl of the component's folder. Input: list of root and component key. */ -}}
{{- define "keda.deployment" -}}
{{- $root := index . 0 -}}
{{- $component := include "keda.component" . | fromJson -}}
{{- $own := index $root.Values $component.valuesKey -}}
{{- $image := index $root.Values.image $component.imageKey -}}
{{- $volumes := index $root.Values.volumes $component.imageKey -}}
{{- $scope := dict "root" $root "component" $component "own" $own "volumes" $volumes -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "keda.metadata" (dict "root" $root "component" $component "name" $component.name "namespace" $root.Release.Namespace "annotations" $own.annotations) | nindent 2 }}
spec:
  replicas: {{ $component.replicas | int }}
  {{- with $own.minReadySeconds }}
  minReadySeconds: {{ . | int }}
  {{- end }}
  revisionHistoryLimit: {{ $own.revisionHistoryLimit | int }}
  selector:
    matchLabels:
      {{- include "keda.labels.selector" $component | nindent 6 }}
  {{- with include "keda.deployment.strategy" $scope }}
  strategy:
    {{- . | nindent 4 }}
  {{- end }}
  template:
    metadata:
      labels:
        {{- include "keda.labels.selector" $component | nindent 8 }}
        {{- include "keda.pod.labels" $scope | nindent 8 }}
      annotations:
        {{- include "keda.pod.annotations" $scope | fromJson | toYaml | nindent 8 }}
    spec:
      {{- include "keda.pod.placement" $scope | nindent 6 }}
      {{- with $own.extraInitContainers }}
      initContainers:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ $component.name | quote }}
          image: {{ include "keda.image.reference" (dict "root" $root "image" $image) | quote }}
          imagePullPolicy: {{ $image.pullPolicy | default $root.Values.image.pullPolicy }}
          command:
            - {{ $component.binary }}
          args:
            {{- include "keda.pod.args" $scope | nindent 12 }}
          env:
            {{- include "keda.pod.env" $scope | nindent 12 }}
          {{- with $own.envFrom }}
          envFrom:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            {{- include (printf "keda.%s.ports" $component.key) $root | nindent 12 }}
          {{- with $own.startupProbe }}
          startupProbe:
            {{- include (printf "keda.%s.probe" $component.key) (dict "root" $root "settings" . "path" "/healthz") | nindent 12 }}
          {{- end }}
          livenessProbe:
            {{- include (printf "keda.%s.probe" $component.key) (dict "root" $root "settings" $own.livenessProbe "path" "/healthz") | nindent 12 }}
          readinessProbe:
            {{- include (printf "keda.%s.probe" $component.key) (dict "root" $root "settings" $own.readinessProbe "path" "/readyz") | nindent 12 }}
          {{- with include "keda.pod.preStopSeconds" $own | int }}
          lifecycle:
            preStop:
              sleep:
                seconds: {{ . }}
          {{- end }}
          {{- with include "keda.pod.resources" $scope | fromJson }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with include "keda.pod.setting" (dict "root" $root "component" $component "block" "securityContext") | fromJson }}
          securityContext:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          volumeMounts:
            {{- include "keda.pod.volumeMounts" $scope | nindent 12 }}
        {{- with $own.extraContainers }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      volumes:
        {{- include "keda.pod.volumes" $scope | nindent 8 }}
{{- end -}}

{{- /* All replicas are replaced at once where there are several: those with an old certificate would answer beside those with a new
one, and each leader among them that goes costs the wait for its lease. On the nodes' network an old pod must make room first.
Input: root, component, own. */ -}}
{{- define "keda.deployment.strategy" -}}
{{- $strategy := index .root.Values.upgradeStrategy .component.strategyKey -}}
{{- if and .root.Values.highAvailability.enabled (not $strategy) -}}
{{- $surge := .own.useHostNetwork | ternary (dict "maxSurge" 0 "maxUnavailable" 1) (dict "maxSurge" "100%" "maxUnavailable" 0) -}}
{{- $strategy = dict "type" "RollingUpdate" "rollingUpdate" $surge -}}
{{- end -}}
{{- with $strategy }}{{ toYaml . }}{{ end -}}
{{- end -}}
