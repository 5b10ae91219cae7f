"""A calendar in which a serving certificate could outlive its CA is refused, and what is refused could.

The chart refuses a serving certificate that lives longer than the CA's renewBefore, however early the certificate itself
is renewed: when a renewal fails, it is used to its end. So a calendar counts as bad when somebody could see a certificate
that is good under a CA that is not, at any moment at which it may be signed. Both directions agree but for
``_MARGIN``, since X.509 and cert-manager drop parts of a second.
"""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import assume, event, example, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.properties.calendar import HOUR, SECOND, TWENTY_YEARS, Terms, ca_renewals, leaves
from tests.properties.outcome import outcome
from tests.properties.profiles import percent
from tests.properties.strategies import duration_spellings
from tests.support import manifests
from tests.support.go_duration import LONGEST, nanoseconds

_MARGIN = 3 * SECOND
_DAY_SECONDS = 86_400
_MOST_LEAVES = 8_000
_GENERATED = {"enabled": True, "generateCA": True}
_USER_CA = {"enabled": True, "generateCA": False}
_EXISTING = {"enabled": True, "issuer": {"generate": False, "name": "company-ca"}}
_OUTLIVES = "so a serving certificate could outlive its CA"


def _verdict(mode: dict[str, Any], leaf: tuple[str, str], ca: tuple[str, str]) -> str:
    """The refusal of a calendar, "" when it renders; the Certificates then say what the values said."""
    settings = {
        **mode,
        "duration": leaf[0],
        "renewBefore": leaf[1],
        "ca": {"duration": ca[0], "renewBefore": ca[1]},
    }
    values = {
        "certificates": {"certManager": settings},
        "crds": {"install": False},
        "metricsServer": {"enabled": False},
        "webhooks": {"enabled": False},
    }
    rendering = outcome(values)
    if isinstance(rendering, str):
        return rendering
    objects = rendering.objects
    expected = {"keda-operator-tls-certificates": leaf} | ({"keda-operator-ca": ca} if mode == _GENERATED else {})
    for name, (duration, renew_before) in expected.items():
        spec = manifests.one(objects, "Certificate", name)["spec"]
        assert (spec["duration"], spec["renewBefore"]) == (duration, renew_before)
    assert len(manifests.all_of(objects, "Certificate")) == len(expected)
    return ""


def _terms(texts: tuple[str, str]) -> Terms:
    return Terms(nanoseconds(texts[0]), nanoseconds(texts[1]))


@st.composite
def calendars(draw: DrawFn) -> tuple[tuple[str, str], tuple[str, str]]:
    """(duration, renewBefore) of a serving certificate and of its CA; the first often lives about as long as is allowed."""
    ca_days = draw(st.integers(30, 20 * 365))
    longest = ca_days * _DAY_SECONDS - 3600
    ca_renew_before = draw(st.one_of(st.integers(longest // 4, longest // 2), st.integers(_DAY_SECONDS, longest)))
    close = st.integers(-10, 10).map(lambda seconds: max(2 * _DAY_SECONDS, ca_renew_before + seconds))
    allowed = st.integers(2 * _DAY_SECONDS, max(2 * _DAY_SECONDS, ca_renew_before))
    leaf = draw(st.one_of(close, allowed, st.integers(2 * _DAY_SECONDS, 3 * 365 * _DAY_SECONDS)))
    leaf_renew_before = draw(st.integers(300, leaf - _DAY_SECONDS))
    times = [leaf, leaf_renew_before, ca_days * _DAY_SECONDS, ca_renew_before]
    one, two, three, four = (draw(duration_spellings(st.just(seconds))) for seconds in times)
    return (one, two), (three, four)


@percent(30)
@given(calendars(), st.lists(st.integers(0, TWENTY_YEARS // SECOND), max_size=5))
@example((("8760h0m0s", "5840h0m0s"), ("43800h0m0s", "14600h0m0s")), [])
@example((("2160h", "720h"), ("8760h", "2160h")), [6599 * 3600])
@example((("2160h1s", "720h"), ("8760h", "2160h")), [])
@example((("2160h5s", "720h"), ("8760h", "129600m")), [])
@example((("1.5h", "0.1h"), ("3h", "5400s")), [])
def test_no_accepted_calendar_leaves_a_certificate_with_an_expired_ca(
    calendar: tuple[tuple[str, str], tuple[str, str]], asked: list[int]
) -> None:
    """Every connection between KEDA's components would fail, and the API server's to them."""
    leaf, ca = _terms(calendar[0]), _terms(calendar[1])
    verdict = _verdict(_GENERATED, *calendar)
    if verdict:
        event("refused")
        assert _OUTLIVES in verdict, verdict
        assume(leaf.duration - ca.renew_before > _MARGIN)
        # The worst moment: somebody renews the leaf just before the CA is renewed.
        worst = [moment - 1 for moment in itertools.islice(ca_renewals(ca), 1)]
        # A CA that is never renewed in twenty years leaves no such moment, but a later one.
        worst = worst or [ca.duration - ca.renew_before - 1]
        until = worst[0] + 1
        assert any(signed.outlives_its_ca for signed in leaves(ca, leaf, worst, until)), "a good calendar is refused"
        return
    event("accepted")
    # Five moments of the caller's choice, and the worst one before each renewal of the CA.
    moments = [moment * SECOND for moment in asked]
    moments += [moment - 1 for moment in itertools.islice(ca_renewals(ca), 200)]
    signed = list(itertools.islice(leaves(ca, leaf, moments), _MOST_LEAVES))
    assert signed
    assert [certificate for certificate in signed if certificate.outlives_its_ca] == []


@st.composite
def short_times(draw: DrawFn) -> tuple[str, str]:
    """A duration and a renewBefore around what cert-manager takes at all."""
    duration = draw(st.one_of(st.integers(3590, 3610), st.integers(0, 20_000)))
    renew_before = draw(st.one_of(st.integers(290, 310), st.integers(max(0, duration - 5), duration + 5)))
    return draw(duration_spellings(st.just(duration))), draw(duration_spellings(st.just(renew_before)))


@percent(25)
@given(short_times(), st.sampled_from([_GENERATED, _USER_CA, _EXISTING]))
@example(("1h", "5m"), _USER_CA)
@example(("59m59.9s", "5m"), _EXISTING)
@example(("1h", "4m59.999s"), _USER_CA)
@example(("1h", "60m"), _EXISTING)
@example(("0.99h0.01h", "3599.999s"), _USER_CA)
@example(("2562047h", "1h"), _USER_CA)
@example(("2562048h", "1h"), _USER_CA)
@example(("999999999999999h", "1h"), _EXISTING)
def test_no_certificate_is_rendered_that_cert_manager_refuses(texts: tuple[str, str], mode: dict[str, Any]) -> None:
    """And none is refused that it takes: without a CA of the chart's there is no calendar to look at."""
    verdict = _verdict(mode, texts, ("43800h", "42000h"))
    try:
        accepted = _terms(texts).accepted_by_cert_manager
    except ValueError:
        accepted = False
    assert (verdict == "") == accepted, verdict
    if verdict:
        assert "certificates.certManager.duration: " in verdict or "certificates.certManager.renewBefore: " in verdict


@percent(10)
@given(short_times())
@example(("1h", "5m"))
@example(("3600s", "299s"))
def test_no_ca_is_rendered_that_cert_manager_refuses(texts: tuple[str, str]) -> None:
    verdict = _verdict(_GENERATED, ("1h", "5m"), texts)
    terms = _terms(texts)
    assert (verdict == "") == (terms.accepted_by_cert_manager and terms.renew_before >= HOUR), verdict


@percent(15)
@given(st.text("0123456789.hmsdwyun -+", max_size=8))
@example("90d")
@example("1h30")
@example("500ms")
@example(".5h")
@example("+1h")
@example("2562047h47m16.9s")
def test_no_text_passes_for_a_duration_that_go_cannot_read(text: str) -> None:
    """cert-manager's custom resource would be refused by the API server, after half of the release is installed."""
    verdict = _verdict(_USER_CA, (text, "5m"), ("43800h", "42000h"))
    try:
        seconds = nanoseconds(text)
    except ValueError:
        assert "certificates.certManager.duration: " in verdict or "at '/certificates/certManager/duration'" in verdict
    else:
        assert verdict or 0 < seconds <= LONGEST
