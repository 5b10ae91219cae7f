{{- /* Name of the lease. An installation with a base name of its own gets a lease of its own, so that two of them in one namespace
both work; "" is KEDA's default, operator.keda.sh. */ -}}
{{- define "keda.operator.leaseName" -}}
{{- $base := include "keda.names.base" . -}}
{{- .Values.operator.leaderElection.id | default (eq $base "keda" | ternary "" (printf "%s-operator.keda.sh" $base)) -}}
{{- end -}}
