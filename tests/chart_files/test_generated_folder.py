"""A generated folder is what its generator would write: nothing changed, forgotten or left over goes unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.generated_folder import GeneratedFolder


class Unusable(Exception):
    """What the generator reads cannot be used."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GeneratedFolder:
    monkeypatch.setattr("tools.toolchain.REPOSITORY", tmp_path)
    return GeneratedFolder(
        "wheels", tmp_path / "made", lambda: {"a.json": "1\n", "b.json": "2\n"}, _difference, (Unusable,), "*.json"
    )


def _difference(expected: str, found: str) -> str:
    return f"{found.strip()} instead of {expected.strip()}"


def test_what_was_written_is_not_stale_and_other_files_stay(folder: GeneratedFolder) -> None:
    folder.path.mkdir()
    (folder.path / "README.md").write_text("by hand")
    (folder.path / "old.json").write_text("0")
    assert folder.main("Makes wheels.", []) == 0
    assert sorted(file.name for file in folder.path.iterdir()) == ["README.md", "a.json", "b.json"]
    assert folder.main("Makes wheels.", ["--check"]) == 0


def test_every_kind_of_staleness_is_told_with_the_way_out(
    folder: GeneratedFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.path.mkdir()
    (folder.path / "a.json").write_text("9\n")
    (folder.path / "c.json").write_text("3\n")
    assert folder.main("Makes wheels.", ["--check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "made is stale; run: python -m tools.wheels",
        "a.json: 9 instead of 1",
        "b.json is missing",
        "c.json belongs to nothing any more",
    ]
    assert not (folder.path / "b.json").exists()


def test_a_source_that_cannot_be_used_ends_with_its_message(
    folder: GeneratedFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    def texts() -> dict[str, str]:
        raise Unusable("the rim is bent")

    broken = GeneratedFolder("wheels", folder.path, texts, _difference, (Unusable,))
    assert broken.main("Makes wheels.", []) == 1
    assert capsys.readouterr().err == "wheels: the rim is bent\n"
