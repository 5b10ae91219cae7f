"""Two people who package the same chart get the same bytes, Helm takes them for the folder, and a signature holds."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.benchmarks.chart_cost import OFFICIAL_RELEASE
from tests.support import chart, helm, in_process
from tests.support.chart import CHART
from tests.support.modes import MODES
from tools import git_files, toolchain
from tools.package import __main__ as command
from tools.package.archive import CannotPackage, Signing, package

ROOT = toolchain.REPOSITORY
HELMS = ("helm3", "helm4")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _clone(folder: Path) -> Path:
    """The chart as a fresh clone of the present files would have it; its times are those of now."""
    for name in git_files.known(ROOT, "charts/keda"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    subprocess.run(["git", "-C", folder, "init", "--quiet"], check=True)
    subprocess.run(["git", "-C", folder, "add", "--all"], check=True)
    return folder / "charts/keda"


def test_two_clones_give_the_same_bytes_whatever_their_times_and_rights(package: Path, tmp_path: Path) -> None:
    digests = {_sha256(package)}
    for number, time in enumerate((1, 2_000_000_000)):
        chart = _clone(tmp_path / f"clone-{number}")
        for file in chart.rglob("*"):
            os.utime(file, (time, time))
        (chart / "values.yaml").chmod(0o600 if number else 0o755)
        written = command.publish(chart, tmp_path / f"dist-{number}")
        digests.add(_sha256(written[0]))
        assert written[0].stat().st_mtime == 315_532_800
        sums = subprocess.run(
            ["sha256sum", "--check", "--strict", written[-1].name],
            cwd=written[-1].parent,
            capture_output=True,
            check=False,
        )
        assert sums.returncode == 0, sums.stdout
    assert len(digests) == 1
    bills = {next((tmp_path / f"dist-{number}").glob("*.spdx.json")).read_bytes() for number in range(2)}
    assert len(bills) == 1


def test_a_chart_that_differs_gives_other_bytes(package: Path, tmp_path: Path) -> None:
    chart = _clone(tmp_path / "clone")
    with (chart / "values.yaml").open("a") as file:
        file.write("\n")
    assert _sha256(command.publish(chart, tmp_path / "dist")[0]) != _sha256(package)


def test_the_archive_has_the_chart_and_no_suites(package: Path) -> None:
    with tarfile.open(package) as archive:
        members = archive.getmembers()
    names = {member.name.removeprefix("keda/") for member in members}
    expected = {str(file.relative_to(CHART)) for file in CHART.rglob("*") if file.is_file()}
    assert names == {name for name in expected if not name.startswith("tests/")}
    assert len(names) > 90
    assert {(member.mode, member.uid, member.gid, member.mtime) for member in members} == {(0o644, 0, 0, 315_532_800)}


@pytest.mark.parametrize("program", HELMS)
@pytest.mark.parametrize("mode", MODES)
def test_the_archive_renders_what_the_folder_renders(program: str, mode: str, package: Path) -> None:
    layers = [ROOT / "values-examples" / f"{mode}.yaml", ROOT / "values-examples/environments/production.yaml"]
    folder, archive = (helm.template(program, files=layers, chart=chart) for chart in (CHART, package))
    assert (folder.code, archive.code) == (0, 0), archive.log
    assert archive.out == folder.out
    assert archive.out.count("\nkind: Deployment\n") == 3


@pytest.mark.parametrize("program", HELMS)
def test_helm_lints_and_shows_the_archive(program: str, package: Path) -> None:
    lint = helm.run(program, ["lint", "--strict", "--kube-version", "1.36.0", str(package)])
    assert lint.code == 0, lint.out + lint.log
    folder, archive = (helm.run(program, ["show", "values", str(chart)]).out for chart in (CHART, package))
    assert archive == folder != ""
    # Helm writes Chart.yaml anew: its content is the same, its comments are gone.
    folder, archive = (helm.run(program, ["show", "chart", str(chart)]).out for chart in (CHART, package))
    assert archive == folder
    assert "artifacthub.io/images" in archive


@pytest.mark.parametrize("program", HELMS)
def test_nobody_who_has_only_the_archive_is_left_without_a_page(program: str, package: Path) -> None:
    shown = helm.run(program, ["show", "readme", str(package)])
    assert shown.code == 0, shown.log
    assert shown.out.strip() == (CHART / "README.md").read_text().strip()
    assert [mode for mode in MODES if f"`{mode}`" not in shown.out] == []


@pytest.mark.parametrize("mode", MODES)
def test_no_release_is_larger_than_two_fifths_of_the_official_charts(mode: str, package: Path) -> None:
    stored = chart.stored_release(files=[ROOT / "values-examples" / f"{mode}.yaml"], chart=package)
    in_the_api = -(-stored // 3) * 4
    assert 0 < in_the_api < 0.4 * OFFICIAL_RELEASE


def test_a_file_that_git_does_not_know_is_in_no_package(tmp_path: Path) -> None:
    chart = _clone(tmp_path / "clone")
    assert git_files.strangers(chart) == []
    (chart / "templates/notes.swp").touch()
    with pytest.raises(CannotPackage, match=r"git does not know templates/notes\.swp; add to git"):
        package_of(chart, tmp_path)


def package_of(chart: Path, folder: Path) -> Path:
    """The archive of ``chart`` in a folder of its own."""
    (folder / "dist").mkdir()
    return package(chart, folder / "dist")


@pytest.mark.parametrize("time", ["yesterday", "-1", "99999999999999999"])
def test_a_time_that_is_none_is_refused(time: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", time)
    with pytest.raises(CannotPackage, match=f"SOURCE_DATE_EPOCH is '{time}'"):
        package_of(CHART, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--output", "{file}"], 2, "must be a folder"),
        (["--output", "{file}/dist"], 1, "package: {file}/dist: Not a directory"),
        (["--chart", "nowhere"], 2, "it has no Chart.yaml and no values.yaml"),
        (["--chart", "{folder}"], 2, "it has no Chart.yaml"),
        (["--sign", "somebody"], 2, "--sign NAME and --keyring FILE belong together"),
        (
            ["--sign", "somebody", "--keyring", "{folder}", "--output", "{folder}"],
            1,
            "--keyring {folder}: no such file",
        ),
        (["--passphrase-file", "{file}"], 2, "--passphrase-file needs --sign"),
    ],
)
def test_what_cannot_be_packaged_is_told_in_a_sentence(
    arguments: list[str], code: int, sentence: str, tmp_path: Path
) -> None:
    names = {"file": tmp_path / "file", "folder": tmp_path}
    names["file"].touch()
    ended = in_process.run(command.main, *(argument.format(**names) for argument in arguments))
    assert ended.code == code
    assert sentence.format(**names) in ended.log


def test_a_time_that_is_given_is_the_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    archive = package_of(CHART, tmp_path)
    assert archive.stat().st_mtime == 1_600_000_000
    with tarfile.open(archive) as content:
        assert {member.mtime for member in content.getmembers()} == {1_600_000_000}


@pytest.mark.parametrize("program", HELMS)
def test_the_signature_holds_for_the_archive_and_for_no_other(
    program: str, package: Path, signing: Signing, tmp_path: Path
) -> None:
    public = str(signing.keyring.with_name("public.gpg"))
    answer = helm.run(program, ["verify", str(package), "--keyring", public])
    assert answer.code == 0, answer.log
    assert signing.key in answer.out + answer.log
    assert f"sha256:{_sha256(package)}" in answer.out + answer.log
    for file in (package, package.with_name(f"{package.name}.prov")):
        shutil.copyfile(file, tmp_path / file.name)
    with (tmp_path / package.name).open("ab") as changed:
        changed.write(b"\0")
    answer = helm.run(program, ["verify", str(tmp_path / package.name), "--keyring", public])
    assert answer.code != 0
    assert "sha256 sum does not match" in answer.log


def test_no_provenance_of_an_earlier_package_stays_beside_an_unsigned_one(tmp_path: Path, signing: Signing) -> None:
    signed = command.publish(CHART, tmp_path, signing)
    assert [file.suffix for file in signed] == [".tgz", ".prov", ".json", ".json", ".sha256"]
    assert ".tgz.prov" in signed[-1].read_text()
    command.publish(CHART, tmp_path)
    assert not signed[1].exists()
    assert ".tgz.prov" not in signed[-1].read_text()


def test_a_key_with_a_passphrase_signs_when_the_passphrase_is_given(tmp_path: Path) -> None:
    make = [
        str(toolchain.program("keyring")),
        "--name",
        "Guarded",
        "--folder",
        str(tmp_path),
        "--passphrase",
        "open up",
    ]
    subprocess.run(make, check=True)
    (tmp_path / "wrong").write_text("wrong\n")
    (tmp_path / "right").write_text("open up\n")
    arguments = ["--output", str(tmp_path / "dist"), "--sign", "Guarded", "--keyring", str(tmp_path / "secret.gpg")]
    assert command.main([*arguments, "--passphrase-file", str(tmp_path / "wrong")]) == 1
    assert command.main([*arguments, "--passphrase-file", str(tmp_path / "right")]) == 0
    (archive,) = (tmp_path / "dist").glob("*.tgz")
    assert helm.run("helm4", ["verify", str(archive), "--keyring", str(tmp_path / "public.gpg")]).code == 0


@pytest.mark.parametrize(
    ("keyring", "said"), [("missing.gpg", "no such file"), ("public.gpg", "must hold the secret key of")]
)
def test_a_keyring_that_cannot_sign_is_refused_with_a_way_out(
    keyring: str, said: str, signing: Signing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(signing.keyring.with_name(keyring))
    assert command.main(["--output", str(tmp_path), "--sign", signing.key, "--keyring", file]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "gpg --export-secret-keys" in error


@pytest.mark.parametrize(
    "arguments", [["--sign", "x"], ["--keyring", "x"], ["--passphrase-file", "x"], ["--chart", "/"]]
)
def test_arguments_that_do_not_belong_together_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2


def test_the_schema_beside_the_archive_is_the_one_inside(package: Path) -> None:
    beside = package.with_name(package.name.removesuffix(".tgz") + ".values.schema.json")
    with tarfile.open(package) as archive:
        inside = archive.extractfile("keda/values.schema.json")
        assert inside is not None
        assert json.loads(beside.read_text()) == json.loads(inside.read())
