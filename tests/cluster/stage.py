"""What is installed in the cluster now, so that tests of one installation share it and no two installations meet."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.cluster import admission, figures, releases, scaling
from tests.cluster.addons import cert_manager
from tests.cluster.probes import OPERATOR
from tests.cluster.releases import Installed, Scenario
from tests.cluster.targets import EmbeddedTarget, Target
from tests.cluster.waiting import until
from tests.support.certificates import authority
from tests.support.modes import MODES

# The CA of the HTTPS servers whose numbers KEDA may read.
SCALER_CA = "scaler-ca"
RESTRICTED = (("pod-security.kubernetes.io/enforce", "restricted"),)
_SECONDS_TO_LEAD = 30
_NAMESPACES = (scaling.NAMESPACE,)


def usual(mode: str) -> Scenario:
    """The installation that most tests look at: example and prerequisites of the mode unchanged, and besides that what makes
    them strict: webhooks that must answer, a namespace that enforces Pod Security, a CA for scalers."""
    return Scenario(
        mode,
        values=json.dumps(
            {
                "webhooks": {"failurePolicy": "Fail"},
                "certificates": {"operator": {"trustedCAs": [{"configMap": SCALER_CA}]}},
            }
        ),
        objects=json.dumps(
            [
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": SCALER_CA, "namespace": releases.NAMESPACE},
                    "data": {"ca.crt": authority().pem},
                }
            ]
        ),
        namespace_labels=RESTRICTED,
    )


class Stage:
    """Holds at most one installation."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._now: Installed | None = None
        self._cert_manager = False
        self._clean = False

    def ready(self, scenario: Scenario) -> Installed:
        """The installation of ``scenario``: the one that is there, when it is this and was not spoiled, else a new one."""
        if self._now is None or self._now.scenario != scenario:
            self.clear()
            self._now = self._install(scenario)
        return self._now

    def spoiled(self) -> None:
        """What is installed is not, or no longer, as ``install`` left it; the next test gets a new one."""
        self._now = None
        self._clean = False

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """What is done inside leaves the installation as it is, unless it fails: then it is spoiled."""
        try:
            yield
        except BaseException:
            self.spoiled()
            raise

    def clear(self) -> None:
        """Remove what is installed and all that tests put beside it."""
        self._now = None
        if not self._clean:
            releases.clear(self.target, _NAMESPACES)
        self._clean = True

    def need_cert_manager(self) -> None:
        """Install cert-manager, once; a cluster of the user's own must have it."""
        if not self._cert_manager and isinstance(self.target, EmbeddedTarget):
            started = time.monotonic()
            cert_manager.install(self.target)
            figures.ALL.append(
                f"cert-manager: issues {time.monotonic() - started:.1f} s after the start of its installation"
            )
        self._cert_manager = True

    def _install(self, scenario: Scenario) -> Installed:
        if MODES[scenario.mode].by_cert_manager:
            self.need_cert_manager()
        self._clean = False
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            installed = releases.install(self.target, scenario, Path(folder))
        # At once: what is asked here is whether `helm --wait` can be relied on.
        installed.first_answers = admission.answers(self.target, installed.namespace)
        if scenario.works:
            releases.wait_until_available(self.target)
            installed.available_seconds = time.monotonic() - started
            installed.connected_seconds = _wait_for_metrics_service(self.target, installed.namespace) - started
        figures.ALL.append(
            f"{scenario.mode}: helm install --wait took {installed.helm_seconds:.1f} s"
            + (f", Available after {installed.available_seconds:.1f} s" if installed.available_seconds else "")
            + (f", port 9666 open after {installed.connected_seconds:.1f} s" if installed.connected_seconds else "")
        )
        return installed


def _wait_for_metrics_service(target: Target, namespace: str) -> float:
    """When the operator's gRPC port answered: the leader opens it, and no readiness probe of KEDA's looks at it."""

    def connect() -> None:
        with target.reach(namespace, OPERATOR.service, OPERATOR.port) as connection:
            connection().close()

    until(connect, _SECONDS_TO_LEAD, "the operator leads and serves metrics")
    return time.monotonic()
