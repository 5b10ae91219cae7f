"""Real TLS handshakes with what KEDA serves: versions, client certificates, and who signed."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from tests.cluster.targets import Connect

TLS12 = ssl.TLSVersion.TLSv1_2
TLS13 = ssl.TLSVersion.TLSv1_3
_HTTP1_HELLO = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Refused(Exception):
    """The server, or this client on looking at the server's certificate, ended the handshake; ``reason`` as OpenSSL names it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ClientPair:
    """A client's certificate (and the intermediates it sends) and key, PEM."""

    certificate: str
    key: str


@dataclass(frozen=True)
class Handshake:
    """A finished handshake: ``version`` as ``TLSv1.3``, the server's own certificate, the first bytes it answered."""

    version: str
    certificate: x509.Certificate
    answer: bytes


def shake_hands(
    connect: Connect,
    server_name: str,
    *,
    trusted: str | None,
    minimum: ssl.TLSVersion = TLS12,
    maximum: ssl.TLSVersion = TLS13,
    client: ClientPair | None = None,
) -> Handshake:
    """One handshake and one exchange of bytes; raises Refused, or OSError when nothing answers.

    The server's certificate must be valid for ``server_name`` and lead to a CA of ``trusted`` (PEM); None accepts any. In TLS
    1.3 a server looks at the client's certificate when the client has finished already, hence the exchange.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version, context.maximum_version = minimum, maximum
    context.set_alpn_protocols(["h2", "http/1.1"])
    if trusted is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    else:
        context.load_verify_locations(cadata=trusted)
        # As Go does, and with it every client of KEDA: a certificate in the pool is an anchor even when not self-signed.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if client is not None:
        with _files(client) as (certificate, key):
            context.load_cert_chain(certificate, key)
    raw = connect()
    raw.settimeout(10)
    try:
        with context.wrap_socket(raw, server_hostname=server_name) as connection:
            version = connection.version()
            encoded = connection.getpeercert(binary_form=True)
            assert version is not None
            assert encoded is not None
            # In HTTP/2 the server speaks unasked; bytes sent to one that refuses would drown the reason that it gives.
            if connection.selected_alpn_protocol() != "h2":
                connection.sendall(_HTTP1_HELLO)
            answer = connection.recv(64)
    except ssl.SSLCertVerificationError as error:
        raise Refused(error.verify_message) from error
    except ssl.SSLError as error:
        raise Refused(error.reason or str(error)) from error
    finally:
        raw.close()
    if not answer:
        raise Refused("connection closed without an answer")
    return Handshake(version, x509.load_der_x509_certificate(encoded), answer)


def refusal(
    connect: Connect,
    server_name: str,
    *,
    minimum: ssl.TLSVersion = TLS12,
    maximum: ssl.TLSVersion = TLS13,
    client: ClientPair | None = None,
) -> str:
    """The reason for which the server refuses this client; AssertionError when it is accepted."""
    try:
        accepted = shake_hands(connect, server_name, trusted=None, minimum=minimum, maximum=maximum, client=client)
    except Refused as refused:
        return refused.reason
    raise AssertionError(f"{server_name} accepted the client, with {accepted.version}")


def is_signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether ``authority`` itself signed ``certificate``: its name, its signature."""
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:
        return False
    return True


@contextlib.contextmanager
def _files(pair: ClientPair) -> Iterator[tuple[Path, Path]]:
    """The pair as files: the ssl module takes nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder) / "tls.crt", Path(folder) / "tls.key"
        certificate.write_text(pair.certificate)
        key.write_text(pair.key)
        yield certificate, key
