"""No command of a document is one that a reader cannot run."""

from __future__ import annotations

import configparser
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, Place, commands, documents

BLOCKS = [pytest.param(block, id=block.id) for block in commands()]
TEXTS = [pytest.param(file, id=str(file.relative_to(ROOT))) for file in documents()]


def _environments() -> set[str]:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "tox.ini")
    found = {name.removeprefix("testenv:") for name in settings.sections() if name.startswith("testenv:")}
    assert found
    return found


def _files_of(module: str) -> list[Path]:
    """What `python -m module` would run: a file, or a package with a main file."""
    base = ROOT / module.replace(".", "/")
    return [base.with_suffix(".py"), base / "__main__.py"]


def test_blocks_are_found() -> None:
    assert BLOCKS


@pytest.mark.parametrize("block", BLOCKS)
def test_no_block_breaks_the_shell_it_is_pasted_into(block: Place) -> None:
    # Placeholders like <name> are words that a reader replaces, not redirections.
    text = re.sub(r"<([a-z][a-z0-9 -]*)>", r"\1", block.text)
    answer = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("document", TEXTS)
def test_no_document_names_an_environment_that_tox_does_not_know(document: Path) -> None:
    named = set(re.findall(r"tox (?:run )?-e ([\w-]+)", document.read_text(encoding="utf-8")))
    assert named <= _environments()


@pytest.mark.parametrize("document", TEXTS)
def test_no_document_names_a_generator_that_does_not_exist(document: Path) -> None:
    named = set(re.findall(r"python -m ([\w.]+)", document.read_text(encoding="utf-8")))
    missing = [name for name in sorted(named) if not any(file.is_file() for file in _files_of(name))]
    assert [name for name in missing if name.startswith(("tools.", "tests."))] == []


@pytest.mark.parametrize("block", BLOCKS)
def test_no_block_uses_a_file_of_this_repository_that_is_not_there(block: Place) -> None:
    named = re.findall(r"(?<![\w/.-])(?:\./)?((?:charts|values-examples|schemas|tools|docs)/[\w./-]+)", block.text)
    assert [name for name in named if not (ROOT / name).exists()] == []
