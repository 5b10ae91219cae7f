"""Rendering of combinations, each once for all the tests that look at it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.support import chart, manifests, totals
from tests.support.chart import Rendering
from tests.support.combinations import Combination
from tests.support.manifests import Manifest


@dataclass(frozen=True)
class Rendered:
    """A combination with what it renders."""

    combination: Combination
    rendering: Rendering

    @property
    def id(self) -> str:
        return self.combination.id

    @property
    def objects(self) -> list[Manifest]:
        """The rendered objects; tests only read them."""
        return self.rendering.objects

    @functools.cached_property
    def deployments(self) -> dict[str, Manifest]:
        """Component key (operator, metrics-apiserver, admission-webhooks) -> its Deployment, for the components that are on."""
        found = {}
        for deployment in manifests.all_of(self.objects, "Deployment"):
            key = deployment["metadata"]["labels"]["app.kubernetes.io/component"]
            assert key not in found, f"two Deployments say that they are {key}"
            found[key] = deployment
        assert "operator" in found, f"no operator among {sorted(found)}"
        return found

    @property
    def operator(self) -> Manifest:
        return self.deployments["operator"]

    def account(self, component: str) -> tuple[str, str]:
        """(namespace, name) of the account that the component's pods run as."""
        deployment = self.deployments[component]
        name: str = manifests.pod_spec(deployment)["serviceAccountName"]
        return deployment["metadata"]["namespace"], name


@dataclass(frozen=True)
class Refused:
    """A combination with the error that refused it; the empty text when it rendered all the same."""

    combination: Combination
    error: str

    @property
    def id(self) -> str:
        return self.combination.id


def render_all(combinations: Iterable[Combination]) -> Sequence[Rendered]:
    """Render each; the AssertionError of the first that is refused names the combination."""
    found = []
    for combination in combinations:
        try:
            rendering = chart.render(combination.values, **combination.arguments)
        except chart.ChartRefused as refusal:
            raise AssertionError(f"{combination.id} must render, but: {refusal}") from None
        found.append(Rendered(combination, rendering))
        totals.OWN.rendered[combination.id] = len(rendering.objects)
    return found


def refuse_all(combinations: Iterable[Combination]) -> Sequence[Refused]:
    """Try to render each, and keep the error texts."""
    found = []
    for combination in combinations:
        try:
            chart.render(combination.values, **combination.arguments)
        except chart.ChartRefused as refusal:
            found.append(Refused(combination, str(refusal)))
            totals.OWN.refused.add(combination.id)
        else:
            found.append(Refused(combination, ""))
    return found
