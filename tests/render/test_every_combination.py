"""Every combination renders to documents that Kubernetes 1.34 to 1.37 accept, or is refused with the sentence that is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from tests.support import combinations, manifests, schemas
from tests.support.chart import render
from tests.support.combinations import Combination
from tests.support.findings import Findings
from tests.support.renderings import Refused, Rendered

FEWEST_RENDERED = 2000


def test_no_switch_shrinks_the_suite_below_two_thousand_renderings() -> None:
    assert len(combinations.rendered()) >= FEWEST_RENDERED


@pytest.mark.parametrize("kubernetes", schemas.KUBERNETES_VERSIONS)
def test_no_combination_renders_what_the_api_server_rejects(chunk: Sequence[Rendered], kubernetes: str) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            assert rendered.rendering.documents
            schemas.validate_rendering(rendered.rendering, kubernetes)
    findings.settle()


def test_no_combination_lets_the_api_server_skip_verification(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            assert "insecureSkipTLSVerify" not in rendered.rendering.text
    findings.settle()


def test_no_object_overwrites_another_of_the_same_render(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            keys = Counter(
                (entry["kind"], entry["metadata"].get("namespace"), entry["metadata"]["name"])
                for entry in rendered.objects
            )
            assert [key for key, count in keys.items() if count > 1] == []
    findings.settle()


def test_no_object_lands_in_the_namespace_of_whoever_applies_it(chunk: Sequence[Rendered]) -> None:
    """`helm template | kubectl apply` uses the current namespace for objects that name none."""
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            for entry in rendered.objects:
                kind, name = manifests.identity(entry)
                known = kind in manifests.NAMESPACED or kind in manifests.CLUSTER_SCOPED
                assert known, f"tests/support/manifests.py does not know whether {kind} has a namespace"
                namespaced = "namespace" in entry["metadata"]
                assert namespaced == (kind in manifests.NAMESPACED), f"{kind}/{name} metadata: {entry['metadata']}"
    findings.settle()


def test_notes_tell_the_mode_in_force(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            assert f"Certificate mode: {rendered.combination.mode.name}\n" in rendered.rendering.notes
    findings.settle()


def test_each_contradiction_is_refused_with_its_sentence_and_no_other(refused_chunk: Sequence[Refused]) -> None:
    findings = Findings()
    for refused in refused_chunk:
        with findings.of(refused.id):
            assert refused.error, "it rendered"
            lines = [line.strip()[2:] for line in refused.error.splitlines() if line.startswith("  - ")]
            expected = refused.combination.refusals
            assert len(lines) == len(expected), refused.error
            for sentence in expected:
                assert any(line.startswith(sentence) for line in lines), f"{sentence!r} is not said by {refused.error}"
    findings.settle()


@pytest.mark.parametrize("combination", combinations.sample(24), ids=lambda combination: combination.id)
def test_gitops_tools_see_no_drift_between_two_renders(combination: Combination) -> None:
    first = render(combination.values, **combination.arguments)
    second = render(combination.values, **combination.arguments)
    assert first.text == second.text
    assert first.notes == second.notes
