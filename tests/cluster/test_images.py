"""The images that stand for KEDA's: started as KEDA's are, under the names that the chart asks for."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.cluster.harness import images
from tests.cluster.targets import REPOSITORY
from tools.toolchain import module_directory

pytestmark = pytest.mark.cluster

DOCKERFILES = {
    "Dockerfile": images.KEDA_OPERATOR,
    "Dockerfile.adapter": images.KEDA_METRICS_APISERVER,
    "Dockerfile.webhooks": images.KEDA_ADMISSION_WEBHOOKS,
}


@pytest.mark.parametrize("name", DOCKERFILES)
def test_entrypoint_and_user_are_those_of_the_release_or_the_chart_is_tried_with_other_arguments(name: str) -> None:
    text = (module_directory("keda", "github.com/kedacore/keda/v2") / name).read_text()
    entrypoint = re.search(r"^ENTRYPOINT (\[.*\])$", text, re.MULTILINE)
    user = re.search(r"^USER (\S+)$", text, re.MULTILINE)
    assert entrypoint is not None
    assert user is not None
    image = DOCKERFILES[name]
    assert [image.path, *image.arguments] == json.loads(entrypoint[1])
    assert image.user == user[1]


@pytest.mark.parametrize(
    ("key", "image"),
    [
        ("keda", images.KEDA_OPERATOR),
        ("metricsApiServer", images.KEDA_METRICS_APISERVER),
        ("webhooks", images.KEDA_ADMISSION_WEBHOOKS),
    ],
)
def test_reference_is_the_default_of_the_chart_or_the_node_would_ask_a_registry(key: str, image: images.Image) -> None:
    chart = REPOSITORY / "charts" / "keda"
    version = yaml.safe_load((chart / "Chart.yaml").read_text())["appVersion"]
    asked_for = yaml.safe_load((chart / "values.yaml").read_text())["image"][key]
    assert image.reference == f"{asked_for['registry']}/{asked_for['repository']}:{version}"
