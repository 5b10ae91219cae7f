"""Defaults of the official chart that are others here, written into the file on request."""

from __future__ import annotations

from tools.migrate.workspace import Workspace

# Key, value, and the switch that must be on for it to matter ("": always). Not here: what the official chart has no way to say
# and nobody wants back, such as CRDs that go with the release (crds.keep).
PINS: tuple[tuple[str, object, str], ...] = (
    ("image.pullPolicy", "Always", ""),
    ("metricsServer.minReadySeconds", 0, "metricsServer.enabled"),
    ("metricsServer.preStopSeconds", 0, "metricsServer.enabled"),
    ("metricsServer.readinessProbe.initialDelaySeconds", 5, "metricsServer.enabled"),
    ("operator.readinessProbe.initialDelaySeconds", 20, ""),
    ("webhooks.minReadySeconds", 0, "webhooks.enabled"),
    ("webhooks.preStopSeconds", 0, "webhooks.enabled"),
    ("webhooks.readinessProbe.initialDelaySeconds", 20, "webhooks.enabled"),
    ("operator.leaderElection.leaseDuration", "15s", ""),
    ("operator.leaderElection.renewDeadline", "10s", ""),
    ("operator.leaderElection.retryPeriod", "2s", ""),
    ("operator.serviceAccountTokens.mode", "legacy", ""),
    ("certificates.certManager.ca.privateKey.rotationPolicy", "Always", "certificates.certManager.enabled"),
    ("prometheus.operator.prometheusRules.defaultAlerts", False, "prometheus.operator.prometheusRules.enabled"),
    ("prometheus.webhooks.prometheusRules.defaultAlerts", False, "prometheus.webhooks.prometheusRules.enabled"),
)


def apply(workspace: Workspace) -> None:
    """Add each that the files do not decide themselves."""
    for path, value, switch in PINS:
        if workspace.get(path, ...) is not ... or (switch and not workspace.effective(switch)):
            continue
        if path == "operator.serviceAccountTokens.mode" and workspace.get("operator.serviceAccountTokens") is not None:
            continue
        workspace.add(tuple(path.split(".")), value, "the default of the official chart")
