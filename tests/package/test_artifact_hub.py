"""What Artifact Hub shows is what the chart installs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.support import chart
from tests.support.modes import MODES
from tools import artifact_hub, images, toolchain
from tools.artifact_hub import Unusable

EXAMPLES = toolchain.REPOSITORY / "values-examples"
SCHEMAS = toolchain.REPOSITORY / "schemas/custom-resources"
ENVIRONMENTS = sorted(EXAMPLES.glob("environments/*.yaml"))


def _annotations() -> dict[str, Any]:
    content = yaml.safe_load((chart.CHART / "Chart.yaml").read_text())["annotations"]
    found = {name.removeprefix("artifacthub.io/"): yaml.safe_load(text) for name, text in content.items()}
    assert len(found) == len(content) > 6
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda it: it.stem)
@pytest.mark.parametrize("mode", MODES)
def test_the_images_are_those_that_every_mode_installs(mode: str, environment: Path) -> None:
    objects = chart.render(files=[EXAMPLES / f"{mode}.yaml", environment]).objects
    pods = [
        item["spec"]["template"]["spec"]
        for item in objects
        if item["kind"] in ("Deployment", "Job", "DaemonSet", "StatefulSet")
    ]
    assert len(pods) == 3
    # The examples hold no digest of their own; the annotation may have one.
    installed = {
        container["image"] for pod in pods for container in [*pod.get("initContainers", []), *pod["containers"]]
    }
    assert {entry["image"] for entry in _annotations()["images"]} == installed


def test_the_definitions_are_those_that_are_installed() -> None:
    rendered = [item for item in chart.render().objects if item["kind"] == "CustomResourceDefinition"]
    installed = {
        (item["spec"]["names"]["kind"], version["name"], item["metadata"]["name"])
        for item in rendered
        for version in item["spec"]["versions"]
        if version["served"]
    }
    shown = [(entry["kind"], entry["version"], entry["name"]) for entry in _annotations()["crds"]]
    assert len(shown) == len(set(shown)) == 6
    assert set(shown) == installed
    assert [entry for entry in _annotations()["crds"] if not (entry["displayName"] and entry["description"])] == []


def test_there_is_an_example_of_each_definition_that_the_api_server_takes() -> None:
    examples = _annotations()["crdsExamples"]
    assert {example["kind"] for example in examples} == {entry["kind"] for entry in _annotations()["crds"]}
    for example in examples:
        group, version = example["apiVersion"].split("/")
        schema = json.loads((SCHEMAS / f"{group}_{version}_{example['kind']}.json").read_text())
        jsonschema.validate(example, schema)


def test_the_annotations_are_fresh_and_no_others() -> None:
    assert artifact_hub.main(["--check"]) == 0
    assert set(_annotations()) == {
        "category",
        "changes",
        "crds",
        "crdsExamples",
        "images",
        "license",
        "links",
        "operator",
    }


def test_no_signing_key_is_shown_unless_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    prose = yaml.safe_load(artifact_hub.PROSE.read_text())
    assert "signKey" not in prose
    prose["signKey"] = {"fingerprint": "AB" * 20, "url": "https://example.com/key.asc"}
    (tmp_path / "prose.yaml").write_text(yaml.safe_dump(prose))
    monkeypatch.setattr(artifact_hub, "PROSE", tmp_path / "prose.yaml")
    assert yaml.safe_load(artifact_hub.texts()["artifacthub.io/signKey"]) == prose["signKey"]


def test_digests_are_shown_as_soon_as_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = f"sha256:{'a' * 64}"
    monkeypatch.setattr(images, "load", lambda: {str(image): digest for image in images.references()})
    shown = yaml.safe_load(artifact_hub.texts()["artifacthub.io/images"])
    assert [entry["image"] for entry in shown] == [f"{image}@{digest}" for image in images.references()]


_CHANGELOG = """# Changelog

## [Unreleased]

### Fixed

- One thing
  over two lines.

## [1.0.0] - 2020-01-01

Prose.

### Added

- Two: `things`.

### Removed

- Three.
"""


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.0.0", [("added", "Two: `things`."), ("removed", "Three.")]),
        ("1.1.0", [("fixed", "One thing over two lines.")]),
    ],
)
def test_changes_are_those_of_the_charts_version(version: str, expected: list[tuple[str, str]]) -> None:
    found = artifact_hub.changes(_CHANGELOG, version)
    assert [(change["kind"], change["description"]) for change in found] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Changelog\n", "neither a section 1.0.0 nor Unreleased"),
        ("## [Unreleased]\n", "lists no change"),
        ("## [1.0.0]\n### Improved\n- x\n", "'Improved' is none of Added, Changed"),
    ],
)
def test_a_changelog_without_readable_changes_is_refused(text: str, said: str) -> None:
    with pytest.raises(Unusable, match=re.escape(said)):
        artifact_hub.changes(text, "1.0.0")


def test_a_chart_without_the_marks_is_not_overwritten() -> None:
    with pytest.raises(Unusable, match="must hold the lines"):
        artifact_hub.with_annotations("annotations:\n", {"artifacthub.io/license": "x"})
