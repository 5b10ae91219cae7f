"""Every values combination that the suite renders, with what is expected of it.

Two families. ``product``: the full product of the certificate switches and the component switches, everything else at
its default; what contradicts itself is expected to be refused. ``switches``: a covering array over axes.py, so that every
two settings meet in some row, each row crossed with every mode and every component switch. For long runs there is a third one
without end, ``drawn``: a random setting of each axis (tests/support/streaming.py).

    python -m tests.support.combinations          counts
    python -m tests.support.combinations ID       the values of one combination as YAML
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import itertools
import json
import os
import random
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from covertable import criteria, make, sorters

from tests.support import certificates, modes, refusals
from tests.support.axes import AXES, Axis
from tests.support.modes import Mode, Values

# Each test over chunks runs once for each of them: more than the processes need costs time.
CHUNKS = 6
_KEPT_ROWS = Path(__file__).resolve().parents[2] / ".toolchain" / "covering-rows"


@dataclass(frozen=True)
class Combination:
    """One rendering to be made. ``refusals`` are the beginnings of the sentences that must refuse it; empty: it renders."""

    id: str
    values: Values
    mode: Mode
    metrics_server: bool
    webhooks: bool
    namespace: str = "keda"
    release: str = "keda"
    kubernetes: str = "1.36.0"
    refusals: tuple[str, ...] = ()
    # Combinations of one group share most of their documents; a chunk never splits a group.
    group: int = 0

    @property
    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of ``chart.render`` beside the values."""
        return {"namespace": self.namespace, "release": self.release, "kubernetes": self.kubernetes}


# --- Values trees ------------------------------------------------------------------------------------------------------


def put(tree: dict[str, Any], path: str, value: Any) -> None:
    """Set a dotted path in a values tree; ValueError when something is set there already, so that axes cannot hide another."""
    *parents, last = path.split(".")
    for key in parents:
        child = tree.setdefault(key, {})
        if not isinstance(child, dict):
            raise ValueError(f"{path}: {key} is set to {child!r} already")
        tree = child
    if last in tree:
        if not (isinstance(value, Mapping) and isinstance(tree[last], dict)):
            raise ValueError(f"{path} is set twice")
        for key, item in value.items():
            put(tree[last], key, item)
    else:
        tree[last] = _copy(value)


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


def joined(left: Values, right: Values) -> dict[str, Any]:
    """Both trees as one, which shares with them what only one of them has; ValueError when both set the same."""
    tree = dict(left)
    for key, value in right.items():
        if key not in tree:
            tree[key] = value
        elif isinstance(tree[key], Mapping) and isinstance(value, Mapping):
            tree[key] = joined(tree[key], value)
        else:
            raise ValueError(f"{key} is set to {tree[key]!r} and to {value!r}")
    return tree


def leaves(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(path, value) of every leaf; an empty mapping is a leaf, a list is one too."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


# --- The product of the certificate and component switches -------------------------------------------------------------


def _trust_sources() -> dict[str, Values]:
    return {
        "none": {},
        "bundle": {"caBundle": certificates.authority().pem},
        "annotations": {"caInjectionAnnotations": dict(modes.INJECTOR_ANNOTATIONS)},
        "external": {"caInjection": "external"},
    }


def certificate_product() -> Iterator[Combination]:
    """All 2,048 settings of the certificate and component switches."""
    both = (True, False)
    kinds, injections = ("ClusterIssuer", "Issuer"), ("certificate", "secret")
    sources = _trust_sources()
    for group, (
        auto,
        cert_manager,
        generate_ca,
        generate_issuer,
        kind,
        inject_from,
        trust,
        patching,
        metrics,
        hooks,
    ) in enumerate(itertools.product(both, both, both, both, kinds, injections, sources, both, both, both)):
        issuer = {"generate": generate_issuer, "name": "company-ca", "kind": kind}
        values = {
            "certificates": {
                "autoGenerated": auto,
                "certManager": {
                    "enabled": cert_manager,
                    "generateCA": generate_ca,
                    "issuer": issuer,
                    "injectFrom": inject_from,
                },
                "operator": {"apiServicePatching": patching},
                **sources[trust],
            },
            "metricsServer": {"enabled": metrics},
            "webhooks": {"enabled": hooks},
            # The CRDs depend on no switch of this product, and are most of what a rendering costs.
            "crds": {"install": kind == kinds[0] and patching},
        }
        parts = [
            "auto" if auto else "no-auto",
            "cert-manager" if cert_manager else "no-cert-manager",
            "generate-ca" if generate_ca else "no-generate-ca",
            "generate-issuer" if generate_issuer else "no-generate-issuer",
            kind,
            f"from-{inject_from}",
            f"trust-{trust}",
            "patching" if patching else "no-patching",
            _components(metrics, hooks),
        ]
        yield Combination(
            id="product/" + ",".join(parts),
            values=values,
            mode=modes.mode_of(values),
            metrics_server=metrics,
            webhooks=hooks,
            refusals=refusals.of_certificates(values),
            group=group,
        )


def _components(metrics_server: bool, webhooks: bool) -> str:
    on = [name for name, enabled in (("metrics", metrics_server), ("webhooks", webhooks)) if enabled]
    return "+".join(on) or "operator-only"


# --- The covering array ------------------------------------------------------------------------------------------------


@functools.cache
def covering_rows() -> tuple[tuple[int, ...], ...]:
    """Option numbers, one for each axis of AXES: every two options of two axes stand together in some row.

    The hash sorter depends on the axes alone, so every process computes the same rows.
    """
    factors = {axis.name: list(range(len(axis.options))) for axis in AXES}
    assert len(factors) == len(AXES), "two axes have one name"
    # They take two seconds to find, in each process of each run: what was found for the same axes is kept.
    question = json.dumps([importlib.metadata.version("covertable"), list(factors.items())])
    kept = _KEPT_ROWS / f"{hashlib.sha256(question.encode()).hexdigest()[:16]}.json"
    if not kept.is_file():
        rows = make(factors, sorter=sorters.hash, criterion=criteria.simple)
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps([[row[axis.name] for axis in AXES] for row in rows]))
        partial.replace(kept)
    return tuple(tuple(row) for row in json.loads(kept.read_text()))


def uncovered_pairs(axes: Sequence[Axis], rows: Iterable[Sequence[int]]) -> list[str]:
    """The pairs of options that meet in no row, as sentences. Knows nothing of the library that made the rows."""
    rows_with: dict[tuple[int, int], int] = {}
    for number, row in enumerate(rows):
        for position, option in enumerate(row):
            rows_with[position, option] = rows_with.get((position, option), 0) | 1 << number
    missing = []
    for (left, first), (right, second) in itertools.combinations(enumerate(axes), 2):
        for a, b in itertools.product(range(len(first.options)), range(len(second.options))):
            if not rows_with.get((left, a), 0) & rows_with.get((right, b), 0):
                missing.append(
                    f"{first.name} = {first.options[a].label} never meets {second.name} = {second.options[b].label}"
                )
    return missing


def switch_combinations() -> Iterator[Combination]:
    """Each row of the covering array in every mode with every subset of components; forms of trust take turns."""
    turn = 0
    for number, row in enumerate(covering_rows()):
        for mode, metrics, hooks in itertools.product(modes.MODES.values(), (True, False), (True, False)):
            candidates = modes.variants_of(mode, metrics_server=metrics)
            variant = candidates[(number + turn) % len(candidates)]
            turn += 1
            label = f"switches/{number:02d},{variant.label},{_components(metrics, hooks)}"
            yield _switched(label, row, mode, variant, metrics, hooks, number)


def drawn_combinations(first: int = 0) -> Iterator[Combination]:
    """Without end: random options of the axes, each draw in every mode with random components; from number ``first`` on.

    The number decides everything: it is the seed. Neighbours of one draw share documents, which makes them cheap.
    """
    every_mode = list(modes.MODES.values())
    for number in itertools.count(first):
        seed, turn = divmod(number, len(every_mode))
        draw = random.Random(seed)  # noqa: S311 (no secret)
        row = tuple(draw.randrange(len(axis.options)) for axis in AXES)
        draw.seed(number)
        metrics, hooks = draw.random() < 0.7, draw.random() < 0.7
        variant = draw.choice(modes.variants_of(every_mode[turn], metrics_server=metrics))
        label = f"drawn/{number},{variant.label},{_components(metrics, hooks)}"
        yield _switched(label, row, every_mode[turn], variant, metrics, hooks, seed)


def _switched(
    label: str, row: Sequence[int], mode: Mode, variant: modes.Variant, metrics: bool, hooks: bool, group: int
) -> Combination:
    own: dict[str, Any] = {}
    for path, value in (
        *variant.values.items(),
        ("metricsServer.enabled", metrics),
        ("webhooks.enabled", hooks),
    ):
        put(own, path, value)
    of_row, arguments = _settings_of(tuple(row))
    values = joined(of_row, own)
    if not (metrics and hooks):
        # The CRDs do not depend on the components, and are most of what a rendering costs.
        values["crds"] = {**values.get("crds", {}), "install": False}
    return Combination(
        id=label, values=values, mode=mode, metrics_server=metrics, webhooks=hooks, group=group, **arguments
    )


# Neighbours have the same row: one tree serves them all, and they share its parts.
@functools.lru_cache(maxsize=4)
def _settings_of(row: tuple[int, ...]) -> tuple[Values, dict[str, Any]]:
    """Values and arguments of the rendering that the options of a row set."""
    values: dict[str, Any] = {}
    arguments: dict[str, Any] = {}
    for axis, option in zip(AXES, row, strict=True):
        for path, value in axis.options[option].settings.items():
            if path.startswith("helm."):
                arguments[path.removeprefix("helm.")] = value
            else:
                put(values, path, value)
    return values, arguments


# --- What the tests take -----------------------------------------------------------------------------------------------


@functools.cache
def every() -> tuple[Combination, ...]:
    """Every combination."""
    combinations = [*certificate_product(), *switch_combinations()]
    assert len({combination.id for combination in combinations}) == len(combinations), "two combinations have one id"
    return tuple(combinations)


@functools.cache
def rendered() -> tuple[Combination, ...]:
    """The combinations that must render."""
    return tuple(combination for combination in every() if not combination.refusals)


@functools.cache
def refused() -> tuple[Combination, ...]:
    """The combinations that must be refused."""
    return tuple(combination for combination in every() if combination.refusals)


def sample(size: int) -> tuple[Combination, ...]:
    """``size`` combinations that render, the same ones in every run, spread over all of them."""
    available = rendered()
    assert 0 < size <= len(available), f"{size} of {len(available)} combinations"
    return tuple(available[index * len(available) // size] for index in range(size))


def chunk(combinations: Iterable[Combination], number: int) -> tuple[Combination, ...]:
    """Part ``number`` of ``CHUNKS``, from 0; the parts are about equal and hold every mode."""
    part = tuple(combination for combination in combinations if combination.group % CHUNKS == number)
    assert part, f"chunk {number} of {CHUNKS} is empty"
    return part


def _main(arguments: Sequence[str]) -> int:
    if not arguments:
        print(
            f"{len(rendered())} render, {len(refused())} are refused; {len(AXES)} axes in {len(covering_rows())} rows"
        )
        return 0
    (wanted,) = arguments[:1]
    drawn = re.match(r"drawn/(\d+)", wanted)
    for combination in [next(drawn_combinations(int(drawn[1])))] if drawn else every():
        if drawn or combination.id == wanted:
            print(f"# {combination.id}\n# {combination.arguments}")
            print(yaml.safe_dump(_copy(combination.values), sort_keys=False))
            return 0
    print(f"no combination has the id {arguments[0]}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
