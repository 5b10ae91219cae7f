"""Ports agree: what a Service, a probe, a policy or a flag names is a port on which the container listens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.support import manifests
from tests.support.findings import Findings
from tests.support.manifests import Manifest
from tests.support.renderings import Rendered

# Component -> flags that make the binary listen; "0" and an empty value mean that it does not (keda-runtime, ports).
_LISTENING_FLAGS = {
    "operator": (
        "health-probe-bind-address",
        "metrics-bind-address",
        "metrics-service-bind-address",
        "profiling-bind-address",
    ),
    "metrics-apiserver": ("secure-port", "port", "profiling-bind-address"),
    "admission-webhooks": ("port", "health-probe-bind-address", "metrics-bind-address", "profiling-bind-address"),
}


def _listening(component: str, deployment: Manifest) -> list[int]:
    flags = manifests.flags(deployment)
    values = [value for name in _LISTENING_FLAGS[component] for value in flags.get(name, [])]
    return [int(value.rpartition(":")[2]) for value in values if value not in ("", "0")]


def _port(deployment: Manifest, wanted: str | int) -> int:
    ports = manifests.container(deployment)["ports"]
    found: list[int] = [entry["containerPort"] for entry in ports if wanted in (entry["name"], entry["containerPort"])]
    assert len(found) == 1, f"{len(found)} ports are {wanted!r} in {ports}"
    return found[0]


def test_every_declared_port_is_one_that_a_flag_opens_and_no_other(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                declared = [entry["containerPort"] for entry in manifests.container(deployment)["ports"]]
                assert sorted(declared) == sorted(_listening(component, deployment))
                assert len(set(declared)) == len(declared)
    findings.settle()


def test_a_service_sends_traffic_to_a_port_that_listens(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            services = manifests.all_of(rendered.objects, "Service")
            assert len(services) == len(rendered.deployments)
            for service in services:
                deployment = manifests.one(rendered.objects, "Deployment", service["metadata"]["name"])
                assert service["spec"]["ports"]
                for port in service["spec"]["ports"]:
                    assert _port(deployment, port["targetPort"])
    findings.settle()


def test_no_port_is_named_or_numbered_twice_where_the_api_server_refuses_it(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            for service in manifests.all_of(rendered.objects, "Service"):
                ports = service["spec"]["ports"]
                assert len({port["name"] for port in ports}) == len(ports), ports
                assert len({(port["port"], port["protocol"]) for port in ports}) == len(ports), ports
            for deployment in rendered.deployments.values():
                ports = manifests.container(deployment)["ports"]
                assert len({port["name"] for port in ports}) == len(ports), ports
    findings.settle()


def test_no_probe_or_strategy_has_a_field_that_the_api_server_refuses_there(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                own = manifests.container(deployment)
                for probe in ("startupProbe", "livenessProbe"):
                    assert own.get(probe, {}).get("successThreshold", 1) == 1
                assert "terminationGracePeriodSeconds" not in own["readinessProbe"]
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    handlers = {"httpGet", "tcpSocket", "exec", "grpc"} & set(own.get(probe, {}))
                    assert len(handlers) == (1 if probe in own else 0), f"{probe}: {handlers}"
                strategy = deployment["spec"].get("strategy", {})
                assert strategy.get("type") != "Recreate" or "rollingUpdate" not in strategy
    findings.settle()


def test_probes_ask_a_port_that_listens(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                own = manifests.container(deployment)
                assert {"livenessProbe", "readinessProbe"} <= set(own)
                for name in ("startupProbe", "livenessProbe", "readinessProbe"):
                    if name in own:
                        handler = own[name].get("httpGet") or own[name].get("tcpSocket")
                        assert handler is not None, f"{name} has no handler: {own[name]}"
                        assert _port(deployment, handler["port"])
    findings.settle()


def test_the_api_server_calls_a_port_that_the_service_has(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            references = [entry["spec"]["service"] for entry in manifests.all_of(rendered.objects, "APIService")]
            for configuration in manifests.all_of(rendered.objects, "ValidatingWebhookConfiguration"):
                references += [hook["clientConfig"]["service"] for hook in configuration["webhooks"]]
            expected = {"metrics-apiserver", "admission-webhooks"} & set(rendered.deployments)
            assert bool(references) == bool(expected)
            for reference in references:
                service = manifests.one(rendered.objects, "Service", reference["name"], reference["namespace"])
                ports = {port["port"]: port["name"] for port in service["spec"]["ports"]}
                assert ports.get(reference["port"]) == "https"
    findings.settle()


def test_pods_on_one_nodes_network_never_fight_for_a_port(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            taken: Counter[int] = Counter()
            for component, deployment in rendered.deployments.items():
                if manifests.pod_spec(deployment).get("hostNetwork"):
                    taken.update(_listening(component, deployment))
            assert [port for port, count in taken.items() if count > 1] == []
    findings.settle()


def _policy_ports(rules: Sequence[Manifest]) -> Iterator[int]:
    for rule in rules:
        for port in rule.get("ports", []):
            yield int(port["port"])
        for group in rule.get("toPorts", []):
            for port in group["ports"]:
                yield int(port["port"])


def test_a_network_policy_opens_the_ports_that_listen_except_profiling(chunk: Sequence[Rendered]) -> None:
    """A port that is missing cuts the API server or Prometheus off; one too many is open to everybody."""
    findings = Findings()
    for rendered in chunk:
        policies = [
            *manifests.all_of(rendered.objects, "NetworkPolicy"),
            *manifests.all_of(rendered.objects, "CiliumNetworkPolicy"),
        ]
        with findings.of(rendered.id):
            wanted = rendered.combination.values.get("networkPolicy", {}).get("enabled", False)
            assert len(policies) == (len(rendered.deployments) if wanted else 0)
            for policy in policies:
                name, cilium = policy["metadata"]["name"], policy["kind"] == "CiliumNetworkPolicy"
                deployment = manifests.one(rendered.objects, "Deployment", name)
                component = deployment["metadata"]["labels"]["app.kubernetes.io/component"]
                ports = {entry["name"]: entry["containerPort"] for entry in manifests.container(deployment)["ports"]}
                ports.pop("profiling", None)
                if not cilium:
                    # Kubernetes lets the node's own probes pass; Cilium wants them named.
                    ports.pop("health", None)
                if component == "operator" and "metrics-apiserver" not in rendered.deployments:
                    ports.pop("metricsservice")
                flavor = "cilium" if cilium else "kubernetes"
                key = {"operator": "operator", "metrics-apiserver": "metricsServer", "admission-webhooks": "webhooks"}
                extra = rendered.combination.values["networkPolicy"].get(flavor, {}).get(key[component], {})
                own = [rule for rule in policy["spec"]["ingress"] if rule not in extra.get("extraIngressRules", [])]
                assert set(_policy_ports(own)) == set(ports.values())
    findings.settle()
