"""A digest of charts/keda/images.yaml goes to the image of exactly its name, and to no other."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support import chart
from tools import images

DIGESTS = {str(image): f"sha256:{letter * 64}" for image, letter in zip(images.references(), "abc", strict=True)}
OWN = f"sha256:{'d' * 64}"


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the chart whose images all have a digest."""
    copy = tmp_path_factory.mktemp("pinned") / "keda"
    shutil.copytree(chart.CHART, copy, ignore=shutil.ignore_patterns("tests"))
    (copy / "images.yaml").write_text(images.text(DIGESTS))
    return copy


def _images(values: dict[str, Any], folder: Path) -> set[str]:
    objects = chart.render(values, chart=folder).objects
    found = [
        container["image"]
        for item in objects
        if item["kind"] == "Deployment"
        for container in item["spec"]["template"]["spec"]["containers"]
    ]
    assert len(found) == 3
    return set(found)


def test_the_default_images_are_those_of_the_file(pinned: Path) -> None:
    assert _images({}, pinned) == {f"{name}@{digest}" for name, digest in DIGESTS.items()}


@pytest.mark.parametrize(
    "image",
    [{"tag": "99.0.0"}, {"repository": "mirror/keda"}, {"registry": "registry.example.com"}, {"registry": None}],
    ids=lambda it: str(*it),
)
def test_an_image_of_another_name_is_not_held_to_the_digest_of_the_default_one(
    image: dict[str, str | None], pinned: Path
) -> None:
    assert len([name for name in _images({"image": {"keda": image}}, pinned) if "@" not in name]) == 1


def test_a_registry_for_all_images_may_hold_other_digests(pinned: Path) -> None:
    found = _images({"global": {"image": {"registry": "registry.example.com"}}}, pinned)
    assert not [name for name in found if "@" in name]


def test_a_digest_of_the_values_wins(pinned: Path) -> None:
    assert f"ghcr.io/kedacore/keda:{images.references()[0].tag}@{OWN}" in _images(
        {"image": {"keda": {"digest": OWN}}}, pinned
    )


def test_an_unknown_digest_leaves_the_tag_alone() -> None:
    known = images.load()
    assert _images({}, chart.CHART) == {images.pinned(name, known) for name in known}
