"""The rendered CRDs: all six or none, small enough for every way to install them, kept when the release goes."""

from __future__ import annotations

import json

import pytest

from tests.support import manifests
from tests.support.chart import render
from tests.support.modes import CRDS
from tools import crds
from tools.crds import LARGEST_CRD_BYTES

KINDS = {name for _, name in CRDS}
LARGEST_RELEASE_BYTES = 300_000


def test_no_kind_that_the_operator_watches_is_missing() -> None:
    found = manifests.all_of(render().objects, "CustomResourceDefinition")
    assert {crd["metadata"]["name"] for crd in found} == KINDS


def test_nothing_is_lost_between_a_definition_and_its_parts() -> None:
    found = manifests.all_of(render().objects, "CustomResourceDefinition")
    specs = {f"{spec['names']['plural']}.{spec['group']}": spec for spec in crds.specs(crds.TEMPLATES)}
    assert {crd["metadata"]["name"]: crd["spec"] for crd in found} == specs


def test_a_part_that_stands_twice_is_written_once() -> None:
    long = {"type": "string", "enum": ["x" * crds.SHORTEST_PART]}
    probe = {"properties": {"inner": long, "other": {"type": "string"}}, "type": "object"}
    spec = {"properties": {"a": probe, "b": probe, "c": long}}
    parts = crds.Parts({"one": spec})
    assert parts.specs["one"].count("{{ template") == 3
    assert sorted(parts.defined) == ["keda.crd.part.a", "keda.crd.part.inner"]
    assert parts.defined["keda.crd.part.a"].count('{{ template "keda.crd.part.inner" }}') == 1


@pytest.mark.parametrize("name", sorted(KINDS))
def test_no_crd_is_too_large_for_client_side_apply(name: str) -> None:
    crd = manifests.one(render().objects, "CustomResourceDefinition", name)
    assert len(json.dumps(crd, separators=(",", ":"))) < LARGEST_CRD_BYTES


def test_no_release_outgrows_its_secret() -> None:
    assert len(render().text.encode()) < LARGEST_RELEASE_BYTES


@pytest.mark.parametrize("name", sorted(KINDS))
def test_uninstalling_takes_no_scaled_object_along(name: str) -> None:
    crd = manifests.one(render().objects, "CustomResourceDefinition", name)
    assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


@pytest.mark.parametrize("name", sorted(KINDS))
def test_whoever_wants_the_crds_gone_with_the_release_can_say_so(name: str) -> None:
    crd = manifests.one(render({"crds": {"keep": False}}).objects, "CustomResourceDefinition", name)
    assert "helm.sh/resource-policy" not in crd["metadata"]["annotations"]


def test_crds_managed_elsewhere_are_left_alone() -> None:
    objects = render({"crds": {"install": False}}).objects
    assert objects
    assert manifests.all_of(objects, "CustomResourceDefinition") == []
