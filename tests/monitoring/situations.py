"""What can befall an installation, as series that differ from the healthy ones, and the alerts that must fire then.

An alert that is not named stays silent. ``None`` as a series' values takes the series away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.monitoring.installation import (
    CALL,
    JOB,
    OBJECT,
    SCALER,
    WEBHOOKS_OF_THE_CHART,
    Installation,
    aggregated,
    failing_open,
    rejections,
)

Labels = Mapping[str, str]
Changes = Mapping[str, str | None]
Fires = Mapping[str, list[Labels]]
_GROWING, _FLAT, _GONE = "0+3x200", "0x200", None
_RENEWAL, _EXPIRY = (
    "certmanager_certificate_renewal_timestamp_seconds",
    "certmanager_certificate_expiration_timestamp_seconds",
)
_READY = "certmanager_certificate_ready_status"
_HANDLED = "keda_internal_metricsservice_grpc_server_handled_total"
_CALLED = "keda_internal_metricsservice_grpc_client_handled_total"
_CPU = SCALER.replace("s0-prometheus", "cpu").replace("prometheusScaler", "cpuMemoryScaler")


@dataclass(frozen=True)
class Situation:
    """``minutes`` after the beginning, the alerts of ``fires`` must be firing, each with these labels beside its severity."""

    name: str
    changes: Callable[[Installation], Changes]
    fires: Callable[[Installation], Fires]
    minutes: int = 30

    def __str__(self) -> str:
        return self.name


def _nothing(_: Installation) -> Fires:
    return {}


def _alert(name: str, *labels: Labels) -> Callable[[Installation], Fires]:
    return lambda _: {name: list(labels) or [{}]}


def _own(component: str, metric: str, labels: str, values: str | None) -> Callable[[Installation], Changes]:
    return lambda it: {it.own(getattr(it, component), metric, labels): values}


def _targets(it: Installation, component: str) -> dict[str, str]:
    name = getattr(it, component)
    return {
        "namespace": it.namespace,
        "container": name,
        "pod": f"{name}-0",
        "service": name,
        "job": name,
        "endpoint": "metrics",
        "instance": "10.0.0.1:8080",
    }


# --- The operator and what it scales -----------------------------------------------------------------------------------

_ORDERS = {"exported_namespace": "shop", "scaledObject": "orders"}


def _of_the_operator() -> Iterator[Situation]:
    yield Situation(
        "a scaler fails for 30 minutes",
        lambda it: {
            it.own(it.operator, "keda_scaler_detail_errors_total", SCALER): _GROWING,
            # KEDA counts it here, too.
            it.own(it.operator, "keda_scaled_object_errors_total", OBJECT): _GROWING,
        },
        _alert("KedaScalerErrors", {**_ORDERS, "scaler": "prometheusScaler"}),
    )
    yield Situation(
        "a scaler has failed for 10 minutes only",
        _own("operator", "keda_scaler_detail_errors_total", SCALER, "0x20 0+3x200"),
        _nothing,
    )
    yield Situation(
        "a ScaledObject fails before any scaler is asked",
        _own("operator", "keda_scaled_object_errors_total", OBJECT, _GROWING),
        _alert("KedaScaledObjectErrors", _ORDERS),
    )
    yield Situation(
        "a ScaledJob fails",
        _own("operator", "keda_scaled_job_errors_total", JOB, _GROWING),
        _alert("KedaScaledJobErrors", {"exported_namespace": "shop", "scaledJob": "invoices"}),
    )
    yield Situation(
        "operators run and none leads",
        lambda it: {it.own(it.operator, "leader_election_master_status", f'name="{it.lease}"'): _FLAT},
        _alert("KedaNoOperatorLeader"),
    )
    yield Situation(
        "there is no operator, nor anything that it exposes",
        lambda it: {series: _GONE for series in it.healthy() if f'container="{it.operator}"' in series},
        _alert("KedaNoOperatorLeader"),
    )
    yield Situation(
        "another program leads under the operator's lease elsewhere, the operator does not",
        lambda it: {
            it.own(it.operator, "leader_election_master_status", f'name="{it.lease}"'): _FLAT,
            f'leader_election_master_status{{namespace="elsewhere",container="{it.operator}",name="{it.lease}"}}': "1x200",
        },
        _alert("KedaNoOperatorLeader"),
    )
    yield Situation(
        "the lease changes hands and comes back within 3 minutes",
        lambda it: {it.own(it.operator, "leader_election_master_status", f'name="{it.lease}"'): "1x26 0x2 1x200"},
        _nothing,
    )
    yield Situation(
        "another KEDA in the cluster is in pieces",
        lambda it: {
            series.replace(f'namespace="{it.namespace}"', 'namespace="another"', 1): values
            for series, values in (
                (it.own(it.operator, "keda_scaler_detail_errors_total", SCALER), _GROWING),
                (it.own(it.operator, "keda_scaled_object_errors_total", OBJECT), _GROWING),
                (it.own(it.operator, "keda_scaled_job_errors_total", JOB), _GROWING),
                (it.own(it.operator, "leader_election_master_status", f'name="{it.lease}"'), _FLAT),
                (it.own(it.operator, "keda_scaler_active", SCALER), "1x200"),
                (it.own(it.operator, "process_start_time_seconds"), _GROWING),
                (it.own(it.metrics_apiserver, "up"), _FLAT),
                (it.own(it.admission_webhooks, "up"), _FLAT),
                (it.own(it.admission_webhooks, "certwatcher_read_certificate_errors_total"), _GROWING),
                (_reconcile_errors(it, "cert-rotator"), _GROWING),
                (_terminations(it), _GROWING),
                (it.own(it.metrics_apiserver, _CALLED, f'{CALL},grpc_code="Unavailable"'), _GROWING),
            )
        },
        _nothing,
    )


def _reconcile_errors(it: Installation, controller: str) -> str:
    return it.own(it.operator, "controller_runtime_reconcile_errors_total", f'controller="{controller}"')


def _restarts() -> Iterator[Situation]:
    start = "process_start_time_seconds"

    def fires(component: str) -> Callable[[Installation], Fires]:
        def noticed(it: Installation) -> Fires:
            rendered = {"operator": True, "metrics_apiserver": it.metrics_server, "admission_webhooks": it.webhooks}
            return {"KedaPodRestarts": [_targets(it, component)]} if rendered[component] else {}

        return noticed

    for component in ("operator", "metrics_apiserver", "admission_webhooks"):
        yield Situation(
            f"a pod of {component} starts anew every 5 minutes",
            _own(component, start, "", "0x5 1x5 2x5 3x5 4x5 5x5 6x5 7x200"),
            fires(component),
        )
    yield Situation("a pod has started anew twice", _own("operator", start, "", "0x10 1x10 2x200"), _nothing)


# --- From the HPA to the operator --------------------------------------------------------------------------------------


def _terminations(it: Installation) -> str:
    return it.own(it.metrics_apiserver, "apiserver_request_terminations_total", _EXTERNAL)


_EXTERNAL = 'group="external.metrics.k8s.io",resource="s0-prometheus",code="504"'


def _of_the_metrics_path() -> Iterator[Situation]:
    def handled(it: Installation) -> str:
        return it.own(it.operator, _HANDLED, f'{CALL},grpc_code="OK"')

    yield Situation(
        "the metrics API server does not trust the operator",
        lambda it: {handled(it): "40x200", _terminations(it): _GROWING},
        # Only the metrics API server knows that requests time out.
        lambda _: {"KedaExternalMetricsNotServed": [{}], "KedaMetricsServiceUnreachable": [{}]},
    )
    yield Situation(
        "no request has come since the operator started",
        lambda it: {handled(it): _GONE},
        _alert("KedaExternalMetricsNotServed"),
    )
    yield Situation(
        "requests have stayed away for 7 minutes",
        lambda it: {handled(it): "0+4x23 92x200"},
        _nothing,
    )
    yield Situation(
        "nothing is active, so no HPA asks",
        lambda it: {handled(it): "40x200", it.own(it.operator, "keda_scaler_active", SCALER): _FLAT},
        _nothing,
    )
    yield Situation(
        "only a CPU trigger is active, about which no HPA asks KEDA",
        lambda it: {
            handled(it): "40x200",
            it.own(it.operator, "keda_scaler_active", SCALER): _GONE,
            it.own(it.operator, "keda_scaler_active", _CPU): "1x200",
        },
        _nothing,
    )
    yield Situation(
        "only a ScaledJob is active, which has no HPA",
        lambda it: {
            handled(it): "40x200",
            it.own(it.operator, "keda_scaler_active", SCALER): _GONE,
            it.own(it.operator, "keda_scaler_active", SCALER.replace('"scaledobject"', '"scaledjob"')): "1x200",
        },
        _nothing,
    )
    yield Situation(
        "the API server does not trust the metrics API server",
        lambda _: {aggregated("v1beta1.external.metrics.k8s.io"): "1x200"},
        _alert("KedaExternalMetricsAPIDown", {"name": "v1beta1.external.metrics.k8s.io"}),
    )
    yield Situation(
        "the metrics API server is unavailable for 3 minutes",
        lambda _: {aggregated("v1beta1.external.metrics.k8s.io"): "0x27 1x2 0x200"},
        _nothing,
    )
    yield Situation(
        "no metrics API server answers Prometheus",
        _own("metrics_apiserver", "up", "", _FLAT),
        _alert("KedaMetricsAPIServerDown"),
    )
    yield Situation(
        "nothing scrapes the metrics API server",
        _own("metrics_apiserver", "up", "", _GONE),
        _alert("KedaMetricsAPIServerDown"),
    )
    codes = ("Unavailable", "DeadlineExceeded", "ResourceExhausted")
    yield Situation(
        "calls to the operator fail",
        lambda it: {it.own(it.metrics_apiserver, _CALLED, f'{CALL},grpc_code="{code}"'): _GROWING for code in codes},
        _alert("KedaMetricsServiceErrors", *({"grpc_code": code} for code in codes)),
    )
    yield Situation(
        "requests to another API of the metrics API server time out",
        _own("metrics_apiserver", "apiserver_request_terminations_total", 'group="other",code="504"', _GROWING),
        _nothing,
    )


# --- Certificates ------------------------------------------------------------------------------------------------------


def _of_certificates() -> Iterator[Situation]:
    def issued(it: Installation, name: str, condition: str = "") -> dict[str, str]:
        labels = {
            "namespace": "cert-manager",
            "container": "cert-manager-controller",
            "exported_namespace": it.namespace,
            "name": name,
            "issuer_name": "ca",
            "issuer_kind": "Issuer",
            "issuer_group": "cert-manager.io",
        }
        return labels | ({"condition": condition} if condition else {})

    yield Situation(
        "the operator cannot write its certificates",
        lambda it: {_reconcile_errors(it, "cert-rotator"): _GROWING},
        lambda it: {
            "KedaCertificateRotationErrors": [{**_targets(it, "operator"), "controller": "cert-rotator"}],
        },
    )
    yield Situation(
        "cert-manager cannot issue",
        lambda it: {
            it.of_certificate(_READY, name, f'condition="{condition}"'): value
            for name in it.certificates()
            for condition, value in (("True", _FLAT), ("False", "1x200"))
        },
        lambda it: {
            "KedaCertificateNotReady": [issued(it, name, "False") for name in it.certificates()],
        },
    )
    yield Situation(
        "cert-manager is issuing for the first time",
        lambda it: {
            series: value
            for name in it.certificates()
            for series, value in (
                (it.of_certificate(_READY, name, 'condition="True"'), "0x26 1x200"),
                (it.of_certificate(_READY, name, 'condition="False"'), "1x26 0x200"),
                (it.of_certificate(_RENEWAL, name), "0x26 5184000x200"),
                (it.of_certificate(_EXPIRY, name), "0x26 7776000x200"),
            )
        },
        _nothing,
        minutes=10,
    )

    def due(it: Installation) -> Changes:
        """Due after 10 minutes, expired after 130; Prometheus' tests begin at second 0."""
        times = ((_RENEWAL, "600x200"), (_EXPIRY, "7800x200"))
        return {it.of_certificate(metric, name): values for name in it.certificates() for metric, values in times}

    def overdue(it: Installation) -> Fires:
        return {"KedaCertificateRenewalOverdue": [issued(it, name) for name in it.certificates()]}

    yield Situation("a renewal was due 14 minutes ago", due, _nothing, minutes=24)
    yield Situation("a renewal was due 20 minutes ago", due, overdue, minutes=30)
    yield Situation(
        "most of the time to renew is over",
        due,
        lambda it: {
            **overdue(it),
            "KedaCertificateExpires": [issued(it, name) for name in it.certificates()],
        },
        minutes=80,
    )
    yield Situation(
        "cert-manager's monitor honours labels, and a renewal is overdue",
        lambda it: {
            **{series: _GONE for series in it.healthy() if series.startswith("certmanager_")},
            **{
                f'{metric}{{namespace="{it.namespace}",pod="cert-manager-0",name="{name}"}}': values
                for name in it.certificates()
                for metric, values in ((_RENEWAL, "600x200"), (_EXPIRY, "7800x200"))
            },
        },
        lambda it: {
            "KedaCertificateRenewalOverdue": [
                {"namespace": it.namespace, "pod": "cert-manager-0", "name": name} for name in it.certificates()
            ]
        },
    )
    yield Situation(
        "other Certificates are in trouble",
        lambda it: {
            series.replace(old, new): values
            for name in it.certificates() or ["any"]
            for series, values in (
                (it.of_certificate(_READY, name, 'condition="False"'), "1x200"),
                (it.of_certificate(_RENEWAL, name), "60x200"),
                (it.of_certificate(_EXPIRY, name), "120x200"),
            )
            for old, new in (
                (f'exported_namespace="{it.namespace}"', 'exported_namespace="another"'),
                (f'name="{name}"', 'name="another"'),
            )
        },
        _nothing,
    )


# --- Webhooks ----------------------------------------------------------------------------------------------------------


def _of_webhooks() -> Iterator[Situation]:
    yield Situation(
        "no webhook answers Prometheus",
        _own("admission_webhooks", "up", "", _FLAT),
        _alert("KedaWebhooksDown"),
    )
    yield Situation(
        "the webhooks cannot read their certificate",
        _own("admission_webhooks", "certwatcher_read_certificate_errors_total", "", _GROWING),
        lambda it: {"KedaWebhookCertificateReadErrors": [_targets(it, "admission_webhooks")]},
    )
    yield Situation(
        "the API server cannot call the webhooks and refuses",
        lambda _: {rejections(name, "calling_webhook_error"): _GROWING for name in WEBHOOKS_OF_THE_CHART},
        _alert("KedaWebhookNotAnswering", *({"name": name} for name in WEBHOOKS_OF_THE_CHART)),
    )
    yield Situation(
        "the API server cannot call the webhooks and accepts",
        lambda _: {failing_open(name): _GROWING for name in WEBHOOKS_OF_THE_CHART},
        _alert("KedaWebhookFailingOpen", *({"name": name} for name in WEBHOOKS_OF_THE_CHART)),
    )


SITUATIONS = (
    Situation("all is well", lambda _: {}, _nothing),
    Situation("all is well after three hours", lambda _: {}, _nothing, minutes=180),
    *_of_the_operator(),
    *_restarts(),
    *_of_the_metrics_path(),
    *_of_certificates(),
    *_of_webhooks(),
)
