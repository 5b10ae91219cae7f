"""Rendering of combinations, each once for all the tests that look at it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tests.support import chart, manifests, totals
from tests.support.chart import Rendering
from tests.support.combinations import Combination
from tests.support.manifests import Manifest, Objects
from tests.support.rbac import Rights

_EXTRA_OBJECTS = "/templates/extra-objects.yaml\n"


@functools.cache
def _defaults() -> Mapping[str, Any]:
    defaults: dict[str, Any] = yaml.load((chart.CHART / "values.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return defaults


def _key(manifest: Manifest) -> tuple[str, str, str]:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace", ""), metadata["name"]


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
    def _extra(self) -> frozenset[tuple[str, str, str]]:
        """Identities of the objects that extraObjects brings."""
        return frozenset(_key(part.object) for part in self.rendering.own_parts if _EXTRA_OBJECTS in part.text[:200])

    @functools.cached_property
    def objects_by_kind(self) -> Objects:
        """The rendered objects, with those of each kind at hand."""
        return Objects(self.objects)

    @functools.cached_property
    def own_objects(self) -> Objects:
        """The objects of the chart: those of extraObjects are rendered as they stand, and are nobody's business here."""
        if not self._extra:
            return self.objects_by_kind
        return Objects(entry for entry in self.objects if _key(entry) not in self._extra)

    @functools.cached_property
    def rights(self) -> Rights:
        """The rights that the chart's own roles and bindings give."""
        return Rights(self.own_objects)

    @functools.cached_property
    def _settings(self) -> dict[str, Any]:
        return {}

    def setting(self, path: str) -> Any:
        """The value in force at a dotted path: the combination's over the chart's default; None when neither has it.

        Read only: it is looked up once.
        """
        if path not in self._settings:
            self._settings[path] = self._look_up(path)
        return self._settings[path]

    def _look_up(self, path: str) -> Any:
        layers: list[Any] = [self.combination.values, _defaults()]
        for step in path.split("."):
            below = []
            for layer in layers:
                if isinstance(layer, Mapping) and step in layer:
                    below.append(layer[step])
                    # Helm lets anything but a mapping stand for all that is below it, null included.
                    if not isinstance(layer[step], Mapping):
                        break
            layers = below
        if not layers or not isinstance(layers[0], Mapping):
            return layers[0] if layers else None
        return {key: value for layer in reversed(layers) if isinstance(layer, Mapping) for key, value in layer.items()}

    @functools.cached_property
    def deployments(self) -> dict[str, Manifest]:
        """Component key (operator, metrics-apiserver, admission-webhooks) -> its Deployment, for the components that are on."""
        found = {}
        for deployment in manifests.all_of(self.own_objects, "Deployment"):
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
    found: list[Rendered] = []
    for combination in combinations:
        try:
            rendering = chart.render(combination.values, same_chart=bool(found), **combination.arguments)
        except chart.ChartRefused as refusal:
            raise AssertionError(f"{combination.id} must render, but: {refusal}") from None
        found.append(Rendered(combination, rendering))
        totals.OWN.rendered[combination.id] = len(rendering.objects)
    return found


def refuse_all(combinations: Iterable[Combination]) -> Sequence[Refused]:
    """Try to render each, and keep the error texts."""
    found: list[Refused] = []
    for combination in combinations:
        try:
            chart.render(combination.values, same_chart=bool(found), **combination.arguments)
        except chart.ChartRefused as refusal:
            found.append(Refused(combination, str(refusal)))
            totals.OWN.refused.add(combination.id)
        else:
            found.append(Refused(combination, ""))
    return found
