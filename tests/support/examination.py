"""Everything that is asked of one combination: it renders to documents that each Kubernetes accepts and that agree with each
other, or it is refused with the sentences that are due. For runs that go from combination to combination; the tests of
tests/render and tests/invariants ask the same, statement by statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.invariants.relations import catalogue
from tests.support import chart, schemas
from tests.support.answers import ANSWERS
from tests.support.combinations import Combination
from tests.support.renderings import Rendered

RENDERING, REFUSAL, HELM = "rendering", "refusal", "helm"


@dataclass(frozen=True)
class Failure:
    """One statement that does not hold. ``statement``: "rendering", "refusal", "helm", "kubernetes 1.36" or a relation's name."""

    statement: str
    text: str


@dataclass
class Examined:
    """What came of one combination. ``objects`` and ``validations`` are numbers, 0 for a refusal."""

    refused: bool = False
    objects: int = 0
    validations: int = 0
    relations: int = 0
    failures: list[Failure] = field(default_factory=list)


def examine(combination: Combination, *, same_chart: bool = False, with_helm: bool = False) -> Examined:
    """Render, validate for every Kubernetes version, ask every relation.

    ``same_chart`` as in chart.render; ``with_helm``: the rendering is also held against Helm's own way.
    """
    found = Examined()
    try:
        rendering = chart.render(combination.values, same_chart=same_chart, **combination.arguments)
    except chart.ChartRefused as refused:
        found.refused = True
        found.failures += _of_refusal(combination, str(refused))
        if with_helm:
            found.failures += _of_helm(combination, str(refused))
        return found
    if combination.refusals:
        found.failures.append(Failure(REFUSAL, f"it rendered, though it must say: {'; '.join(combination.refusals)}"))
        return found
    if with_helm:
        found.failures += _of_helm(combination, rendering.text)
    try:
        found.objects = len(rendering.objects)
    except AssertionError as error:
        found.failures.append(Failure(RENDERING, str(error)))
        return found
    if not found.objects:
        found.failures.append(Failure(RENDERING, "it renders nothing"))
    for version in schemas.KUBERNETES_VERSIONS:
        try:
            schemas.validate_rendering(rendering, version)
        except schemas.InvalidManifest as invalid:
            found.failures.append(Failure(f"kubernetes {version}", str(invalid)))
        found.validations += found.objects
    rendered = Rendered(combination, rendering)
    for name, relation in catalogue.every().items():
        problems = ANSWERS.ask(relation, rendered)
        found.relations += 1
        if problems:
            found.failures.append(Failure(name, "\n".join(map(str, problems))))
    return found


def _of_refusal(combination: Combination, error: str) -> list[Failure]:
    expected = combination.refusals
    if not expected:
        return [Failure(RENDERING, f"it must render, but: {error}")]
    lines = [line.strip()[2:] for line in error.splitlines() if line.startswith("  - ")]
    unsaid = [sentence for sentence in expected if not any(line.startswith(sentence) for line in lines)]
    if len(lines) != len(expected) or unsaid:
        return [Failure(REFUSAL, f"expected {'; '.join(expected)}, but: {error}")]
    return []


def _of_helm(combination: Combination, outcome: str) -> list[Failure]:
    try:
        theirs = chart.render(combination.values, helm_only=True, **combination.arguments).text
    except chart.ChartRefused as refused:
        theirs = str(refused)
    return [] if theirs == outcome else [Failure(HELM, "Helm's own way leads to another outcome")]
