"""Certificate authorities and serving certificates for tests: with elliptic curve keys, or with RSA keys as KEDA makes them.

Every certificate is PEM text as a user would put it into a values file or a Secret. Nothing here is written to disk.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

_DAY = datetime.timedelta(days=1)
_DAYS = 30
_RSA_BITS = 2048
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Pair:
    """A certificate with its private key; ``pem`` and ``key_pem`` are what a Secret of type kubernetes.io/tls holds."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def key_pem(self) -> str:
        # KEDA's rotator reads RSA keys in PKCS #1 only.
        rsa_key = isinstance(self.key, rsa.RSAPrivateKey)
        form = serialization.PrivateFormat.TraditionalOpenSSL if rsa_key else serialization.PrivateFormat.PKCS8
        encoded = self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        return encoded.decode("ascii")


def _issue(
    name: str,
    issuer: Pair | None,
    dns_names: Iterable[str],
    path_length: int | None,
    *,
    days: int = _DAYS,
    key: Key | None = None,
) -> Pair:
    """A CA when ``path_length`` is given, else a serving certificate for ``dns_names``; self-signed without ``issuer``.

    ``key`` is its own key, a new one on an elliptic curve when none is given.
    """
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key
    now = datetime.datetime.now(datetime.UTC)
    is_ca = path_length is not None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + days * _DAY)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=path_length), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                # What RSA keys of servers are for where TLS is older than 1.3.
                key_encipherment=not is_ca and isinstance(key, rsa.RSAPrivateKey),
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=is_ca,
                crl_sign=is_ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    names = list(dns_names)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(entry) for entry in names]), critical=False
        )
    if not is_ca:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
    return Pair(builder.sign(signer, hashes.SHA256()), key)


@functools.cache
def authority() -> Pair:
    """A self-signed root CA."""
    return _issue("Test Root CA", None, (), path_length=1)


@functools.cache
def intermediate() -> Pair:
    """A CA signed by ``authority()``, as companies hand them out for a cluster."""
    return _issue("Test Intermediate CA", authority(), (), path_length=0)


@functools.cache
def foreign_authority() -> Pair:
    """A root CA that signed none of the other certificates: what trusts it must refuse them."""
    return _issue("Foreign Root CA", None, (), path_length=1)


def leaf(dns_names: Iterable[str], issuer: Pair | None = None) -> Pair:
    """A serving certificate for ``dns_names`` signed by ``issuer`` (default: ``authority()``)."""
    names = list(dns_names)
    assert names, "a serving certificate needs a name"
    return _issue(names[0][:64], issuer or authority(), names, path_length=None)


def request(dns_names: Iterable[str], pair: Pair) -> str:
    """A signing request for the key of ``pair``, as PEM text."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, next(iter(dns_names)))])
    signed = x509.CertificateSigningRequestBuilder().subject_name(name).sign(pair.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def rsa_authority(name: str, days: int, key: Key | None = None) -> Pair:
    """A new self-signed CA that ends in ``days`` and carries its name as DNS name, for which KEDA's rotator asks.

    With ``key`` it is a renewal: it verifies what an earlier CA of that name and key has signed.
    """
    return _issue(name, None, [name], path_length=1, days=days, key=key or _rsa_key())


def rsa_leaf(dns_names: Iterable[str], issuer: Pair, days: int) -> Pair:
    """A serving certificate for ``dns_names`` with an RSA key, which ends in ``days``."""
    names = list(dns_names)
    return _issue(names[0][:64], issuer, names, path_length=None, days=days, key=_rsa_key())


def bundle(*pairs: Pair) -> str:
    """The certificates of ``pairs`` as one PEM text, as a ca.crt with several CAs."""
    return "".join(pair.pem for pair in pairs)


def trusts(bundle_pem: str, certificate: Pair, host: str, via: Iterable[Pair] = ()) -> bool:
    """Whether a TLS client that trusts ``bundle_pem`` accepts ``certificate`` for ``host``; ``via`` are intermediates.

    Raises ValueError when ``bundle_pem`` holds no certificate.
    """
    store = Store(x509.load_pem_x509_certificates(bundle_pem.encode("ascii")))
    verifier = PolicyBuilder().store(store).build_server_verifier(x509.DNSName(host))
    try:
        verifier.verify(certificate.certificate, [pair.certificate for pair in via])
    except VerificationError:
        return False
    return True
