"""An installation of the chart as Prometheus sees it: its settings, its rule groups, its series while all is well.

Series are written as in promtool's unit tests, one value a minute. Their metrics and labels are those of
schemas/keda/metrics.yaml, with what the chart's monitors add.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support import chart, combinations
from tests.support.modes import MODES, Mode

Series = dict[str, str]
MINUTES = 200
WEBHOOKS_OF_THE_CHART = (
    "vcloudeventsource.kb.io",
    "vclustercloudeventsource.kb.io",
    "vsclustertriggerauthentication.kb.io",
    "vstriggerauthentication.kb.io",
    "vscaledjob.kb.io",
    "vscaledobject.kb.io",
)


@dataclass(frozen=True)
class Installation:
    """One way to install the chart, with everything switched on that can tell Prometheus something.

    ``scraped``: the metrics API server's metrics are enabled. ``names`` are values that give other names than the published.
    """

    mode: Mode
    metrics_server: bool = True
    webhooks: bool = True
    failure_policy: str = "Ignore"
    scraped: bool = True
    names: Mapping[str, Any] = field(default_factory=dict)
    namespace: str = "keda"
    operator: str = "keda-operator"
    metrics_apiserver: str = "keda-operator-metrics-apiserver"
    admission_webhooks: str = "keda-admission-webhooks"
    lease: str = "operator.keda.sh"

    def __str__(self) -> str:
        parts = [self.mode.name]
        parts += [] if self.metrics_server else ["no metrics API server"]
        parts += [] if self.scraped else ["metrics API server not scraped"]
        parts += [self.failure_policy] if self.webhooks else ["no webhooks"]
        parts += ["other names"] if self.names else []
        return ", ".join(parts)

    def values(self) -> dict[str, Any]:
        """The values of the installation."""
        values: dict[str, Any] = {
            "metricsServer.enabled": self.metrics_server,
            "webhooks.enabled": self.webhooks,
            "webhooks.failurePolicy": self.failure_policy,
            "prometheus.operator.enabled": True,
            "prometheus.operator.prometheusRules.enabled": True,
            "prometheus.metricServer.enabled": self.scraped,
            "prometheus.webhooks.enabled": True,
            "prometheus.webhooks.prometheusRules.enabled": True,
            "crds.install": False,
        }
        tree: dict[str, Any] = {}
        for path, value in {**self.mode.values, **values, **self.names}.items():
            combinations.put(tree, path, value)
        return tree

    def groups(self) -> list[dict[str, Any]]:
        """The rule groups of the rendered PrometheusRules."""
        objects = chart.render(self.values(), namespace=self.namespace).objects
        found = [group for item in objects if item["kind"] == "PrometheusRule" for group in item["spec"]["groups"]]
        assert len(found) == 1 + self.webhooks, "one group for the operator, one for the webhooks"
        return found

    # --- Series -----------------------------------------------------------------------------------------------------

    def target(self, component: str) -> str:
        """The labels that a monitor puts on every series of a component's pod."""
        return (
            f'namespace="{self.namespace}",container="{component}",pod="{component}-0",service="{component}",'
            f'job="{component}",endpoint="metrics",instance="10.0.0.1:8080"'
        )

    def own(self, component: str, metric: str, labels: str = "") -> str:
        """A series of a component's pod."""
        return f"{metric}{{{self.target(component)}{',' if labels else ''}{labels}}}"

    def of_certificate(self, metric: str, name: str, labels: str = "") -> str:
        """A series of cert-manager about a Certificate in KEDA's namespace, as its own monitor leaves it."""
        return (
            f'{metric}{{namespace="cert-manager",container="cert-manager-controller",exported_namespace="{self.namespace}",'
            f'name="{name}",issuer_name="ca",issuer_kind="Issuer",issuer_group="cert-manager.io"'
            f"{',' if labels else ''}{labels}}}"
        )

    def certificates(self) -> list[str]:
        """Names of the Certificates that the chart makes."""
        return sorted(name for kind, name in self.mode.certificate_objects if kind == "Certificate")

    def healthy(self) -> Series:
        """Every series that an alert may look at, of an installation that works."""
        found: Series = {}
        for component in (self.operator, self.metrics_apiserver, self.admission_webhooks):
            found[self.own(component, "up")] = _always(1)
            found[self.own(component, "process_start_time_seconds")] = _always(1700000000)
            found[self.own(component, "certwatcher_read_certificate_errors_total")] = _always(0)
        found |= dict(self._of_the_operator())
        found |= dict(self._of_the_metrics_apiserver())
        found |= dict(_of_the_api_server())
        for name in self.certificates():
            for condition in ("True", "False", "Unknown"):
                ready = self.of_certificate("certmanager_certificate_ready_status", name, f'condition="{condition}"')
                found[ready] = _always(int(condition == "True"))
            found[self.of_certificate("certmanager_certificate_renewal_timestamp_seconds", name)] = _always(5184000)
            found[self.of_certificate("certmanager_certificate_expiration_timestamp_seconds", name)] = _always(7776000)
        return found

    def _of_the_operator(self) -> Iterator[tuple[str, str]]:
        def own(metric: str, labels: str) -> str:
            return self.own(self.operator, metric, labels)

        yield own("leader_election_master_status", f'name="{self.lease}"'), _always(1)
        yield own("keda_scaler_active", SCALER), _always(1)
        # Errors of the past.
        yield own("keda_scaler_detail_errors_total", SCALER), _always(7)
        yield own("keda_scaled_object_errors_total", OBJECT), _always(7)
        yield own("keda_scaled_job_errors_total", JOB), _always(7)
        yield own("keda_internal_metricsservice_grpc_server_handled_total", f'{CALL},grpc_code="OK"'), _growing()
        yield own("controller_runtime_reconcile_errors_total", 'controller="cert-rotator"'), _always(0)
        yield own("controller_runtime_reconcile_errors_total", 'controller="scaledobject"'), _growing()

    def _of_the_metrics_apiserver(self) -> Iterator[tuple[str, str]]:
        def own(metric: str, labels: str) -> str:
            return self.own(self.metrics_apiserver, metric, labels)

        yield own("keda_internal_metricsservice_grpc_client_handled_total", f'{CALL},grpc_code="OK"'), _growing()
        # What failing scalers look like, and a request whose caller went away.
        yield own("keda_internal_metricsservice_grpc_client_handled_total", f'{CALL},grpc_code="Unknown"'), _growing()
        yield own("keda_internal_metricsservice_grpc_client_handled_total", f'{CALL},grpc_code="Canceled"'), _growing()
        yield own("apiserver_request_terminations_total", 'group="",code="504"'), _growing()


SCALER = (
    'exported_namespace="shop",scaledObject="orders",scaler="prometheusScaler",metric="s0-prometheus",triggerIndex="0",'
    'type="scaledobject"'
)
OBJECT = 'exported_namespace="shop",scaledObject="orders"'
JOB = 'exported_namespace="shop",scaledJob="invoices"'
CALL = 'grpc_method="GetMetrics",grpc_service="api.MetricsService",grpc_type="unary"'


def _always(value: int) -> str:
    return f"{value}x{MINUTES}"


def _growing() -> str:
    return f"0+4x{MINUTES}"


def _of_the_api_server() -> Iterator[tuple[str, str]]:
    yield aggregated("v1beta1.external.metrics.k8s.io"), _always(0)
    # A neighbour whose servers are gone.
    yield aggregated("v1beta1.metrics.k8s.io"), _always(1)
    for name in WEBHOOKS_OF_THE_CHART:
        # It says no as it should.
        yield rejections(name, "no_error"), _growing()
    for name in ("vpods.kb.io", "vscaledobject.example.com"):
        yield rejections(name, "calling_webhook_error"), _growing()
        yield failing_open(name), _growing()


def aggregated(name: str) -> str:
    """The API server's series about an APIService."""
    return f'aggregator_unavailable_apiservice{{job="apiserver",name="{name}"}}'


def rejections(name: str, error: str) -> str:
    """The API server's series about objects that it refused in a webhook's name."""
    return (
        f'apiserver_admission_webhook_rejection_count{{job="apiserver",name="{name}",type="validating",operation="CREATE",'
        f'error_type="{error}",rejection_code="403"}}'
    )


def failing_open(name: str) -> str:
    """The API server's series about objects that it accepted because a webhook could not be asked."""
    return f'apiserver_admission_webhook_fail_open_count{{job="apiserver",name="{name}",type="validating"}}'


def every_installation() -> list[Installation]:
    """Every mode with every combination of components, and once with other names."""
    metrics_apiservers = ((True, True), (True, False), (False, False))
    webhooks = ((True, "Ignore"), (True, "Fail"), (False, "Ignore"))
    made = [
        Installation(mode, present, with_webhooks, policy, scraped)
        for mode, (present, scraped), (with_webhooks, policy) in itertools.product(
            MODES.values(), metrics_apiservers, webhooks
        )
    ]
    other = Installation(
        MODES["operator-generated"],
        failure_policy="Fail",
        names={"fullnameOverride": "keda-blue", "webhooks.name": "judge"},
        namespace="scaling",
        operator="keda-blue-operator",
        metrics_apiserver="keda-blue-operator-metrics-apiserver",
        admission_webhooks="judge",
        lease="keda-blue-operator.keda.sh",
    )
    return [*made, other]
