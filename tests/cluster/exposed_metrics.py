"""The metrics that a KEDA at work really exposes: schemas/keda/metrics.yaml, made from a cluster.

    python -m tests.cluster.exposed_metrics           boot the embedded cluster, put load on KEDA, write the file
    python -m tests.cluster.exposed_metrics --check   the same, and compare with the file; exit code 1 when they differ

Needs what ``tox -e cluster`` needs and takes some minutes.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.cluster import releases, scaling
from tests.cluster.addons import cert_manager, prometheus_operator
from tests.cluster.harness import Cluster, images
from tests.cluster.harness.process import CommandFailed
from tests.cluster.probes import (
    COMPONENTS,
    METRICS_APISERVER,
    OPERATOR,
    WEBHOOK_CONFIGURATION,
    WEBHOOKS,
    Component,
    pods,
)
from tests.cluster.releases import NAMESPACE, Installed, Scenario
from tests.cluster.stage import Stage, usual
from tests.cluster.targets import EmbeddedTarget, Target
from tests.cluster.waiting import NotYet, until
from tests.support import metrics
from tests.support.certificates import authority, foreign_authority
from tests.support.metrics import Metric
from tools import crds, keda_module, toolchain

PORT = 8080
_NAMES: Mapping[str, Component] = dict(zip(metrics.COMPONENTS, COMPONENTS, strict=True))
# What is worth a query. The rest is about the Go runtime and the libraries of an API server, in hundreds of families.
_OF_PODS = re.compile(
    r"keda_|controller_runtime_|certwatcher_|leader_election_|rest_client_requests_|workqueue_depth$|go_goroutines$"
    r"|process_(start_time_seconds|cpu_seconds_total|resident_memory_bytes)$"
    r"|apiserver_request_(total|terminations_total|duration_seconds)$"
)
_OF_THE_API_SERVER = re.compile(r"aggregator_unavailable_apiservice$|apiserver_admission_webhook_")
_CERT_MANAGER = "github.com/cert-manager/cert-manager"
_COLLECTOR = "internal/collectors/certificate_collector.go"
_DESCRIPTION = re.compile(r'prometheus\.NewDesc\("(?P<name>\w+)", "[^"]*", \[\]string\{(?P<labels>[^}]*)\}')
_SECONDS_OF_A_REQUEST = 60
_CLOCK, _KNOWN, _STRANGER, _PAUSED, _JOB, _NEW = "by-clock", "by-known", "by-stranger", "paused", "job", "new"


def scenario(monitor: str = "serviceMonitor") -> Scenario:
    """KEDA with its own certificates, all metrics on, and monitors of one kind (serviceMonitor, podMonitor)."""
    base = usual("operator-generated")
    values = json.loads(base.values)
    values["prometheus"] = {
        key: {"enabled": True, monitor: {"enabled": True}} for key in ("operator", "metricServer", "webhooks")
    }
    return replace(base, values=json.dumps(values))


def exposition(target: Target, component: Component) -> str:
    """The text that the pod of a component answers at /metrics; raises CommandFailed, NotYet."""
    for pod in pods(target, NAMESPACE):
        if pod.component == component:
            return target.kubectl("get", f"--raw=/api/v1/namespaces/{NAMESPACE}/pods/{pod.name}:{PORT}/proxy/metrics")
    raise NotYet(f"no pod of {component.name}")


def of_pod(target: Target, component: Component) -> dict[str, Metric]:
    """The metrics of a component's pod that are worth a query; raises CommandFailed, NotYet."""
    return _worth(exposition(target, component), _OF_PODS)


def of_api_server(target: Target) -> dict[str, Metric]:
    """What the API server tells about the extension API and the webhooks."""
    return _worth(target.kubectl("get", "--raw=/metrics"), _OF_THE_API_SERVER)


def of_cert_manager() -> dict[str, Metric]:
    """What cert-manager tells about Certificates, by its sources: the embedded cluster's build of it exposes no metrics."""
    text = (toolchain.module_directory("cert-manager", _CERT_MANAGER) / _COLLECTOR).read_text()
    found = {
        match["name"]: Metric("gauge", frozenset(json.loads(f"[{match['labels']}]")))
        for match in _DESCRIPTION.finditer(text)
    }
    if not found:
        raise keda_module.Unreadable(f"no description of a metric in {_COLLECTOR} of {_CERT_MANAGER}")
    return found


def _worth(text: str, pattern: re.Pattern[str]) -> dict[str, Metric]:
    return {name: metric for name, metric in metrics.parse(text).items() if pattern.match(name)}


# --- Load --------------------------------------------------------------------------------------------------------------


def collect(installed: Installed) -> dict[str, dict[str, Metric]]:
    """Source -> its metrics, after KEDA has scaled, failed to scale, and been cut off; spoils the installation."""
    target = installed.target
    _scale(target)
    _until_exposed(target, OPERATOR, "keda_scaler_detail_errors_total", "keda_scaled_job_errors_total")
    _until_exposed(target, OPERATOR, "keda_internal_metricsservice_grpc_server_handled_total")
    _until_exposed(target, METRICS_APISERVER, "keda_internal_metricsservice_grpc_client_handled_total")
    found = {name: of_pod(target, component) for name, component in _NAMES.items()}
    _cut_off_the_webhooks(target)
    found["kube-apiserver"] = of_api_server(target)
    found["metrics-apiserver"] = _cut_off_the_operator(target)
    found["cert-manager"] = of_cert_manager()
    return found


def _scale(target: Target) -> None:
    releases.make_namespace(target, name=scaling.NAMESPACE)
    target.apply([scaling.deployment(name) for name in (_CLOCK, _KNOWN, _STRANGER, _PAUSED)])
    target.apply(scaling.server("known", 3, authority()) + scaling.server("stranger", 3, foreign_authority()))
    for name in ("known", "stranger"):
        target.kubectl("rollout", "status", f"--namespace={scaling.NAMESPACE}", f"deployment/{name}")
    paused = scaling.by_clock(_PAUSED, 2)
    paused["metadata"]["annotations"] = {"autoscaling.keda.sh/paused": "true"}
    stranger = scaling.by_server(_STRANGER, "stranger")
    job = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledJob",
        "metadata": {"name": _JOB, "namespace": scaling.NAMESPACE},
        "spec": {
            "pollingInterval": 5,
            "jobTargetRef": {
                "template": {
                    "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "example.com/job"}]}
                }
            },
            "triggers": stranger["spec"]["triggers"],
        },
    }
    target.apply([scaling.by_clock(_CLOCK, 2), scaling.by_server(_KNOWN, "known"), stranger, paused, job])


def _until_exposed(target: Target, component: Component, *names: str) -> None:
    def look() -> None:
        missing = set(names) - of_pod(target, component).keys()
        if missing:
            raise NotYet(f"not exposed: {sorted(missing)}")

    until(look, scaling.SECONDS_TO_SCALE, f"the {component.name} exposes {', '.join(names)}")


def _replicas(target: Target, component: Component, number: int) -> None:
    target.kubectl("scale", f"--namespace={NAMESPACE}", f"deployment/{component.deployment}", f"--replicas={number}")


def _cut_off_the_webhooks(target: Target) -> None:
    """Have the API server refuse, and then accept, what it cannot ask the webhooks about."""
    _replicas(target, WEBHOOKS, 0)
    # A pod that is about to stop still answers; what it has accepted is not asked about again.
    target.kubectl(
        *("wait", "--for=delete", "pods", f"--selector=app={WEBHOOKS.deployment}"),
        *(f"--namespace={NAMESPACE}", "--timeout=60s"),
        seconds=70,
    )
    name = "apiserver_admission_webhook_rejection_count"

    def refused() -> None:
        try:
            target.apply([scaling.by_clock(_NEW, 1)])
        except CommandFailed:
            series = target.kubectl("get", "--raw=/metrics")
            if re.search(rf'^{name}\{{error_type="calling_webhook_error",name="vscaledobject', series, re.MULTILINE):
                return
        raise NotYet("the API server still asks the webhooks")

    until(refused, 60, "the API server refuses what it cannot ask the webhooks about")
    count = len(
        target.get(f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{WEBHOOK_CONFIGURATION}")[
            "webhooks"
        ]
    )
    patch = [
        {"op": "replace", "path": f"/webhooks/{number}/failurePolicy", "value": "Ignore"} for number in range(count)
    ]
    target.kubectl(
        *("patch", "validatingwebhookconfiguration", WEBHOOK_CONFIGURATION, "--type=json"),
        f"--patch={json.dumps(patch)}",
    )

    def accepted() -> None:
        target.apply([scaling.by_clock(_NEW, 1)])
        if "apiserver_admission_webhook_fail_open_count" not in of_api_server(target):
            raise NotYet("nothing was accepted unchecked")

    until(accepted, 60, "the API server accepts what it cannot ask the webhooks about")


def _cut_off_the_operator(target: Target) -> dict[str, Metric]:
    """The metrics of the metrics API server once requests of HPAs have timed out because no operator is there."""
    _replicas(target, OPERATOR, 0)
    name = "apiserver_request_terminations_total"

    def timed_out() -> dict[str, Metric]:
        text = exposition(target, METRICS_APISERVER)
        if not re.search(rf'^{name}\{{code="504",.*group="external\.metrics\.k8s\.io"', text, re.MULTILINE):
            raise NotYet("no request has timed out")
        return _worth(text, _OF_PODS)

    return until(timed_out, 4 * _SECONDS_OF_A_REQUEST, "requests of HPAs time out without an operator")


# --- The file ----------------------------------------------------------------------------------------------------------


def content(found: Mapping[str, Mapping[str, Metric]]) -> dict[str, Any]:
    """The file's content without its pins."""
    return {source: metrics.written(found[source]) for source in metrics.SOURCES}


def differences(found: Mapping[str, Mapping[str, Metric]]) -> Iterator[str]:
    """Where the file differs from what was found, one sentence each."""
    path = keda_module.FOLDER / f"{metrics.FILE}.yaml"
    if not path.is_file():
        yield f"{path.name} is missing"
        return
    listed = keda_module.load(metrics.FILE)
    for key, expected in keda_module.pins().items():
        if listed.get(key) != expected:
            yield f"{path.name} was made from {key} {listed.get(key)}, pinned is {expected}"
    own = {key: value for key, value in listed.items() if key not in keda_module.pins()}
    yield from (f"{path.name}{place}" for place in crds.differences(content(found), own))


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.cluster.exposed_metrics",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file is stale")
    options = parser.parse_args(arguments)
    say: Callable[[str], None] = functools.partial(print, file=sys.stderr, flush=True)
    say("1/4 booting the cluster")
    with Cluster(load=(*images.KEDA, images.WORKLOAD, *cert_manager.IMAGES)) as cluster:
        target = EmbeddedTarget(cluster)
        prometheus_operator.define(target)
        stage = Stage(target)
        say("2/4 installing KEDA")
        installed = stage.ready(scenario())
        say("3/4 KEDA at work, and cut off: some minutes")
        found = collect(installed)
    say("4/4 reading")
    if options.check:
        wrong = list(differences(found))
        print("\n".join(wrong) or f"{metrics.FILE}.yaml agrees with the cluster")
        return 1 if wrong else 0
    text = keda_module.text("exposed_metrics", content(found), package="tests.cluster")
    (keda_module.FOLDER / f"{metrics.FILE}.yaml").write_text(text)
    print(f"schemas/keda/{metrics.FILE}.yaml: {sum(map(len, found.values()))} metrics")
    return 0


if __name__ == "__main__":
    sys.exit(main())
