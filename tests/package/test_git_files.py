"""What is packaged, copied and judged are the files that git knows, and a folder without git says so."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import git_files


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in ((".gitignore", "built\n"), ("sub/b c", ""), ("a", ""), ("built", "")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "link").symlink_to("a")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def test_what_git_would_add_is_known_and_what_it_ignores_is_not(checkout: Path) -> None:
    assert list(map(str, git_files.known(checkout))) == [".gitignore", "a", "sub/b c"]
    assert list(map(str, git_files.known(checkout, "sub"))) == ["sub/b c"]
    (checkout / "a").unlink()
    assert list(map(str, git_files.known(checkout))) == [".gitignore", "sub/b c"]


def test_a_stranger_is_whatever_git_does_not_know(checkout: Path) -> None:
    subprocess.run(["git", "-C", checkout, "add", ".gitignore", "a", "link"], check=True)
    assert sorted(map(str, git_files.strangers(checkout))) == ["built", "sub/b c"]


def test_a_folder_of_no_checkout_says_so_and_has_no_strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "a").touch()
    with pytest.raises(git_files.NoCheckout, match="not a git repository"):
        git_files.known(tmp_path)
    assert git_files.strangers(tmp_path) == []


def test_a_hook_of_another_repository_does_not_lead_elsewhere(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert git_files.known(checkout)
