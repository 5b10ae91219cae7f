"""Twenty years of a generated CA and of the serving certificate that it signs, renewed as cert-manager 1.21 renews them.

- A certificate is valid from the moment it is signed for its duration; X.509 drops parts of a second from the end
  (pkg/util/pki/certificatetemplate.go). Nothing shortens it to the end of its CA.
- It is signed again at its end minus renewBefore, parts of a second dropped (pkg/util/pki/renewaltime.go), or when
  somebody asks for it (`cmctl renew`) or its Certificate changes.
- A renewed CA does not make cert-manager sign the leaf again: it lives on under the CA of its day, whose certificate is
  the ca.crt in its Secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SECOND = 10**9
HOUR = 3600 * SECOND
TWENTY_YEARS = 20 * 8766 * HOUR


@dataclass(frozen=True)
class Terms:
    """Lifetime and renewBefore of one Certificate, in nanoseconds."""

    duration: int
    renew_before: int

    @property
    def accepted_by_cert_manager(self) -> bool:
        """The rules of cert-manager's webhook (internal/apis/certmanager/validation/certificate.go, ValidateDuration)."""
        return self.duration >= HOUR and 300 * SECOND <= self.renew_before < self.duration


@dataclass(frozen=True)
class Signed:
    """One certificate: when it was signed and when it ends, in nanoseconds since the beginning."""

    start: int
    end: int


@dataclass(frozen=True)
class Leaf(Signed):
    """A serving certificate with the CA that signed it."""

    ca: Signed

    @property
    def outlives_its_ca(self) -> bool:
        """There is a moment at which this certificate is still good and the CA that its clients trust is not."""
        return self.end > self.ca.end


def _sign(now: int, terms: Terms) -> Signed:
    return Signed(now, (now + terms.duration) // SECOND * SECOND)


def _renewal(certificate: Signed, terms: Terms) -> int:
    # Never the moment of signing itself: a renewal takes time.
    return max((certificate.end - terms.renew_before) // SECOND * SECOND, certificate.start + SECOND)


def leaves(ca: Terms, leaf: Terms, reissued: Iterable[int] = (), until: int = TWENTY_YEARS) -> Iterator[Leaf]:
    """Every serving certificate that is signed before ``until``; ``reissued`` are moments at which somebody asks for one."""
    asked = sorted(reissued)
    now = 0
    authority = _sign(now, ca)
    while now < until:
        while _renewal(authority, ca) <= now:
            authority = _sign(_renewal(authority, ca), ca)
        signed = _sign(now, leaf)
        yield Leaf(signed.start, signed.end, authority)
        renewal = _renewal(signed, leaf)
        now = min([renewal, *(moment for moment in asked if now < moment < renewal)])


def ca_renewals(ca: Terms, until: int = TWENTY_YEARS) -> Iterator[int]:
    """The moments before ``until`` at which the CA is signed again."""
    authority = _sign(0, ca)
    while (moment := _renewal(authority, ca)) < until:
        yield moment
        authority = _sign(moment, ca)
