"""A chart that was pushed to a registry comes back as it was, with its provenance, by Helm 3 and by Helm 4."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from tests.package.loopback import Registry
from tests.support import helm
from tests.support.chart import CHART
from tools.package.archive import Signing

HELMS = ("helm3", "helm4")
ARCHIVE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"


def _push(program: str, package: Path, registry: Registry, repository: str) -> str:
    """Push the archive; the digest of its manifest, as Helm tells it."""
    answer = helm.run(program, ["push", str(package), f"oci://{registry.address}/{repository}", "--plain-http"])
    assert answer.code == 0, answer.log
    digest = re.search(r"^Digest: (sha256:[0-9a-f]{64})$", answer.out + answer.log, re.MULTILINE)
    assert digest is not None, answer.out + answer.log
    return digest[1]


def _version(package: Path) -> str:
    return package.name.removeprefix("keda-").removesuffix(".tgz")


@pytest.mark.parametrize("pulling", HELMS)
@pytest.mark.parametrize("pushing", HELMS)
def test_the_archive_and_its_provenance_come_back_as_they_were(
    pushing: str, pulling: str, package: Path, signing: Signing, registry: Registry, tmp_path: Path
) -> None:
    repository = f"charts-{pushing}-{pulling}"
    digest = _push(pushing, package, registry, repository)
    manifest, found = registry.manifest(f"{repository}/keda", _version(package))
    assert found == digest
    layers = {layer["mediaType"]: layer["digest"] for layer in manifest["layers"]}
    assert layers == {
        media_type: f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        for media_type, file in ((ARCHIVE, package), (PROVENANCE, package.with_name(f"{package.name}.prov")))
    }
    public = str(signing.keyring.with_name("public.gpg"))
    answer = helm.run(
        pulling,
        [
            "pull",
            f"oci://{registry.address}/{repository}/keda",
            *("--version", _version(package), "--destination", str(tmp_path)),
            *("--plain-http", "--verify", "--keyring", public),
        ],
    )
    assert answer.code == 0, answer.log
    assert f"Digest: {digest}" in answer.out + answer.log
    for name in (package.name, f"{package.name}.prov"):
        assert (tmp_path / name).read_bytes() == (package.parent / name).read_bytes()


@pytest.mark.parametrize("program", HELMS)
def test_the_chart_of_the_registry_renders_what_the_folder_renders(
    program: str, package: Path, registry: Registry
) -> None:
    repository = f"rendered-{program}"
    digest = _push(program, package, registry, repository)
    arguments = ["--namespace", "keda", "--kube-version", "1.36.0"]
    folder = helm.run(program, ["template", "keda", str(CHART), *arguments])
    for reference in (["--version", _version(package)], []):
        url = f"oci://{registry.address}/{repository}/keda" + ("" if reference else f"@{digest}")
        pulled = helm.run(program, ["template", "keda", url, *reference, "--plain-http", *arguments])
        assert pulled.code == 0, pulled.log
        assert pulled.out == folder.out != ""


def test_two_pushes_of_the_same_files_are_one_manifest(package: Path, registry: Registry, tmp_path: Path) -> None:
    """Helm writes the archive's own time into the manifest, and nothing else that differs."""
    copy = Path(shutil.copy2(package, tmp_path / package.name))
    shutil.copy2(package.with_name(f"{package.name}.prov"), tmp_path)
    assert _push("helm4", package, registry, "once") == _push("helm4", copy, registry, "twice")


def test_a_changed_archive_is_not_installed_with_the_provenance_of_another(
    package: Path, signing: Signing, registry: Registry, tmp_path: Path
) -> None:
    changed = tmp_path / "pushed" / package.name
    changed.parent.mkdir()
    changed.write_bytes(package.read_bytes() + b"\0")
    shutil.copy2(package.with_name(f"{package.name}.prov"), changed.parent)
    _push("helm4", changed, registry, "changed")
    public = str(signing.keyring.with_name("public.gpg"))
    for program in HELMS:
        answer = helm.run(
            program,
            [
                "pull",
                f"oci://{registry.address}/changed/keda",
                *("--version", _version(package), "--destination", str(tmp_path)),
                *("--plain-http", "--verify", "--keyring", public),
            ],
        )
        assert answer.code != 0
        assert "sha256 sum does not match" in answer.log
