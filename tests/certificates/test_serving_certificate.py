"""The serving Certificate and the generated CA: names, issuers, keys and lifetimes that fit the objects of the same render."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import manifests, modes
from tests.support.chart import ChartRefused, render
from tests.support.findings import Findings
from tests.support.manifests import Manifest
from tests.support.renderings import Rendered

_UNITS = {"h": 3600, "m": 60, "s": 1}
_CA_PATH = "certificates.certManager.ca"
_LEAF_PATH = "certificates.certManager"


def _seconds(duration: str) -> float:
    parts = re.findall(r"([0-9.]+)([hms])", duration)
    assert parts, f"{duration!r} is no duration"
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _issued(chunk: Sequence[Rendered]) -> Iterator[tuple[Rendered, Manifest]]:
    """Every serving Certificate of the chunk: the one whose Secret the components mount."""
    for rendered in chunk:
        if not rendered.combination.mode.by_cert_manager:
            continue
        mounted = manifests.volume(rendered.operator, "certificates")["secret"]["secretName"]
        (leaf,) = [e for e in manifests.all_of(rendered.objects, "Certificate") if e["spec"]["secretName"] == mounted]
        yield rendered, leaf


def test_the_serving_certificate_names_every_service_that_is_rendered_and_no_other(chunk: Sequence[Rendered]) -> None:
    """A missing name breaks TLS to that Service; a surplus one is a certificate for somebody else's Service."""
    findings = Findings()
    for rendered, leaf in _issued(chunk):
        with findings.of(rendered.id):
            domain = rendered.combination.values.get("clusterDomain", "cluster.local")
            extra = rendered.combination.values["certificates"]["certManager"].get("extraDnsNames", [])
            services = [
                service
                for service in manifests.all_of(rendered.objects, "Service")
                # Of a headless Service nobody verifies the name.
                if service["spec"].get("clusterIP") != "None"
            ]
            assert services
            expected = set(extra)
            for service in services:
                name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
                expected |= {name, f"{name}.{namespace}", f"{name}.{namespace}.svc", f"{name}.{namespace}.svc.{domain}"}
            names = leaf["spec"]["dnsNames"]
            assert len(names) == len(set(names)), f"a name twice: {names}"
            assert set(names) == expected
    findings.settle()


def test_every_host_that_a_component_dials_is_in_the_certificate(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, leaf in _issued(chunk):
        hosts = [
            f"{service['name']}.{service['namespace']}.svc"
            for service in (
                *(entry["spec"]["service"] for entry in manifests.all_of(rendered.objects, "APIService")),
                *(
                    webhook["clientConfig"]["service"]
                    for entry in manifests.all_of(rendered.objects, "ValidatingWebhookConfiguration")
                    for webhook in entry["webhooks"]
                ),
            )
        ]
        if "metrics-apiserver" in rendered.deployments:
            flags = manifests.flags(rendered.deployments["metrics-apiserver"])
            (address,) = flags["metrics-service-address"]
            # What is verified: the name that is dialled, unless another is said.
            (host,) = flags.get("metrics-service-grpc-authority", [address.rpartition(":")[0]])
            hosts.append(host)
        if not hosts:
            continue
        with findings.of(rendered.id):
            assert set(hosts) <= set(leaf["spec"]["dnsNames"])
    findings.settle()


def test_the_serving_certificate_is_signed_by_the_issuer_of_its_mode(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, leaf in _issued(chunk):
        with findings.of(rendered.id):
            reference = leaf["spec"]["issuerRef"]
            if rendered.combination.mode is modes.CERT_MANAGER_EXISTING_ISSUER:
                stated = rendered.combination.values["certificates"]["certManager"]["issuer"]
                group = stated.get("group", "cert-manager.io")
                assert reference == {"name": stated["name"], "kind": stated["kind"], "group": group}
                assert manifests.all_of(rendered.objects, "Issuer") == []
            else:
                assert (reference["kind"], reference["group"]) == ("Issuer", "cert-manager.io")
                issuer = manifests.one(rendered.objects, "Issuer", reference["name"], leaf["metadata"]["namespace"])
                assert issuer["spec"]["ca"]["secretName"] != leaf["spec"]["secretName"]
    findings.settle()


def _generated(chunk: Sequence[Rendered]) -> Iterator[tuple[Rendered, Manifest, Manifest]]:
    """(rendering, generated CA, serving certificate)"""
    for rendered, leaf in _issued(chunk):
        if rendered.combination.mode is modes.CERT_MANAGER_GENERATED_CA:
            (authority,) = [e for e in manifests.all_of(rendered.objects, "Certificate") if e is not leaf]
            yield rendered, authority, leaf


def test_the_generated_ca_is_self_signed_and_feeds_the_ca_issuer(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, authority, leaf in _generated(chunk):
        with findings.of(rendered.id):
            namespace = authority["metadata"]["namespace"]
            root = manifests.one(rendered.objects, "Issuer", authority["spec"]["issuerRef"]["name"], namespace)
            signing = manifests.one(rendered.objects, "Issuer", leaf["spec"]["issuerRef"]["name"], namespace)
            assert authority["spec"]["isCA"] is True
            assert root["spec"] == {"selfSigned": {}}
            assert signing["spec"] == {"ca": {"secretName": authority["spec"]["secretName"]}}
    findings.settle()


def test_a_chain_builder_never_takes_the_generated_ca_for_the_serving_certificate(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, authority, leaf in _generated(chunk):
        with findings.of(rendered.id):
            assert authority["spec"]["commonName"] != leaf["spec"]["commonName"]
            assert not leaf["spec"].get("isCA")
            for certificate in (authority, leaf):
                assert 0 < len(certificate["spec"]["commonName"]) <= 64
    findings.settle()


def test_no_rendered_calendar_lets_a_leaf_outlive_its_ca(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered, authority, leaf in _generated(chunk):
        with findings.of(rendered.id):
            for certificate in (authority, leaf):
                assert _seconds(certificate["spec"]["renewBefore"]) < _seconds(certificate["spec"]["duration"])
            assert _seconds(leaf["spec"]["duration"]) <= _seconds(authority["spec"]["renewBefore"])
    findings.settle()


def test_private_key_policies_are_explicit_so_that_a_cert_manager_upgrade_cannot_change_them(
    chunk: Sequence[Rendered],
) -> None:
    """cert-manager 1.18 made a new key at each renewal its default; for a CA that breaks trust between the components."""
    findings = Findings()
    for rendered, leaf in _issued(chunk):
        with findings.of(rendered.id):
            for certificate in manifests.all_of(rendered.objects, "Certificate"):
                stated = rendered.combination.values["certificates"]["certManager"]
                block = stated if certificate is leaf else stated.get("ca", {})
                policy = block.get("privateKey", {}).get("rotationPolicy", "Always" if certificate is leaf else "Never")
                assert certificate["spec"]["privateKey"]["rotationPolicy"] == policy
    findings.settle()


def test_settings_of_both_certificates_reach_cert_manager(chunk: Sequence[Rendered]) -> None:
    fields = ("duration", "renewBefore", "subject", "usages", "revisionHistoryLimit", "commonName")
    findings = Findings()
    for rendered, leaf in _issued(chunk):
        stated = rendered.combination.values["certificates"]["certManager"]
        for certificate in manifests.all_of(rendered.objects, "Certificate"):
            block = stated if certificate is leaf else stated.get("ca", {})
            with findings.of(f"{rendered.id} {certificate['metadata']['name']}"):
                spec = certificate["spec"]
                for field in fields:
                    if field in block:
                        assert spec[field] == block[field]
                for field, value in block.get("privateKey", {}).items():
                    assert spec["privateKey"][field] == value
                for key, value in block.get("annotations", {}).items():
                    assert certificate["metadata"]["annotations"][key] == value
                for part in ("annotations", "labels"):
                    for key, value in block.get("secretTemplate", {}).get(part, {}).items():
                        assert spec["secretTemplate"][part][key] == value
    findings.settle()


# --- Calendars ---------------------------------------------------------------------------------------------------------

_HOURS_OF_20_YEARS = 20 * 365 * 24


def _calendar(ca: tuple[int, int], leaf: tuple[int, int]) -> dict[str, object]:
    return {
        "crds": {"install": False},
        "certificates": {
            "certManager": {
                "enabled": True,
                "duration": f"{leaf[0]}h",
                "renewBefore": f"{leaf[1]}h",
                "ca": {"duration": f"{ca[0]}h", "renewBefore": f"{ca[1]}h"},
            }
        },
    }


def _outlived(ca: tuple[int, int], leaf: tuple[int, int]) -> bool:
    """Whether within 20 years some leaf chains to a CA that has expired. Both renew as late as they may; hours."""
    ca_start = 0
    leaf_start, leaf_ca_end = 0, ca[0]
    while leaf_start < _HOURS_OF_20_YEARS:
        if leaf_start + leaf[0] > leaf_ca_end:
            return True
        leaf_start += leaf[0] - leaf[1]
        while leaf_start >= ca_start + ca[0] - ca[1]:
            ca_start += ca[0] - ca[1]
        # The worst case: signed in the last hour before the CA is renewed.
        leaf_ca_end = ca_start + ca[0]
    return False


_LIFETIME = st.tuples(st.integers(1, 90_000), st.integers(1, 90_000))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(ca=_LIFETIME, leaf=_LIFETIME)
def test_whatever_the_durations_a_leaf_never_chains_to_an_expired_ca(
    ca: tuple[int, int], leaf: tuple[int, int]
) -> None:
    refused_by_hand = ca[1] >= ca[0] or leaf[1] >= leaf[0]
    try:
        render(_calendar(ca, leaf))
        error = ""
    except ChartRefused as refusal:
        error = str(refusal)
    if error:
        assert "certificates.certManager" in error
        assert refused_by_hand or leaf[0] > ca[1], f"refused without need: {error}"
    else:
        assert not refused_by_hand
        assert not _outlived(ca, leaf)


def test_the_simulated_calendar_finds_the_outage_that_others_had() -> None:
    """The published defaults that broke clusters after two years: CA and leaf end together, both renewed shortly before."""
    assert _outlived(ca=(8760 * 2, 720), leaf=(8760, 720))
    assert not _outlived(ca=(43800, 14600), leaf=(8760, 5840))


@pytest.mark.parametrize(
    ("ca", "leaf", "path"),
    [
        ((43800, 14600), (14601, 5840), f"{_LEAF_PATH}.duration"),
        ((43800, 14600), (8760, 8760), f"{_LEAF_PATH}.renewBefore"),
        ((14600, 14600), (8760, 5840), f"{_CA_PATH}.renewBefore"),
    ],
    ids=["leaf longer than the CA's last stretch", "leaf renewed all the time", "CA renewed all the time"],
)
def test_the_shortest_calendar_that_fails_is_refused(ca: tuple[int, int], leaf: tuple[int, int], path: str) -> None:
    with pytest.raises(ChartRefused, match=rf"(?m)^  - {re.escape(path)}: "):
        render(_calendar(ca, leaf))


def test_the_longest_leaf_that_fits_renders() -> None:
    assert render(_calendar((43800, 14600), (14600, 14599))).objects
