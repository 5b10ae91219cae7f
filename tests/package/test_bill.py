"""No image that the chart installs is missing in the bill, and SPDX takes it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from tests.support.chart import CHART
from tools import images
from tools.package.bill import document, purl

DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def bill(package: Path) -> Path:
    return next(package.parent.glob("*.spdx.json"))


def _pinned(folder: Path) -> Path:
    """The files of the chart that a bill is made of, with a digest for each image."""
    for name in ("Chart.yaml", "values.yaml"):
        shutil.copyfile(CHART / name, folder / name)
    (folder / "images.yaml").write_text(images.text({str(image): DIGEST for image in images.references()}))
    return folder


def _images(content: dict[str, Any]) -> list[dict[str, Any]]:
    found = [entry for entry in content["packages"] if entry["primaryPackagePurpose"] == "CONTAINER"]
    assert len(found) == 3
    return found


def test_the_tools_of_spdx_take_the_bill(bill: Path) -> None:
    assert validate_full_spdx_document(parse_file(str(bill)), "SPDX-2.3") == []


def test_the_tools_of_spdx_take_a_bill_with_digests(package: Path, tmp_path: Path) -> None:
    content = document(_pinned(tmp_path), package, 0)
    (tmp_path / "pinned.spdx.json").write_text(json.dumps(content))
    assert validate_full_spdx_document(parse_file(str(tmp_path / "pinned.spdx.json")), "SPDX-2.3") == []
    for entry in _images(content):
        assert entry["checksums"] == [{"algorithm": "SHA256", "checksumValue": "a" * 64}]
        assert f"@{DIGEST.replace(':', '%3A')}?" in entry["externalRefs"][0]["referenceLocator"]


def test_the_tools_of_spdx_would_find_a_fault(bill: Path, tmp_path: Path) -> None:
    content = json.loads(bill.read_text())
    content["packages"][0]["checksums"][0]["checksumValue"] = "no sum"
    (tmp_path / "broken.spdx.json").write_text(json.dumps(content))
    assert validate_full_spdx_document(parse_file(str(tmp_path / "broken.spdx.json")), "SPDX-2.3") != []


def test_the_bill_is_of_this_archive_and_names_its_images(bill: Path, package: Path) -> None:
    content = json.loads(bill.read_text())
    (chart,) = (entry for entry in content["packages"] if entry["primaryPackagePurpose"] == "INSTALL")
    assert chart["packageFileName"] == package.name
    assert chart["checksums"][0]["checksumValue"] == hashlib.sha256(package.read_bytes()).hexdigest()
    assert {f"{entry['name']}:{entry['versionInfo']}" for entry in _images(content)} == {
        str(image) for image in images.references()
    }
    needed = {
        line["spdxElementId"] for line in content["relationships"] if line["relatedSpdxElement"] == chart["SPDXID"]
    }
    assert needed == {entry["SPDXID"] for entry in _images(content)} | {"SPDXRef-DOCUMENT"}


def test_bills_of_other_content_have_other_names(package: Path, tmp_path: Path) -> None:
    one, other = document(CHART, package, 0), document(_pinned(tmp_path), package, 0)
    assert one["documentNamespace"] != other["documentNamespace"]
    assert one == document(CHART, package, 0)


def test_a_package_url_without_a_digest_has_no_version() -> None:
    image = images.Reference("ghcr.io", "kedacore/Keda", "2.21.0")
    assert purl(image, "") == "pkg:oci/keda?repository_url=ghcr.io/kedacore/Keda&tag=2.21.0"
    assert purl(image, "sha256:ab") == "pkg:oci/keda@sha256%3Aab?repository_url=ghcr.io/kedacore/Keda&tag=2.21.0"
