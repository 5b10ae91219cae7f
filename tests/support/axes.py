"""The switches of the chart, as data: each axis is a values path with the settings worth trying.

The first option of an axis is always "unset" (the chart's default). ``axis("path", a, b)`` adds two more; ``together``
is for settings that are valid only in company, such as ports that must differ. Paths are dotted; ``helm.`` in front means an
argument of the rendering (namespace, release, Kubernetes version) instead of a value. To try a new values key, add a line:
``tests/render/test_axes.py`` names every key that no line sets.

The certificate switches and the component switches are not here: combinations.py tries those in full.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Settings = Mapping[str, Any]
UNSET: Settings = MappingProxyType({})


@dataclass(frozen=True)
class Option:
    """One setting of an axis: dotted values path -> value."""

    label: str
    settings: Settings


@dataclass(frozen=True)
class Axis:
    """A name and the options of which each combination takes one; the first is the chart's default."""

    name: str
    options: tuple[Option, ...]


def _label(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 40 else f"{text[:37]}..."


def axis(path: str, *values: Any) -> Axis:
    """An axis over one path: unset, and each of ``values``."""
    return Axis(path, (Option("unset", UNSET), *(Option(_label(value), {path: value}) for value in values)))


def together(name: str, options: Mapping[str, Settings]) -> Axis:
    """An axis whose options set several paths at once; "unset" is added in front."""
    return Axis(name, (Option("unset", UNSET), *(Option(label, settings) for label, settings in options.items())))


# --- Pieces that several axes use --------------------------------------------------------------------------------------

_SIDECAR = {
    "name": "sidecar",
    "image": "registry.example.com/sidecar:1",
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}
_SPREAD = {"maxSkew": 2, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule"}
_APART = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"noisy": "neighbour"}}}
_AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]
        }
    },
    "podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": _APART}]},
    "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_APART]},
}
_TOLERATION = {"key": "dedicated", "operator": "Equal", "value": "system", "effect": "NoSchedule"}
_DNS = {
    "nameservers": ["192.0.2.53"],
    "searches": ["example.com"],
    "options": [{"name": "ndots", "value": "1"}],
}
_SUBJECT = {
    "organizations": ["Example"],
    "organizationalUnits": ["Platform"],
    "countries": ["NL"],
    "localities": ["Utrecht"],
    "provinces": ["Utrecht"],
    "streetAddresses": ["Main Street 1"],
    "postalCodes": ["3500"],
    "serialNumber": "42",
}
_HOST_ALIAS = {"ip": "192.0.2.10", "hostnames": ["kafka.example.com"]}
_RELABELING = {"sourceLabels": ["__name__"], "regex": "keda_.*", "action": "keep"}
_ALERT = {"alert": "KedaQueueIsStuck", "expr": "keda_scaler_active == 0", "for": "5m", "labels": {"severity": "page"}}
_PROBE = {
    "initialDelaySeconds": 7,
    "periodSeconds": 11,
    "timeoutSeconds": 2,
    "failureThreshold": 5,
    "successThreshold": 1,
}


_CHANGED_ALERT = {
    "expr": "vector(0) > 1",
    "for": "1h30m",
    "labels": {"severity": "page"},
    "annotations": {"runbook_url": "https://example.com/runbook", "summary": None},
}
_DEFAULT_ALERTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "operator": (
            "KedaScalerErrors",
            "KedaScaledObjectErrors",
            "KedaScaledJobErrors",
            "KedaNoOperatorLeader",
            "KedaPodRestarts",
            "KedaExternalMetricsNotServed",
            "KedaExternalMetricsAPIDown",
            "KedaMetricsAPIServerDown",
            "KedaMetricsServiceUnreachable",
            "KedaMetricsServiceErrors",
            "KedaCertificateRotationErrors",
            "KedaCertificateNotReady",
            "KedaCertificateRenewalOverdue",
            "KedaCertificateExpires",
        ),
        "webhooks": (
            "KedaWebhooksDown",
            "KedaWebhookCertificateReadErrors",
            "KedaWebhookNotAnswering",
            "KedaWebhookFailingOpen",
        ),
    }
)


# The port that answers probes, by the name that it has in the container.
_PROBED = {"operator": "health", "metricsServer": "https", "webhooks": "health"}


def _probes(component: str) -> tuple[Axis, ...]:
    """The three probes of one component: other times, and a handler of the user's own."""
    socket = {"tcpSocket": {"port": _PROBED[component]}}
    scheme = "HTTPS" if component == "metricsServer" else "HTTP"
    request = {"httpGet": {"path": "/healthz", "port": _PROBED[component], "scheme": scheme}}
    # Kubernetes takes a grace period of its own on the two probes that end a container.
    ending = {"terminationGracePeriodSeconds": 5}
    return (
        axis(
            f"{component}.startupProbe",
            {"periodSeconds": 5, "failureThreshold": 60},
            {**_PROBE, **ending, **request},
            {**_PROBE, **socket},
        ),
        axis(f"{component}.livenessProbe", {**_PROBE, **ending, **request}, {"initialDelaySeconds": 90, **socket}),
        axis(f"{component}.readinessProbe", {**_PROBE, "successThreshold": 2, **request}, socket),
    )


def _monitors(component: str, *, rules: bool) -> Axis:
    """Scraping of one component: by annotation, by either monitor, with few and with all settings."""
    base = f"prometheus.{component}"
    scraped = {f"{base}.enabled": True}
    monitor = {**scraped, f"{base}.serviceMonitor.enabled": True}
    shared = {
        "namespace": "monitoring",
        "interval": "15s",
        "scrapeTimeout": "10s",
        "relabelings": [_RELABELING],
        "metricRelabelings": [_RELABELING],
        "additionalLabels": {"release": "prometheus"},
    }
    full = {
        **shared,
        "enabled": True,
        "jobLabel": "app.kubernetes.io/name",
        "targetLabels": ["app"],
        "podTargetLabels": ["app"],
        "port": "",
        "relabellings": [{"targetLabel": "team", "replacement": "platform"}],
        "scheme": "https",
        "tlsConfig": {"insecureSkipVerify": False, "serverName": "keda"},
    }
    options: dict[str, dict[str, Any]] = {
        "scraped by annotation": scraped,
        "service monitor": monitor,
        "service monitor with all settings": {**scraped, f"{base}.serviceMonitor": full},
        "service monitor on a target port": {**monitor, f"{base}.serviceMonitor.targetPort": "metrics"},
        "pod monitor with all settings": {**scraped, f"{base}.podMonitor": {**shared, "enabled": True}},
    }
    if component == "metricServer":
        options["service monitor on a renamed port"] = {
            **monitor,
            f"{base}.portName": "prom",
            f"{base}.serviceMonitor.port": "prom",
        }
    if rules:
        options["scraped by annotation"] = {**scraped, f"{base}.prometheusRules.enabled": True}
        options["service monitor with all settings"][f"{base}.prometheusRules"] = {
            "enabled": True,
            "namespace": "monitoring",
            "additionalLabels": {"release": "prometheus"},
            "defaultAlerts": False,
            "alerts": [_ALERT],
        }
        overrides = {
            name: {"enabled": number % 2 == 0, **_CHANGED_ALERT}
            for number, name in enumerate(_DEFAULT_ALERTS[component])
        }
        options["pod monitor with all settings"][f"{base}.prometheusRules"] = {
            "enabled": True,
            "overrides": overrides,
            "alerts": [_ALERT],
        }
    return together(base, options)


def _pod_block(block: str, component: str, *custom: Any) -> Axis:
    """resources, securityContext, podSecurityContext of one component: a map is merged, {} and null remove it."""
    return axis(f"{block}.{component}", *custom, {}, None)


# --- Names and labels --------------------------------------------------------------------------------------------------

NAMES = (
    axis("helm.namespace", "scaling"),
    axis("helm.release", "autoscaler"),
    axis("helm.kubernetes", "1.34.0", "1.35.0", "1.37.0"),
    together(
        "names",
        {
            "nameOverride": {"nameOverride": "shard"},
            "fullnameOverride": {"fullnameOverride": "keda-blue"},
            "each component": {
                "operator.name": "scaler",
                "metricsServer.name": "scaler-metrics",
                "webhooks.name": "scaler-webhooks",
                "webhooks.configurationName": "scaler-admission",
            },
        },
    ),
    axis("additionalLabels", {"team": "platform", "app.kubernetes.io/part-of": "autoscaling"}),
    axis("additionalAnnotations", {"example.com/owner": "platform"}),
    axis("customManagedBy", "argocd"),
    axis("podAnnotations.keda", {"example.com/pod": "operator"}),
    axis("podAnnotations.metricsAdapter", {"example.com/pod": "metrics", "example.com/owner": "metrics"}),
    axis("podAnnotations.webhooks", {"prometheus.io/scrape": "false"}),
    axis("podLabels.keda", {"example.com/pod": "operator"}),
    axis("podLabels.metricsAdapter", {"team": "metrics"}),
    axis("podLabels.webhooks", {"example.com/pod": "webhooks"}),
    axis("asciiArt", False),
    axis("enabled", True),
)

# --- Images and cluster ------------------------------------------------------------------------------------------------

_DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGES = (
    axis("global.image.registry", "mirror.example.com"),
    axis("global.imagePullSecrets", ["global-pull"], [{"name": "global-pull"}]),
    axis("imagePullSecrets", ["own-pull", "global-pull"], [{"name": "own-pull"}]),
    axis("image.pullPolicy", "Always", "Never"),
    *(
        together(
            f"image.{image}",
            {
                "another registry": {f"image.{image}.registry": "registry.example.com"},
                "no registry": {f"image.{image}.registry": "", f"image.{image}.repository": f"local/{image.lower()}"},
                "digest": {f"image.{image}.digest": _DIGEST},
                "tag and policy": {f"image.{image}.tag": "2.21.1", f"image.{image}.pullPolicy": "Always"},
            },
        )
        for image in ("keda", "metricsApiServer", "webhooks")
    ),
    axis("clusterName", "production"),
    axis("clusterDomain", "cluster.example"),
    together(
        "crds",
        {
            "not installed": {"crds.install": False},
            "removed with the release": {"crds.keep": False},
            "annotated": {"crds.additionalAnnotations": {"argocd.argoproj.io/sync-options": "ServerSideApply=true"}},
        },
    ),
)

# --- What is watched, rights, accounts ---------------------------------------------------------------------------------

_CREATOR = {"namespace": "team-a", "audience": "https://queue.example.com"}
RIGHTS = (
    axis("watchNamespace", "team-a", "team-a, keda,,team-a ,", ["team-a", "team-b"]),
    axis("watchLabelSelector", "shard=blue"),
    axis("watchLabelSelectorForTriggerauth", "shard=blue"),
    axis("rbac.create", False),
    axis("rbac.aggregateToDefaultRoles", True),
    axis("rbac.enabledCustomScaledRefKinds", False),
    axis("rbac.scaledRefKinds", [], [{"apiGroup": "argoproj.io", "kind": "rollouts"}]),
    axis("rbac.controlPlaneServiceAccountsNamespace", "control-plane"),
    axis("rbac.authenticationReader", "ClusterRole"),
    axis("permissions.operator.restrict.secret", True),
    axis("permissions.operator.restrict.allowAllServiceAccountTokenCreation", True),
    axis("permissions.metricServer.restrict.secret", True),
    axis("operator.clusterObjectNamespace", "shared-credentials"),
    together(
        "operator.serviceAccountTokens",
        {
            "legacy": {
                "operator.serviceAccountTokens.mode": "legacy",
                "permissions.operator.restrict.serviceAccountTokenCreationRoles": [
                    {"name": "queue", "namespace": "team-a"}
                ],
            },
            "audiences": {"operator.serviceAccountTokens.audiences": [{**_CREATOR, "serviceAccountName": "queue"}]},
            "roles with an audience": {
                "permissions.operator.restrict.serviceAccountTokenCreationRoles": [{**_CREATOR, "name": "queue"}]
            },
            "vault": {
                "operator.serviceAccountTokens.vault": {"enabled": True, "audience": "vault", "expirationSeconds": 900}
            },
        },
    ),
    *(
        together(
            f"serviceAccount.{component}",
            {
                "existing account": {
                    f"serviceAccount.{component}.create": False,
                    f"serviceAccount.{component}.name": f"existing-{component.lower()}",
                },
                "own name and annotations": {
                    f"serviceAccount.{component}.name": f"own-{component.lower()}",
                    f"serviceAccount.{component}.annotations": {"example.com/account": component},
                },
                "no automatic token": {f"serviceAccount.{component}.automountServiceAccountToken": False},
            },
        )
        for component in ("operator", "metricServer", "webhooks")
    ),
    axis("serviceAccount.annotations", {"example.com/all-accounts": "yes"}),
    together(
        "podIdentity.azureWorkload",
        {
            "on": {"podIdentity.azureWorkload.enabled": True},
            "with ids": {
                "podIdentity.azureWorkload": {
                    "enabled": True,
                    "clientId": "00000000-0000-0000-0000-000000000001",
                    "tenantId": "00000000-0000-0000-0000-000000000002",
                    "tokenExpiration": 7200,
                }
            },
        },
    ),
    together(
        "podIdentity.aws.irsa",
        {
            "role": {
                "podIdentity.aws.irsa": {
                    "enabled": True,
                    "roleArn": "arn:aws:iam::123456789012:role/keda",
                    "audience": "sts.amazonaws.com.cn",
                    "stsRegionalEndpoints": "false",
                    "tokenExpiration": 43200,
                }
            }
        },
    ),
    together(
        "podIdentity.gcp",
        {
            "account": {
                "podIdentity.gcp": {"enabled": True, "gcpIAMServiceAccount": "keda@example.iam.gserviceaccount.com"}
            }
        },
    ),
)

# --- Certificate settings that select no mode --------------------------------------------------------------------------

CERTIFICATES = (
    axis("certificates.secretName", "own-certs"),
    axis("certificates.mountPath", "/var/run/keda-certs"),
    axis("certificates.certManager.caSecretName", "company-ca"),
    axis("certificates.certManager.issuer.group", "pki.example.com"),
    together(
        "certificates.certManager lifetimes",
        {
            "short": {"certificates.certManager.duration": "2160h", "certificates.certManager.renewBefore": "720h"},
            "long CA": {
                "certificates.certManager.ca.duration": "87600h",
                "certificates.certManager.ca.renewBefore": "26280h",
            },
        },
    ),
    axis("certificates.certManager.commonName", "keda.example.com"),
    axis("certificates.certManager.extraDnsNames", ["keda.example.com", "keda-operator"]),
    axis("certificates.certManager.usages", ["digital signature", "server auth", "client auth"]),
    axis("certificates.certManager.subject", {"organizations": ["Example"]}, _SUBJECT),
    axis(
        "certificates.certManager.privateKey",
        {"algorithm": "ECDSA", "size": 384, "encoding": "PKCS8", "rotationPolicy": "Never"},
        {"size": 4096},
    ),
    axis("certificates.certManager.revisionHistoryLimit", 3),
    axis("certificates.certManager.annotations", {"example.com/certificate": "serving"}),
    axis(
        "certificates.certManager.secretTemplate",
        {"annotations": {"example.com/reflect": "yes"}, "labels": {"team": "platform"}},
    ),
    axis("certificates.certManager.ca.commonName", "Example KEDA CA"),
    axis("certificates.certManager.ca.subject", {"organizations": ["Example"], "countries": ["NL"]}, _SUBJECT),
    axis(
        "certificates.certManager.ca.privateKey",
        {"algorithm": "ECDSA", "size": 256, "encoding": "PKCS8"},
        {"rotationPolicy": "Always"},
    ),
    axis("certificates.certManager.ca.revisionHistoryLimit", 2),
    axis("certificates.certManager.ca.annotations", {"example.com/certificate": "ca"}),
    axis(
        "certificates.certManager.ca.secretTemplate",
        {"annotations": {"example.com/reflect": "no"}, "labels": {"team": "security"}},
    ),
    axis("certificates.operator.caDirs", ["/custom/ca", "/etc/company-ca"]),
    axis(
        "certificates.operator.trustedCAs",
        [
            {"configMap": "company-cas"},
            {"configMap": "optional.cas", "keys": ["root.crt"], "optional": True},
            {"secret": "company-ca-secret", "keys": ["ca.crt"]},
            {"openshiftTrustedBundle": "openshift-cas"},
        ],
    ),
    axis("service.minTlsVersion", "TLS12"),
    axis("service.tlsCipherList", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    axis("http.minTlsVersion", "TLS13"),
    axis("http.tlsCipherList", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
)

# --- The three components ----------------------------------------------------------------------------------------------


def _component(name: str) -> tuple[Axis, ...]:
    """Axes of one of the blocks operator, metricsServer and webhooks."""
    return (
        axis(f"{name}.replicaCount", 3),
        axis(f"{name}.revisionHistoryLimit", 2),
        axis(f"{name}.minReadySeconds", 0, 10),
        axis(f"{name}.preStopSeconds", 0, 10),
        axis(f"{name}.annotations", {"example.com/deployment": name}),
        axis(f"{name}.env", [{"name": "HTTPS_PROXY", "value": f"http://{name.lower()}-proxy.example.com:3128"}]),
        axis(f"{name}.envFrom", [{"configMapRef": {"name": "extra-environment"}}]),
        axis(f"{name}.extraContainers", [_SIDECAR]),
        axis(f"{name}.extraInitContainers", [{**_SIDECAR, "name": "prepare"}]),
        axis(f"{name}.dnsPolicy", "ClusterFirst", "Default"),
        axis(f"{name}.dnsConfig", _DNS),
        axis(f"{name}.hostAliases", [_HOST_ALIAS]),
        axis(f"{name}.affinity", _AFFINITY),
        axis(f"{name}.nodeSelector", {"pool": name}),
        axis(f"{name}.tolerations", [{**_TOLERATION, "value": name}]),
        axis(f"{name}.priorityClassName", "system-cluster-critical"),
        axis(f"{name}.runtimeClassName", "gvisor"),
        axis(f"{name}.schedulerName", "custom-scheduler"),
        axis(f"{name}.terminationGracePeriodSeconds", 0, 45),
        *_probes(name),
    )


_USERS = {"runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": True}
_CONFINED = {
    "appArmorProfile": {"type": "Localhost", "localhostProfile": "keda"},
    "seccompProfile": {"type": "Localhost", "localhostProfile": "profiles/keda.json"},
    "seLinuxOptions": {"level": "s0:c1", "role": "system_r", "type": "container_t", "user": "system_u"},
    "windowsOptions": {"runAsUserName": "ContainerUser"},
}
_CONTAINER_CONTEXT = {
    **_USERS,
    **_CONFINED,
    "allowPrivilegeEscalation": True,
    "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["NET_RAW"]},
    "privileged": False,
    "procMount": "Default",
    "readOnlyRootFilesystem": False,
}
_POD_CONTEXT = {
    **_USERS,
    **_CONFINED,
    "fsGroup": 2000,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seLinuxChangePolicy": "MountOption",
    "supplementalGroups": [3000],
    "supplementalGroupsPolicy": "Strict",
    "sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}],
}
_NOT_SKIPPED = {"key": "skip", "operator": "DoesNotExist"}
_ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 1}}

COMPONENTS = (
    *_component("operator"),
    *_component("metricsServer"),
    *_component("webhooks"),
    axis("operator.disableCompression", False),
    axis("metricsServer.disableCompression", False),
    axis("operator.kubernetesApiTimeout", "20s"),
    axis(
        "operator.outboundFilter",
        {"hashiCorpVault": {"mode": "enforce", "allowedEndpoints": ["https://vault.example"]}},
    ),
    together(
        "operator.leaderElection",
        {
            "slow": {
                "operator.leaderElection": {
                    "id": "blue.keda.sh",
                    "leaseDuration": "60s",
                    "renewDeadline": "40s",
                    "retryPeriod": "5s",
                }
            }
        },
    ),
    axis("webhooks.failurePolicy", "Fail"),
    axis("webhooks.timeoutSeconds", 30),
    axis("webhooks.namespaceSelector", {"matchLabels": {"keda": "validated"}, "matchExpressions": [_NOT_SKIPPED]}),
    axis("webhooks.objectSelector", {"matchLabels": {"keda": "validated"}, "matchExpressions": [_NOT_SKIPPED]}),
    axis(
        "webhooks.matchConditions",
        [{"name": "not-system", "expression": "request.userInfo.username != 'system:admin'"}],
    ),
    axis("upgradeStrategy.operator", {"type": "Recreate"}, _ROLLING),
    axis("upgradeStrategy.metricsApiServer", _ROLLING),
    axis("upgradeStrategy.webhooks", {"type": "Recreate"}, _ROLLING),
    axis("highAvailability.enabled", True),
    together(
        "podDisruptionBudget",
        {
            "one for all": {"podDisruptionBudget.minAvailable": 1},
            "flat maxUnavailable": {"podDisruptionBudget.maxUnavailable": "50%"},
            "each": {
                "podDisruptionBudget.operator": {"minAvailable": 1},
                "podDisruptionBudget.metricServer": {"maxUnavailable": 1},
                "podDisruptionBudget.webhooks": {"minAvailable": "50%"},
            },
            "each the other way, evicting unready pods": {
                "podDisruptionBudget.operator": {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"},
                "podDisruptionBudget.metricServer": {
                    "minAvailable": 1,
                    "unhealthyPodEvictionPolicy": "IfHealthyBudget",
                },
                "podDisruptionBudget.webhooks": {
                    "maxUnavailable": "50%",
                    "unhealthyPodEvictionPolicy": "AlwaysAllow",
                },
            },
        },
    ),
    axis("topologySpreadConstraints.operator", [_SPREAD]),
    axis("topologySpreadConstraints.metricsServer", [_SPREAD]),
    axis("topologySpreadConstraints.webhooks", [_SPREAD]),
    axis("affinity", _AFFINITY),
    axis("nodeSelector", {"kubernetes.io/arch": "arm64"}),
    axis("tolerations", [_TOLERATION]),
    axis("priorityClassName", "cluster-services"),
    axis("hostAliases", [_HOST_ALIAS]),
    axis("enableServiceLinks", False),
    axis("global.dnsConfig", _DNS),
    *(
        _pod_block("resources", component, {"limits": {"cpu": None, "memory": "2Gi"}, "requests": {"cpu": "50m"}})
        for component in ("operator", "metricServer", "webhooks")
    ),
    *(
        _pod_block("securityContext", component, {"runAsUser": 1000}, _CONTAINER_CONTEXT)
        for component in ("operator", "metricServer", "webhooks")
    ),
    *(
        _pod_block("podSecurityContext", component, {"fsGroup": 1000}, _POD_CONTEXT)
        for component in ("operator", "metricServer", "webhooks")
    ),
)

# --- Network -----------------------------------------------------------------------------------------------------------

_PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
_RULE_PORT = {"ports": [{"port": 6379, "protocol": "TCP"}]}
_KUBERNETES_RULES = {
    "extraIngressRules": [{**_RULE_PORT, "from": [_PEER]}],
    "extraEgressRules": [{**_RULE_PORT, "to": [_PEER]}],
}
_CILIUM_PORT = {"toPorts": [{"ports": [{"port": "6379", "protocol": "TCP"}]}]}
_CILIUM_RULES = {
    "extraIngressRules": [{"fromEntities": ["cluster"], **_CILIUM_PORT}],
    "extraEgressRules": [{"toEntities": ["world"], **_CILIUM_PORT}],
}

NETWORK = (
    together(
        "listening ports",
        {
            "others": {
                "operator.healthProbePort": 18081,
                "operator.metricsServicePort": 19666,
                "webhooks.port": 10250,
                "webhooks.healthProbePort": 18082,
                "service.portHttps": 8443,
                "service.portHttpsTarget": 16443,
                "prometheus.operator.port": 19090,
                "prometheus.metricServer.port": 19091,
                "prometheus.webhooks.port": 19092,
                "profiling.operator.port": 16060,
                "profiling.metricsServer.port": 16061,
                "profiling.webhooks.port": 16062,
            },
            "on the node": {
                "operator.useHostNetwork": True,
                "metricsServer.useHostNetwork": True,
                "webhooks.useHostNetwork": True,
                "webhooks.healthProbePort": 8091,
                "prometheus.metricServer.port": 8090,
                "prometheus.webhooks.port": 8092,
            },
            "user namespaces": {
                "operator.hostUsers": False,
                "metricsServer.hostUsers": False,
                "webhooks.hostUsers": False,
            },
        },
    ),
    axis("service.type", "NodePort", "LoadBalancer"),
    axis("service.annotations", {"example.com/service": "internal"}),
    axis("http.timeout", 10000),
    axis("http.maxIdleConns", 500),
    axis("http.maxIdleConnsPerHost", 50),
    axis("http.idleConnTimeout", "30s"),
    axis("http.keepAlive.enabled", False),
    together(
        "networkPolicy",
        {
            "kubernetes": {"networkPolicy.enabled": True},
            "kubernetes with all settings": {
                "networkPolicy.enabled": True,
                "networkPolicy.apiServer": {"cidrs": ["192.0.2.0/24"], "ports": [6443]},
                "networkPolicy.dns": {"peers": [_PEER], "ports": [53, 5353]},
                "networkPolicy.scrapeFrom": [_PEER],
                "networkPolicy.kubernetes.operator": _KUBERNETES_RULES,
                "networkPolicy.kubernetes.metricsServer": _KUBERNETES_RULES,
                "networkPolicy.kubernetes.webhooks": _KUBERNETES_RULES,
            },
            "cilium": {"networkPolicy.enabled": True, "networkPolicy.flavor": "cilium"},
            "cilium with all settings": {
                "networkPolicy.enabled": True,
                "networkPolicy.flavor": "cilium",
                "networkPolicy.cilium.operator": _CILIUM_RULES,
                "networkPolicy.cilium.metricsServer": _CILIUM_RULES,
                "networkPolicy.cilium.webhooks": _CILIUM_RULES,
            },
        },
    ),
)

# --- Credentials, logging, what is passed through ----------------------------------------------------------------------

_LEVELS = ("debug", "error")
_TIMES = ("epoch", "millis", "nanos", "iso8601", "rfc3339nano")

PASSED_THROUGH = (
    axis("grpcTLSCertsSecret", "scaler-grpc-certs"),
    axis("hashiCorpVaultTLS", "vault-tls"),
    axis("logging.operator.level", *_LEVELS),
    axis("logging.operator.format", "json"),
    axis("logging.operator.timeEncoding", *_TIMES),
    axis("logging.operator.stackTracesEnabled", True),
    axis("logging.metricServer.level", 4),
    axis("logging.metricServer.stderrthreshold", "INFO"),
    axis("logging.metricServer.zapLevel", *_LEVELS),
    axis("logging.metricServer.zapEncoder", "json"),
    axis("logging.metricServer.zapTimeEncoding", *_TIMES),
    axis("logging.webhooks.level", *_LEVELS),
    axis("logging.webhooks.format", "json"),
    axis("logging.webhooks.timeEncoding", *_TIMES),
    axis("profiling.operator.enabled", True),
    axis("profiling.metricsServer.enabled", True),
    axis("profiling.webhooks.enabled", True),
    axis("extraArgs.keda", {"kube-api-qps": 40, "zap-log-level": "debug"}, {"kube-api-burst": 60}),
    axis(
        "extraArgs.metricsAdapter",
        {"client-qps": 2.5, "disable-http2-serving": None, "tls-sni-cert-key": ["a,b", "c,d"]},
    ),
    axis("extraArgs.webhooks", {"cache-miss-to-direct-client": True}),
    axis(
        "env",
        [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}, {"name": "NO_PROXY", "value": ".svc"}],
    ),
    *(
        together(
            f"volumes.{component}",
            {
                "one more": {
                    f"volumes.{component}.extraVolumes": [{"name": "extra", "configMap": {"name": "extra"}}],
                    f"volumes.{component}.extraVolumeMounts": [
                        {"name": "extra", "mountPath": "/extra", "readOnly": True}
                    ],
                }
            },
        )
        for component in ("metricsApiServer", "webhooks")
    ),
    together(
        "volumes.keda",
        {
            "one more": {
                "volumes.keda.extraVolumes": [{"name": "extra", "configMap": {"name": "extra"}}],
                "volumes.keda.extraVolumeMounts": [{"name": "extra", "mountPath": "/extra", "readOnly": True}],
            },
            "own /tmp": {
                "volumes.keda.extraVolumes": [{"name": "scratch", "emptyDir": {"medium": "Memory"}}],
                "volumes.keda.extraVolumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],  # noqa: S108
            },
        },
    ),
    axis(
        "extraObjects",
        [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "extra", "namespace": "keda"},
                "data": {"made-by": "extraObjects"},
            },
            (
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra-{{ .Release.Name }}\n"
                "  namespace: {{ .Release.Namespace }}\n"
            ),
        ],
    ),
    together(
        "opentelemetry",
        {
            "collector": {
                "opentelemetry.operator.enabled": True,
                "opentelemetry.collector.uri": "http://collector.example.com:4318",
            }
        },
    ),
)

MONITORING = (
    _monitors("operator", rules=True),
    _monitors("metricServer", rules=False),
    _monitors("webhooks", rules=True),
    together(
        "prometheus.dashboard",
        {
            "on": {"prometheus.dashboard.enabled": True},
            "elsewhere": {
                "prometheus.dashboard": {
                    "enabled": True,
                    "namespace": "monitoring",
                    "folder": "Scaling",
                    "additionalLabels": {"grafana_dashboard": None, "dashboards": "all"},
                    "additionalAnnotations": {"example.com/team": "scaling"},
                }
            },
        },
    ),
)

AXES: tuple[Axis, ...] = (
    *NAMES,
    *IMAGES,
    *RIGHTS,
    *CERTIFICATES,
    *COMPONENTS,
    *NETWORK,
    *PASSED_THROUGH,
    *MONITORING,
)
