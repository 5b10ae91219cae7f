{{- define "keda.validation.rights" -}}
{{- $v := .Values -}}
{{- $restrict := $v.permissions.operator.restrict -}}
{{- if and $restrict.secret $v.rbac.create $v.rbac.enabledCustomScaledRefKinds -}}
{{- range include "keda.operator.scaledRefKinds" . | fromJsonArray -}}
{{- if and (has .apiGroup (list "" "*")) (has .kind (list "secrets" "*")) }}
  - rbac.scaledRefKinds: apiGroup {{ .apiGroup | quote }} with kind {{ .kind | quote }} covers Secrets, which permissions.operator.restrict.secret: true forbids; name the API group and the kind that are scaled
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $restrict.namesAllowList }}
  - permissions.operator.restrict.namesAllowList: KEDA reads Secrets through a cache that lists them all, so a list of names cannot limit it; remove it and use permissions.operator.restrict.secret: true
{{- end -}}
{{- $creators := list -}}
{{- range $restrict.serviceAccountTokenCreationRoles -}}
{{- $creator := printf "%s/%s" .namespace .name -}}
{{- if has $creator $creators }}
  - permissions.operator.restrict.serviceAccountTokenCreationRoles: the account {{ $creator }} is listed twice; keep one entry
{{- end -}}
{{- $creators = append $creators $creator -}}
{{- if gt (len (printf "%s-token-creator-%s" (include "keda.names.operator" $) .name)) 253 }}
  - permissions.operator.restrict.serviceAccountTokenCreationRoles: the account name {{ .name }} is too long for the 253 characters of a role's name, which holds it; rename the account
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "keda.validation.podIdentity" -}}
{{- $identity := .Values.podIdentity -}}
{{- if and $identity.aws.irsa.enabled (not $identity.aws.irsa.roleArn) }}
  - podIdentity.aws.irsa.roleArn: empty, and irsa.enabled is true; name the role
{{- end -}}
{{- if and $identity.gcp.enabled (not $identity.gcp.gcpIAMServiceAccount) }}
  - podIdentity.gcp.gcpIAMServiceAccount: empty, and gcp.enabled is true; name the account
{{- end -}}
{{- end -}}

{{- define "keda.validation.tokens" -}}
{{- $tokens := .Values.operator.serviceAccountTokens -}}
{{- if and (eq $tokens.mode "legacy") (include "keda.operator.tokenAudiences" . | fromJsonArray) }}
  - operator.serviceAccountTokens.mode: KEDA refuses "legacy" together with audiences; use "enforce-audience", or remove the audiences (operator.serviceAccountTokens.audiences, permissions.operator.restrict.serviceAccountTokenCreationRoles[].audience, vault)
{{- end -}}
{{- $minted := list -}}
{{- range include "keda.operator.tokenAudiences" . | fromJsonArray -}}
{{- if .namespace -}}
{{- $account := printf "%s/%s" .namespace .serviceAccountName -}}
{{- if has $account $minted }}
  - operator.serviceAccountTokens.audiences: the account {{ $account }} has two audiences, and KEDA stops at the second; keep one, counting permissions.operator.restrict.serviceAccountTokenCreationRoles[].audience
{{- end -}}
{{- $minted = append $minted $account -}}
{{- end -}}
{{- end -}}
{{- if and $tokens.vault.enabled (not $tokens.vault.audience) }}
  - operator.serviceAccountTokens.vault.audience: empty, and vault.enabled is true; name the audience that Vault's role expects
{{- end -}}
{{- end -}}
