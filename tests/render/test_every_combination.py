"""Every combination renders to documents that Kubernetes 1.34 to 1.37 accept, or is refused with the sentence that is due."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support import combinations, schemas
from tests.support.chart import render
from tests.support.findings import Findings
from tests.support.renderings import Refused, Rendered

FEWEST_RENDERED = 2000
# Of each chunk.
DRIFT_SAMPLE = 4


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


def test_gitops_tools_see_no_drift_between_two_renders(chunk: Sequence[Rendered]) -> None:
    """The second one comes after those of all other combinations of the chunk."""
    findings = Findings()
    for rendered in chunk[:: len(chunk) // DRIFT_SAMPLE or 1]:
        with findings.of(rendered.id):
            again = render(rendered.combination.values, **rendered.combination.arguments)
            assert again.text == rendered.rendering.text
            assert again.notes == rendered.rendering.notes
    findings.settle()
