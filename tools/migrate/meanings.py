"""Keys that both charts take and that say something else here: rewritten, so that they say what they said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.check.layers import Steps
from tools.migrate import official
from tools.migrate.workspace import Workspace

_COMPONENTS = ("operator", "metricServer", "webhooks")
_POD_BLOCKS = ("resources", "securityContext", "podSecurityContext")
# Ignored by the official chart; here they rename objects that the release has already.
_RENAMING = ("nameOverride", "fullnameOverride", "metricsServer.name", "webhooks.configurationName")


def apply(workspace: Workspace) -> None:
    """Those that the schema would take as they are, or judge by what they say here."""
    _names(workspace)
    _emptied_blocks(workspace)
    _policies(workspace)
    _placeholder_issuer(workspace)
    _logging(workspace)


def apply_last(workspace: Workspace) -> None:
    """Those that depend on what is left of other keys."""
    _tokens(workspace)


def notes(workspace: Workspace) -> None:
    """What takes effect here and did not before."""
    for name in ("operator", "webhooks"):
        rules = f"prometheus.{name}.prometheusRules"
        if workspace.effective(f"{rules}.enabled") and workspace.get(f"{rules}.defaultAlerts") is None:
            workspace.note(rules, "brings this chart's own alerts, too; defaultAlerts: false leaves them out")
    manager = "certificates.certManager"
    own_authority = workspace.effective(f"{manager}.issuer.generate") and not workspace.effective(
        f"{manager}.generateCA"
    )
    if workspace.effective(f"{manager}.enabled") and own_authority and not workspace.get(f"{manager}.injectFrom"):
        workspace.note(
            f"{manager}.generateCA",
            "the CA bundle is injected from the serving certificate, not from the CA's Secret; injectFrom: secret is the "
            "former way",
        )
    own = {change.path for change in workspace.changes}
    for steps, path in _leaves(workspace.values, ()):
        if not official.reads(path) and steps[0] != "global" and path not in own and not _of_this_tool(path):
            workspace.note(
                path, "the official chart ignores it, and here it has an effect; remove it if that is not meant"
            )


def _of_this_tool(path: str) -> bool:
    return path in {
        "enabled",
        "certificates.caInjection",
        "certificates.certManager.ca.duration",
        "certificates.certManager.ca.renewBefore",
        "operator.serviceAccountTokens.mode",
    }


def _names(workspace: Workspace) -> None:
    for path in _RENAMING:
        if workspace.get(path):
            workspace.remove(
                tuple(path.split(".")),
                "the official chart ignores it; here it would rename objects, so that the upgrade replaced them",
            )


def _emptied_blocks(workspace: Workspace) -> None:
    for block in _POD_BLOCKS:
        for component in _COMPONENTS:
            for document in workspace.documents:
                steps = (block, component)
                if document.has(steps) and document.values[block][component] == {}:
                    workspace.remove(
                        steps,
                        "with {} the official chart keeps its defaults; here {} removes them, so write it again if that is "
                        "meant",
                    )


def _policies(workspace: Workspace) -> None:
    if not workspace.get("networkPolicy.enabled"):
        return
    flavor = workspace.get("networkPolicy.flavor", ...)
    if flavor is ...:
        workspace.add(
            ("networkPolicy", "flavor"),
            "cilium",
            "the default of the official chart; here it is kubernetes",
            comment="Default of the official chart. Policies for other network plugins: kubernetes",
        )
    elif flavor not in ("cilium", "kubernetes"):
        workspace.put(
            ("networkPolicy", "enabled"), False, f"the official chart makes no policies of the flavor {flavor!r}"
        )
        workspace.remove(("networkPolicy", "flavor"), "there is no such flavor; use kubernetes or cilium")


def _placeholder_issuer(workspace: Workspace) -> None:
    manager = "certificates.certManager"
    if (
        workspace.get(f"{manager}.enabled")
        and workspace.get(f"{manager}.issuer.generate") is False
        and workspace.get(f"{manager}.issuer.name") is None
    ):
        workspace.add(
            ("certificates", "certManager", "issuer", "name"),
            "foo-org-ca",
            "the default of the official chart; without an issuer of this name no certificate is made, so name yours",
            kind="decide",
            comment="Default of the official chart: name the issuer that you have.",
        )


def _tokens(workspace: Workspace) -> None:
    """Roles without an audience: KEDA asks for a token of no special audience, which it now does in legacy mode only."""
    restrict = "permissions.operator.restrict"
    roles = workspace.get(f"{restrict}.serviceAccountTokenCreationRoles") or []
    without = [role for role in roles if isinstance(role, dict) and not role.get("audience")]
    everybody = workspace.get(f"{restrict}.allowAllServiceAccountTokenCreation")
    if workspace.get("operator.serviceAccountTokens") is not None or not (without or everybody):
        return
    if len(without) < len(roles):
        return
    workspace.add(
        ("operator", "serviceAccountTokens", "mode"),
        "legacy",
        "since 2.21 KEDA asks only for tokens of audiences that are listed; this keeps the former way for the token creation "
        "that these values allow",
        comment="As before KEDA 2.21. Better: an audience for each token, and enforce-audience",
    )


def _logging(workspace: Workspace) -> None:
    for component, key in (
        ("operator", "timeEncoding"),
        ("metricServer", "zapTimeEncoding"),
        ("webhooks", "timeEncoding"),
    ):
        if workspace.get(f"logging.{component}.{key}") == "nano":
            workspace.put(("logging", component, key), "nanos", "KEDA ends at every start with nano; its name is nanos")


def _leaves(value: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    """Paths of the values as far down as both charts tell keys apart; empty ones say nothing."""
    if value in (None, "", [], {}):
        return
    if isinstance(value, dict) and not (steps and official.reads(".".join(map(str, steps)))):
        for name, child in value.items():
            yield from _leaves(child, (*steps, name))
    elif steps:
        yield steps, ".".join(map(str, steps))
