"""Flags, environment, volumes and mounts that carry certificates agree with each other and with the rendered objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support import combinations, manifests, modes
from tests.support.combinations import Combination
from tests.support.findings import Findings
from tests.support.renderings import Rendered

_COMPONENTS = ("operator", "metrics-apiserver", "admission-webhooks")
_ROTATION_FLAGS = (
    "cert-secret-name",
    "operator-service-name",
    "metrics-server-service-name",
    "webhooks-service-name",
    "validating-webhook-name",
    "enable-apiservice-patching",
    "enable-webhook-patching",
)


def test_every_component_reads_its_certificates_where_the_secret_is_mounted(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                assert component in _COMPONENTS
                folder = manifests.flag(deployment, "cert-dir")
                (mount,) = manifests.mounts_at(deployment, folder)
                assert mount.get("readOnly") is True
                assert "subPath" not in mount, "a subPath mount never sees a renewed certificate"
                assert "secret" in manifests.volume(deployment, mount["name"])
    findings.settle()


def test_all_components_mount_the_same_secret(chunk: Sequence[Rendered]) -> None:
    """Two Secrets renewed at different times break mutual TLS between operator and metrics API server."""
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            secrets = {
                manifests.volume(d, "certificates")["secret"]["secretName"] for d in rendered.deployments.values()
            }
            assert len(secrets) == 1
            stated = rendered.combination.values.get("certificates", {}).get("secretName", modes.SERVING_SECRET)
            assert secrets == {stated}
    findings.settle()


def test_the_ca_key_is_mounted_in_no_pod(chunk: Sequence[Rendered]) -> None:
    """Whoever holds ca.key can mint a certificate that every component takes for another."""
    findings = Findings()
    for rendered in chunk:
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                secret = manifests.volume(deployment, "certificates")["secret"]
                items = {item["key"]: item["path"] for item in secret["items"]}
                assert set(items) == modes.PUBLISHED_KEYS
                assert items == {key: key for key in modes.PUBLISHED_KEYS}
                for entry in manifests.pod_spec(deployment)["volumes"]:
                    same = entry.get("secret", {}).get("secretName") == secret["secretName"]
                    assert not same or entry["name"] == "certificates", f"volume {entry['name']} mounts it once more"
    findings.settle()


def test_only_the_operator_that_writes_the_secret_may_start_without_it(chunk: Sequence[Rendered]) -> None:
    """Required, the operator would wait for its own work; optional elsewhere, pods crash over missing files."""
    findings = Findings()
    for rendered in chunk:
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                secret = manifests.volume(deployment, "certificates")["secret"]
                expected = component == "operator" and rendered.combination.mode.operator_volume_optional
                assert bool(secret.get("optional")) == expected
    findings.settle()


def test_rotation_runs_exactly_when_the_operator_writes_the_secret(chunk: Sequence[Rendered]) -> None:
    """Rotation over a Secret that somebody else writes replaces that certificate and its CA."""
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            rotation = rendered.combination.mode.rotation
            assert manifests.flag(rendered.operator, "enable-cert-rotation") == ("true" if rotation else "false")
            if not rotation:
                assert set(manifests.flags(rendered.operator)) & set(_ROTATION_FLAGS) == set()
    findings.settle()


def test_the_operator_generates_a_certificate_for_the_services_that_exist(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        if not rendered.combination.mode.rotation:
            continue
        with findings.of(rendered.id):
            flags = manifests.flags(rendered.operator)
            mounted = manifests.volume(rendered.operator, "certificates")["secret"]["secretName"]
            assert flags["cert-secret-name"] == [mounted]
            named = {
                "operator": "operator-service-name",
                "metrics-apiserver": "metrics-server-service-name",
                "admission-webhooks": "webhooks-service-name",
            }
            for component, flag in named.items():
                services = [
                    entry["metadata"]["name"]
                    for entry in manifests.all_of(rendered.objects, "Service")
                    # Of a headless Service nobody verifies the name.
                    if entry["spec"].get("clusterIP") != "None"
                    and component in rendered.deployments
                    and manifests.matches(
                        {"matchLabels": entry["spec"]["selector"]},
                        manifests.pod_labels(rendered.deployments[component]),
                    )
                ]
                assert flags.get(flag, []) == services
            domain = rendered.combination.values.get("clusterDomain", "cluster.local")
            assert flags["k8s-cluster-domain"] == [domain]
    findings.settle()


def test_the_operator_patches_the_objects_that_exist_and_nobody_else_fills(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        if not rendered.combination.mode.rotation:
            continue
        with findings.of(rendered.id):
            flags = manifests.flags(rendered.operator)
            for_apiservice, _ = modes.trust_of(rendered.combination.values)
            patches = bool(manifests.all_of(rendered.objects, "APIService")) and for_apiservice == "operator"
            assert flags["enable-apiservice-patching"] == ["true" if patches else "false"]
            configurations = manifests.all_of(rendered.objects, "ValidatingWebhookConfiguration")
            assert flags["enable-webhook-patching"] == ["true" if configurations else "false"]
            names = [entry["metadata"]["name"] for entry in configurations]
            assert flags.get("validating-webhook-name", []) == names
    findings.settle()


def test_the_metrics_api_server_serves_and_dials_with_the_mounted_pair(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        deployment = rendered.deployments.get("metrics-apiserver")
        if deployment is None:
            continue
        with findings.of(rendered.id):
            folder = manifests.flag(deployment, "cert-dir")
            assert manifests.flag(deployment, "tls-cert-file") == f"{folder}/tls.crt"
            assert manifests.flag(deployment, "tls-private-key-file") == f"{folder}/tls.key"
            host, _, port = manifests.flag(deployment, "metrics-service-address").rpartition(":")
            name, namespace, rest = host.split(".", 2)
            service = manifests.one(rendered.objects, "Service", name, namespace)
            assert rest == f"svc.{rendered.combination.values.get('clusterDomain', 'cluster.local')}"
            assert int(port) in [entry["port"] for entry in service["spec"]["ports"]]
            assert manifests.matches(
                {"matchLabels": service["spec"]["selector"]}, manifests.pod_labels(rendered.operator)
            ), "it dials a Service that is not the operator's"
    findings.settle()


def test_every_ca_folder_that_the_operator_reads_is_the_default_or_mounted(chunk: Sequence[Rendered]) -> None:
    """KEDA skips a missing folder silently: a scaler would then not trust the company's CA, and nobody says why."""
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            own = rendered.combination.values.get("certificates", {}).get("operator", {})
            stated = own.get("caDirs") or ["/custom/ca"]
            folders = manifests.flags(rendered.operator)["ca-dir"]
            assert folders[: len(stated)] == stated
            trusted = folders[len(stated) :]
            assert len(trusted) == len(own.get("trustedCAs", []))
            for folder in trusted:
                (mount,) = manifests.mounts_at(rendered.operator, folder)
                assert mount.get("readOnly") is True
                assert {"configMap", "secret"} & set(manifests.volume(rendered.operator, mount["name"]))
    findings.settle()


def _sources(combination: Combination) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = combination.values.get("certificates", {}).get("operator", {}).get("trustedCAs", [])
    return found


def test_every_trusted_ca_source_is_mounted_once(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            volumes = manifests.pod_spec(rendered.operator)["volumes"]
            for source in _sources(rendered.combination):
                if "secret" in source:
                    found = [v for v in volumes if v.get("secret", {}).get("secretName") == source["secret"]]
                    projected = [v["secret"] for v in found]
                else:
                    name = source.get("configMap") or source["openshiftTrustedBundle"]
                    found = [v for v in volumes if v.get("configMap", {}).get("name") == name]
                    projected = [v["configMap"] for v in found]
                assert len(found) == 1, f"{source}: {found}"
                keys = [item["key"] for item in projected[0].get("items", [])]
                expected = ["ca-bundle.crt"] if "openshiftTrustedBundle" in source else source.get("keys", [])
                assert keys == expected
                assert bool(projected[0].get("optional")) == source.get("optional", False)
                if "openshiftTrustedBundle" in source:
                    namespace = rendered.operator["metadata"]["namespace"]
                    bundle = manifests.one(rendered.objects, "ConfigMap", source["openshiftTrustedBundle"], namespace)
                    assert bundle["metadata"]["labels"]["config.openshift.io/inject-trusted-cabundle"] == "true"
                    assert "data" not in bundle
    findings.settle()


def test_combinations_trust_cas_of_every_kind() -> None:
    kinds = {kind for combination in combinations.rendered() for source in _sources(combination) for kind in source}
    assert {"secret", "configMap", "openshiftTrustedBundle"} <= kinds


def test_the_tls_floor_reaches_every_port_of_every_component(chunk: Sequence[Rendered]) -> None:
    """The metrics API server's HTTPS port ignores the environment and has flags of its own; both must say the same."""
    findings = Findings()
    for rendered in chunk:
        service = rendered.combination.values.get("service", {})
        floor, ciphers = service.get("minTlsVersion", "TLS13"), service.get("tlsCipherList")
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                environment = manifests.environment(deployment)
                assert environment["KEDA_SERVICE_MIN_TLS_VERSION"] == floor
                assert environment.get("KEDA_SERVICE_TLS_CIPHER_LIST") == ciphers
                if component == "metrics-apiserver":
                    assert manifests.flag(deployment, "tls-min-version") == f"Version{floor}"
                    assert manifests.flags(deployment).get("tls-cipher-suites") == ([ciphers] if ciphers else None)
    findings.settle()
