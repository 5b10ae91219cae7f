"""Whole numbers stay whole, however large: no exponent, no point, no other number, and none that the API server cannot hold."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.properties.outcome import outcome
from tests.properties.profiles import percent
from tests.support import combinations, manifests, refusal_text, schemas
from tests.values.documents import all_keys, problems

_INT32 = 2**31 - 1
# Fields of 64 bits; Kubernetes has 32 for all the others that the chart sets.
_WIDE = {
    "terminationGracePeriodSeconds",
    "expirationSeconds",
    "runAsUser",
    "runAsGroup",
    "fsGroup",
    "supplementalGroups",
}
# Path -> least and greatest number. Lists of numbers and maps without defaults would need values around them.
_KEYS = {
    key.path: (key.schema.get("minimum", 0), key.schema.get("maximum", 2**53))
    for key in all_keys()
    if key.types & {"integer"} and "[]" not in key.path and "enum" not in key.schema
}
_EVERYTHING = {
    "crds.install": False,
    "certificates.certManager.enabled": True,
    "http.keepAlive.enabled": True,
    "networkPolicy.enabled": True,
    "profiling.operator.enabled": True,
    "profiling.metricsServer.enabled": True,
    "profiling.webhooks.enabled": True,
    "prometheus.operator.enabled": True,
    "prometheus.webhooks.enabled": True,
    "operator.serviceAccountTokens.vault.enabled": True,
    "operator.serviceAccountTokens.vault.audience": "vault",
    "podIdentity.azureWorkload.enabled": True,
    "highAvailability.enabled": True,
}


@st.composite
def settings(draw: DrawFn) -> dict[str, Any]:
    """Some of the keys for whole numbers, most with numbers that they may hold; whole numbers as floats among them."""
    drawn: dict[str, Any] = {}
    for path in draw(st.lists(st.sampled_from(sorted(_KEYS)), unique=True, min_size=1, max_size=6)):
        least, most = _KEYS[path]
        known = [number for number in (1, 3.0, 1_000_000, 1e6, 10_000_000, 123_456_789, 1e9) if least <= number <= most]
        fitting = st.one_of(st.integers(least, most), st.sampled_from([least, most, *known]))
        others = st.sampled_from([least - 1, most + 1, -(2**53), 2**53, 2.5, 1e21])
        drawn[path] = draw(others if draw(st.integers(0, 11)) == 11 else fitting)
    return drawn


def test_the_schema_has_numbers_to_try() -> None:
    assert len(_KEYS) > 60


@percent(15)
@given(settings())
@example({"operator.replicaCount": 1_000_000})
@example(
    {"operator.replicaCount": _INT32, "webhooks.revisionHistoryLimit": 10_000_000, "metricsServer.minReadySeconds": 1e6}
)
@example({"webhooks.replicaCount": _INT32 + 1})
@example({"operator.terminationGracePeriodSeconds": 10**15, "http.timeout": 999_999_999})
@example({"http.maxIdleConns": 10**9, "podDisruptionBudget.operator.minAvailable": 1_000_000})
@example({"operator.livenessProbe.periodSeconds": 1_000_000, "securityContext.operator.runAsUser": 1_000_660_000})
@example({"logging.operator.level": 128})
def test_no_number_is_rendered_that_kubernetes_cannot_read(drawn: dict[str, Any]) -> None:
    values: dict[str, Any] = {}
    for path, value in {**_EVERYTHING, **drawn}.items():
        combinations.put(values, path, value)
    rendering = outcome(values)
    if isinstance(rendering, str):
        event("refused")
        paths = refusal_text.paths(rendering)
        assert paths, rendering
        # The path of a number, or of the block around some, never another key.
        blocks = {path[:length] for path in drawn for length in range(len(path) + 1)}
        assert paths <= blocks | _other_side(drawn), rendering
        return
    event("rendered")
    assert problems(values) == {}
    schemas.validate_rendering(rendering, "1.36")
    for entry in rendering.objects:
        for place, value in manifests.walk(entry):
            assert not isinstance(value, float), f"{manifests.identity(entry)} {place}: {value}"
            if isinstance(value, int) and not _WIDE & set(map(str, place)):
                assert abs(value) <= _INT32, f"{manifests.identity(entry)} {place}: {value}"
    for deployment in manifests.all_of(rendering.objects, "Deployment"):
        exponents = [text for text in manifests.container(deployment)["args"] if re.search(r"[0-9]e[+-]?[0-9]", text)]
        assert exponents == []


def _other_side(drawn: dict[str, Any]) -> set[str]:
    """The keys of ports and blocks that a number can collide with: a refusal tells one of the two."""
    ports = {key for key in _KEYS if key.lower().endswith("port") or ".port" in key}
    return (ports if any(path in ports for path in drawn) else set()) | {"podDisruptionBudget.operator"}
