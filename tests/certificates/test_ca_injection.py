"""Whose CA the API server trusts: every APIService and every webhook has one source of trust, and it is the right one."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterator, Sequence

from tests.support import certificates, manifests, modes
from tests.support.findings import Findings
from tests.support.manifests import Manifest
from tests.support.modes import Trust
from tests.support.renderings import Rendered

_CERT_MANAGER = (modes.INJECT_FROM_CERTIFICATE, modes.INJECT_FROM_SECRET)


def _annotations(entry: Manifest) -> dict[str, str]:
    return {
        key: value
        for key, value in (entry["metadata"].get("annotations") or {}).items()
        if key in _CERT_MANAGER or key in modes.INJECTOR_ANNOTATIONS
    }


def _trusting(rendered: Rendered) -> Iterator[tuple[Trust, Manifest, list[Manifest]]]:
    """(who must fill it, the object, its client configurations) of everything that the API server calls."""
    for_apiservice, for_webhooks = modes.trust_of(rendered.combination.values)
    for entry in manifests.all_of(rendered.objects, "APIService"):
        yield for_apiservice, entry, [entry["spec"]]
    for entry in manifests.all_of(rendered.objects, "ValidatingWebhookConfiguration"):
        yield for_webhooks, entry, [webhook["clientConfig"] for webhook in entry["webhooks"]]


def test_every_api_server_client_has_exactly_one_source_of_trust(chunk: Sequence[Rendered]) -> None:
    """Without one the APIService stays unavailable and HPAs stop; webhooks are skipped silently (failurePolicy Ignore)."""
    findings = Findings()
    for rendered in chunk:
        for trust, entry, clients in _trusting(rendered):
            with findings.of(f"{rendered.id} {entry['kind']}"):
                assert clients
                patching = {
                    "APIService": "enable-apiservice-patching",
                    "ValidatingWebhookConfiguration": "enable-webhook-patching",
                }
                flags = manifests.flags(rendered.operator).get(patching[entry["kind"]], ["false"])
                found: set[Trust] = set()
                if flags == ["true"]:
                    found.add("operator")
                if _annotations(entry):
                    found.add("annotations")
                if all("caBundle" in client for client in clients):
                    found.add("bundle")
                assert any("caBundle" in client for client in clients) == ("bundle" in found), "some webhooks only"
                assert found == ({trust} if trust != "external" else set())
    findings.settle()


def test_a_client_of_the_inline_bundle_accepts_the_certificate_that_the_ca_signed(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        for trust, entry, clients in _trusting(rendered):
            if trust != "bundle":
                continue
            with findings.of(f"{rendered.id} {entry['kind']}"):
                for client in clients:
                    service = client["service"]
                    host = f"{service['name']}.{service['namespace']}.svc"
                    bundle = base64.b64decode(client["caBundle"], validate=True).decode("ascii")
                    assert _trusts(bundle, _serving_certificate(host), host)
                    assert not _trusts(bundle, _foreign_certificate(host), host)
    findings.settle()


@functools.cache
def _serving_certificate(host: str) -> certificates.Pair:
    return certificates.leaf([host])


@functools.cache
def _foreign_certificate(host: str) -> certificates.Pair:
    return certificates.leaf([host], certificates.foreign_authority())


# Signatures are checked once for each pair of CA and certificate: most renders hold the same.
_trusts = functools.cache(certificates.trusts)


def test_cainjector_is_sent_to_the_certificate_that_the_components_serve(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        for _, entry, _ in _trusting(rendered):
            annotations = _annotations(entry)
            if modes.INJECT_FROM_CERTIFICATE not in annotations:
                continue
            with findings.of(f"{rendered.id} {entry['kind']}"):
                assert set(annotations) == {modes.INJECT_FROM_CERTIFICATE}
                namespace, _, name = annotations[modes.INJECT_FROM_CERTIFICATE].partition("/")
                certificate = manifests.one(rendered.objects, "Certificate", name, namespace)
                mounted = manifests.volume(rendered.operator, "certificates")["secret"]["secretName"]
                assert certificate["spec"]["secretName"] == mounted
                assert namespace == rendered.operator["metadata"]["namespace"]
    findings.settle()


def test_cainjector_is_sent_to_the_secret_that_the_issuer_signs_with(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        for _, entry, _ in _trusting(rendered):
            annotations = _annotations(entry)
            if modes.INJECT_FROM_SECRET not in annotations:
                continue
            with findings.of(f"{rendered.id} {entry['kind']}"):
                assert set(annotations) == {modes.INJECT_FROM_SECRET}
                namespace, _, name = annotations[modes.INJECT_FROM_SECRET].partition("/")
                issuers = [e for e in manifests.all_of(rendered.objects, "Issuer") if "ca" in e["spec"]]
                assert [(e["metadata"]["namespace"], e["spec"]["ca"]["secretName"]) for e in issuers] == [
                    (namespace, name)
                ]
    findings.settle()


def test_a_generated_ca_secret_allows_direct_injection_exactly_when_it_is_injected_from(
    chunk: Sequence[Rendered],
) -> None:
    """cainjector ignores a Secret without the annotation, with a log line as the only sign."""
    findings = Findings()
    for rendered in chunk:
        if rendered.combination.mode is not modes.CERT_MANAGER_GENERATED_CA:
            continue
        with findings.of(rendered.id):
            (authority,) = [e for e in manifests.all_of(rendered.objects, "Certificate") if e["spec"].get("isCA")]
            template = authority["spec"].get("secretTemplate", {}).get("annotations", {})
            from_secret = rendered.combination.values["certificates"]["certManager"].get("injectFrom") == "secret"
            assert template.get(modes.ALLOW_DIRECT_INJECTION) == ("true" if from_secret else None)
    findings.settle()


def test_notes_tell_what_a_user_ca_secret_must_carry_for_injection(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        from_secret = any(modes.INJECT_FROM_SECRET in _annotations(entry) for _, entry, _ in _trusting(rendered))
        if not from_secret or rendered.combination.mode is not modes.CERT_MANAGER_USER_CA:
            continue
        with findings.of(rendered.id):
            assert f'{modes.ALLOW_DIRECT_INJECTION}: "true"' in rendered.rendering.notes
            assert "ca.crt" in rendered.rendering.notes
    findings.settle()
