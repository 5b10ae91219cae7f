"""No digest is invented, is that of one platform alone, or belongs to another image than the chart asks for."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.package.loopback import Registry
from tests.support.chart import CHART
from tools import images
from tools.images import NoDigest


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """The chart's files that have to do with images, in a folder of their own."""
    for name in ("Chart.yaml", "values.yaml", "images.yaml"):
        shutil.copyfile(CHART / name, tmp_path / name)
    return tmp_path


def _asking(registry: Registry, chart: Path, *more: str) -> int:
    return images.main(["--registry", registry.address, "--plain-http", "--chart", str(chart), *more])


def test_the_file_has_the_images_of_the_defaults_and_no_others() -> None:
    known = images.load()
    assert list(known) == [str(image) for image in images.references()]
    assert len(known) == 3
    wrong = [digest for digest in known.values() if not re.fullmatch(r"(sha256:[0-9a-f]{64})?", digest)]
    assert wrong == []
    assert (CHART / "images.yaml").read_text() == images.text(known), "the file is written by tools/images.py"


def test_digests_are_those_of_the_indexes_in_the_registry(
    registry: Registry, chart: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = {str(image): registry.put_index(image.repository, image.tag) for image in images.references(chart)}
    assert _asking(registry, chart, "--check") == 1
    assert "is stale; run: python -m tools.images" in capsys.readouterr().err
    assert images.load(chart) == dict.fromkeys(expected, "")
    assert _asking(registry, chart) == 0
    assert images.load(chart) == expected
    assert capsys.readouterr().out.splitlines() == [f"{name}@{digest}" for name, digest in expected.items()]
    assert _asking(registry, chart, "--check") == 0


def test_the_digest_of_one_platform_is_no_digest_for_all_nodes(registry: Registry) -> None:
    registry.put_image("example/single", "amd64", "1")
    with pytest.raises(NoDigest, match=r"one platform's manifest .* no index"):
        images.Registry(registry.address, plain=True).digest(images.Reference("ghcr.io", "example/single", "1"))


def test_a_tag_that_is_not_there_leaves_the_file_alone(
    registry: Registry, chart: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (chart / "Chart.yaml").write_text((chart / "Chart.yaml").read_text().replace("appVersion: 2", "appVersion: 99"))
    before = (chart / "images.yaml").read_bytes()
    assert _asking(registry, chart) == 1
    assert re.search(r"images: ghcr\.io/kedacore/keda:99\S+: GET http://\S+ failed with 404", capsys.readouterr().err)
    assert (chart / "images.yaml").read_bytes() == before


def test_a_registry_that_is_not_there_is_said(chart: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert images.main(["--registry", "127.0.0.1:1", "--plain-http", "--chart", str(chart)]) == 1
    assert "GET http://127.0.0.1:1/v2/kedacore/keda/manifests/" in capsys.readouterr().err


def test_a_registry_with_a_scheme_is_refused_before_anybody_is_asked(
    chart: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        images.main(["--registry", "https://ghcr.io", "--chart", str(chart)])
    assert "must be HOST or HOST:PORT, without a scheme" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "a: [", "apiVersion: v2\n", "- a\n"])
def test_a_chart_that_names_no_version_is_said(chart: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (chart / "Chart.yaml").write_text(content)
    assert images.main(["--offline", "--chart", str(chart)]) == 1
    assert "Chart.yaml must say appVersion" in capsys.readouterr().err


def test_a_digest_of_another_version_is_not_carried_over(chart: Path) -> None:
    names = [str(image) for image in images.references(chart)]
    digest = f"sha256:{'a' * 64}"
    (chart / "images.yaml").write_text(images.text({names[0]: digest, "ghcr.io/kedacore/keda:0.1": digest}))
    assert images.main(["--offline", "--chart", str(chart)]) == 0
    assert images.load(chart) == {**dict.fromkeys(names, ""), names[0]: digest}
    assert images.main(["--offline", "--check", "--chart", str(chart)]) == 0
