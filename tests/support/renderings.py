"""Rendering of combinations, each once for all the tests that look at it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml

from tests.support import chart, manifests, totals
from tests.support.chart import Rendering
from tests.support.combinations import Combination
from tests.support.manifests import Manifest, Objects, Place
from tests.support.rbac import Rights

_EXTRA_OBJECTS = "/templates/extra-objects.yaml\n"


Value = TypeVar("Value")
_NOTHING = object()
_SCALARS = frozenset({bool, int, float, type(None)})
_NESTED = (Mapping, list)
# Values that name what is mounted: they are looked at before all others.
_NAMING = ("grpcTLSCertsSecret", "hashiCorpVaultTLS", "volumes", "certificates")


@functools.cache
def _defaults() -> Mapping[str, Any]:
    defaults: dict[str, Any] = yaml.load((chart.CHART / "values.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return defaults


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@functools.cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


@functools.cache
def default(path: str) -> Any:
    """The chart's default at a dotted path; None where it has none. Read only."""
    found = _below(_defaults(), _steps(path))[0]
    return None if found is _NOTHING else found


def _below(tree: Any, steps: Sequence[str]) -> tuple[Any, bool]:
    """What stands at the end of the steps, ``_NOTHING`` when nothing does, and whether something else stands in the way."""
    for step in steps:
        if type(tree) is not dict and not isinstance(tree, Mapping):
            return _NOTHING, True
        if step not in tree:
            return _NOTHING, False
        tree = tree[step]
    return tree, False


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
    def places(self) -> list[Place]:
        """Where the rendered objects are, in their order."""
        return [manifests.place_of(entry) for entry in self.objects]

    @functools.cached_property
    def own_places(self) -> list[Place]:
        """Where the objects of the chart are."""
        return self.places if not self._extra else [manifests.place_of(entry) for entry in self.own_objects]

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
        own: Any
        own, ends_before = _below(self.combination.values, _steps(path))
        # Helm lets anything but a mapping stand for all that is below it, null included.
        if ends_before or not (own is _NOTHING or isinstance(own, Mapping)):
            return None if own is _NOTHING else own
        published: Any = default(path)
        if own is _NOTHING:
            return published
        return {**_mapping(published), **_mapping(own)}

    @functools.cached_property
    def _texts(self) -> dict[str, set[str]]:
        return {}

    def _texts_below(self, key: str) -> set[str]:
        """The texts of one block of values."""
        if key not in self._texts:
            self._texts[key] = self._find_texts([{key: self.combination.values[key]}])
        return self._texts[key]

    @staticmethod
    def _find_texts(left: list[Any]) -> set[str]:
        found: set[str] = set()
        while left:
            entry = left.pop()
            for value in entry if isinstance(entry, list) else entry.values():
                # Hundreds of values: what nearly all of them are is told at once.
                kind = type(value)
                if kind is str:
                    found.add(value)
                elif kind is dict or (kind not in _SCALARS and isinstance(value, _NESTED)):
                    left.append(value)
        return found

    def names(self, text: str) -> bool:
        """Whether the combination's values hold this text as a value: what a values file names, its author brings."""
        values = self.combination.values
        likely = [key for key in _NAMING if key in values]
        return any(text in self._texts_below(key) for key in (*likely, *(key for key in values if key not in _NAMING)))

    @functools.cached_property
    def _facts(self) -> dict[tuple[Hashable, ...], Any]:
        return {}

    def fact(self, function: Callable[..., Value], *arguments: Hashable) -> Value:
        """What ``function`` returns for this render and the arguments; several relations share it, and only read it.

        It keeps nothing of the render but plain values.
        """
        key = function, *arguments
        if key not in self._facts:
            self._facts[key] = function(self, *arguments)
        found: Value = self._facts[key]
        return found

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

    def flags(self, component: str) -> dict[str, list[str]]:
        """As manifests.flags of the component's Deployment. Read only."""
        return self.fact(_flags, component)

    def flag(self, component: str, name: str) -> list[str]:
        """The values of one flag, one for each time it is passed."""
        return self.fact(_flag, component, name)

    def environment(self, component: str) -> dict[str, str | None]:
        """As manifests.environment of the component's Deployment. Read only."""
        return self.fact(_environment, component)


def _environment(rendered: Rendered, component: str) -> dict[str, str | None]:
    return manifests.environment(rendered.deployments[component])


def _flags(rendered: Rendered, component: str) -> dict[str, list[str]]:
    return manifests.flags(rendered.deployments[component])


def _flag(rendered: Rendered, component: str, name: str) -> list[str]:
    return rendered.flags(component).get(name, [])


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
