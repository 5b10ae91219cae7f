"""The certificates of values-examples: a demo CA, and a demo CA with a serving certificate for KEDA's Services.

    python -m tools.example_certificates            writes new keys and certificates into the example files
    python -m tools.example_certificates --check    exits 1 and says what is wrong with the committed ones

New keys mean new bytes in every run, so the check is by property: everything parses, chains, carries the names that
KEDA's components are called by, fits its key and is far from its end. Only the PEM blocks are written; the prose of the
files is written by hand.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes, CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

EXAMPLES = Path(__file__).resolve().parent.parent / "values-examples"
CA_SECRET = EXAMPLES / "prerequisites" / "cert-manager-user-ca.yaml"
SERVING_SECRET = EXAMPLES / "prerequisites" / "user-provided-secret.yaml"
SERVING_VALUES = EXAMPLES / "user-provided-secret.yaml"

SERVICES = ("keda-operator", "keda-operator-metrics-apiserver", "keda-admission-webhooks")
NAMESPACE = "keda"
CLUSTER_DOMAIN = "cluster.local"

NOT_BEFORE = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
NOT_AFTER = dt.datetime(2049, 1, 1, tzinfo=dt.UTC)
LEAST_REMAINING = dt.timedelta(days=5 * 365)


class ExampleProblem(Exception):
    """One thing that is wrong with the committed files, as a sentence."""


# What reading and verifying a file that somebody edited by hand can end in.
UNUSABLE = (
    ExampleProblem,
    InvalidSignature,
    KeyError,
    TypeError,
    ValueError,
    VerificationError,
    x509.ExtensionNotFound,
    yaml.YAMLError,
)


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    def key_pem(self) -> str:
        encoded = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return encoded.decode("ascii")


def service_names() -> list[str]:
    """Every DNS name that a component of the default release is called by: four forms for each of three Services."""
    forms = ("{}", "{}.{ns}", "{}.{ns}.svc", "{}.{ns}.svc.{domain}")
    return [form.format(service, ns=NAMESPACE, domain=CLUSTER_DOMAIN) for service in SERVICES for form in forms]


def common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def certificate_builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: CertificatePublicKeyTypes,
    issuer_key: CertificateIssuerPublicKeyTypes,
) -> x509.CertificateBuilder:
    """What a CA and a leaf have in common; issuer_key is the public key of whoever signs."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def make_ca(name: str) -> Pair:
    """A self-signed CA, ECDSA P-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = common_name(name)
    certificate = (
        certificate_builder(subject, subject, key.public_key(), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(certificate, key)


def make_serving(ca: Pair) -> Pair:
    """A certificate for KEDA's Services; client use, too, because the metrics API server shows it to the operator."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in service_names()])
    certificate = (
        certificate_builder(common_name(SERVICES[0]), ca.certificate.subject, key.public_key(), ca.key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(names, critical=False)
        .sign(ca.key, hashes.SHA256())
    )
    return Pair(certificate, key)


def with_block(text: str, field: str, pem: str) -> str:
    """text with pem as the literal block of field; ExampleProblem unless exactly one field has a PEM block."""
    pattern = re.compile(rf"^( *){re.escape(field)}: \|\n(?:\1 +\S.*\n)+", re.MULTILINE)

    def block(match: re.Match[str]) -> str:
        indent = match.group(1)
        return f"{indent}{field}: |\n" + "".join(f"{indent}  {line}\n" for line in pem.splitlines())

    result, replaced = pattern.subn(block, text)
    if replaced != 1:
        raise ExampleProblem(f"{field}: {replaced} PEM blocks where one is needed")
    return result


def write_blocks(path: Path, blocks: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for field, pem in blocks.items():
        text = with_block(text, field, pem)
    path.write_text(text, encoding="utf-8")


def generate() -> None:
    ca = make_ca("KEDA example CA, demo only")
    write_blocks(CA_SECRET, {"tls.crt": ca.certificate_pem(), "tls.key": ca.key_pem()})
    # This CA's key is kept nowhere: the one Secret it has to sign is written here and now.
    serving_ca = make_ca("KEDA example serving CA, demo only")
    serving = make_serving(serving_ca)
    write_blocks(
        SERVING_SECRET,
        {"tls.crt": serving.certificate_pem(), "tls.key": serving.key_pem(), "ca.crt": serving_ca.certificate_pem()},
    )
    write_blocks(SERVING_VALUES, {"caBundle": serving_ca.certificate_pem()})


def secret_data(path: Path) -> dict[str, str]:
    """stringData of the one Secret in the file."""
    data: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))["stringData"]
    return data


def read_pair(data: dict[str, str]) -> Pair:
    """tls.crt and tls.key of a Secret; ExampleProblem when the two do not belong together."""
    certificate = x509.load_pem_x509_certificate(data["tls.crt"].encode("ascii"))
    key = serialization.load_pem_private_key(data["tls.key"].encode("ascii"), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ExampleProblem("the private key is not an elliptic curve key")
    if key.public_key() != certificate.public_key():
        raise ExampleProblem("tls.key is not the key of tls.crt")
    return Pair(certificate, key)


def require_far_end(certificate: x509.Certificate) -> None:
    remaining = certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)
    if remaining < LEAST_REMAINING:
        raise ExampleProblem(
            f"{certificate.subject.rfc4514_string()} has {remaining.days} days left, fewer than {LEAST_REMAINING.days}"
        )


def require_ca(certificate: x509.Certificate) -> None:
    """A self-signed certificate that may sign others."""
    name = certificate.subject.rfc4514_string()
    if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        raise ExampleProblem(f"{name} is no CA")
    certificate.verify_directly_issued_by(certificate)


def require_serving(certificate: x509.Certificate, ca: x509.Certificate) -> None:
    """Signed by ca, for server and client use, with exactly the names of KEDA's Services, none past the CA's end."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )
    if sorted(names) != sorted(service_names()):
        raise ExampleProblem(f"tls.crt is for {sorted(names)}, not for {sorted(service_names())}")
    usages = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    if usages != {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}:
        raise ExampleProblem("tls.crt must be for server and client use")
    if certificate.not_valid_after_utc > ca.not_valid_after_utc:
        raise ExampleProblem("tls.crt is valid for longer than its CA")
    policy = PolicyBuilder().store(Store([ca]))
    for name in names:
        policy.build_server_verifier(x509.DNSName(name)).verify(certificate, [])
    policy.build_client_verifier().verify(certificate, [])


def problems() -> Iterator[str]:
    """What is wrong with the committed files, one sentence each."""
    try:
        ca = read_pair(secret_data(CA_SECRET)).certificate
        require_ca(ca)
        require_far_end(ca)
    except UNUSABLE as problem:
        yield f"{CA_SECRET.relative_to(EXAMPLES)}: {problem!r}"
    try:
        data = secret_data(SERVING_SECRET)
        serving = read_pair(data).certificate
        serving_ca = x509.load_pem_x509_certificate(data["ca.crt"].encode("ascii"))
        require_ca(serving_ca)
        require_serving(serving, serving_ca)
        require_far_end(serving)
    except UNUSABLE as problem:
        yield f"{SERVING_SECRET.relative_to(EXAMPLES)}: {problem!r}"
        return
    bundle = yaml.safe_load(SERVING_VALUES.read_text(encoding="utf-8"))["certificates"]["caBundle"]
    if bundle != data["ca.crt"]:
        secret = SERVING_SECRET.relative_to(EXAMPLES)
        yield f"{SERVING_VALUES.relative_to(EXAMPLES)}: certificates.caBundle is not the ca.crt of {secret}"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.example_certificates", description="Write or check the certificates of values-examples."
    )
    parser.add_argument("--check", action="store_true", help="check the committed files instead of writing new ones")
    if not parser.parse_args().check:
        generate()
    found = list(problems())
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        print("python -m tools.example_certificates writes new ones", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
