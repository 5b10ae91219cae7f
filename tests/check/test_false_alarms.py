"""Values that people use are not accused of anything: the examples in all their layers, and the corpus without its dead keys."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.check.running import EXAMPLES, NoLint, check, written
from tools.check import judging

_MODES = sorted(EXAMPLES.glob("*.yaml"))
_ENVIRONMENTS = sorted(EXAMPLES.glob("environments/*.yaml"))
_RECIPES = sorted(EXAMPLES.glob("recipes/*.yaml"))
_LAYERS = [
    *([mode] for mode in _MODES),
    *([mode, environment] for mode in _MODES for environment in _ENVIRONMENTS),
    *([recipe] for recipe in _RECIPES),
]


@pytest.fixture(autouse=True)
def _without_lint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "Lint", NoLint)


def _ids(files: list[Path]) -> str:
    return "+".join(file.stem for file in files)


def test_the_examples_are_found() -> None:
    assert len(_MODES) >= 5
    assert len(_ENVIRONMENTS) >= 3
    assert len(_RECIPES) >= 5


@pytest.mark.parametrize("files", _LAYERS, ids=_ids)
def test_no_example_has_a_problem(files: list[Path]) -> None:
    answer = check(*files)
    assert answer.code == 0, answer.out


@pytest.mark.parametrize("mode", _MODES, ids=lambda file: file.stem)
def test_production_has_no_warning(mode: Path) -> None:
    answer = check(mode, EXAMPLES / "environments/production.yaml", "--strict")
    assert answer.code == 0, answer.out


def _corpus() -> ModuleType | None:
    """tests/values/test_corpus.py, which knows the files and their dead keys; None without the folder."""
    name = "tests.values.test_corpus"
    try:
        return sys.modules.get(name) or importlib.import_module(name)
    except pytest.skip.Exception:
        return None


_CORPUS = _corpus()
_FILES = _CORPUS.FILES if _CORPUS else []
_needs_corpus = pytest.mark.skipif(_CORPUS is None, reason="no values corpus; tests/values/test_corpus.py says where")


def _clean() -> list[Path]:
    assert _CORPUS is not None
    return [file for file in _FILES if not _CORPUS.dead_keys(file) and file.name[:3] not in _CORPUS.CONTRADICTORY]


@_needs_corpus
@pytest.mark.parametrize("file", _clean() if _CORPUS else [], ids=lambda file: file.stem)
def test_no_file_without_dead_keys_has_a_problem(file: Path) -> None:
    answer = check(file)
    assert answer.code == 0, answer.out


@_needs_corpus
@pytest.mark.parametrize(
    "file",
    [file for file in _FILES if _CORPUS.dead_keys(file) and file.name[:3] not in _CORPUS.CONTRADICTORY]
    if _CORPUS
    else [],
    ids=lambda file: file.stem,
)
def test_no_file_has_a_problem_once_its_dead_keys_are_gone(file: Path, tmp_path: Path) -> None:
    assert _CORPUS is not None
    dead = _CORPUS.dead_keys(file)
    if file.name[:3] == "028":
        # The item is nothing without the two names that are no names.
        dead = {"permissions.operator.restrict.serviceAccountTokenCreationRoles"}
    answer = check(written(tmp_path, _CORPUS.without(_CORPUS.read(file), dead)), "--kubernetes", "1.36")
    assert answer.code == 0, answer.out


@_needs_corpus
@pytest.mark.parametrize(
    "file", [file for file in _FILES if _CORPUS.dead_keys(file)] if _CORPUS else [], ids=lambda file: file.stem
)
def test_a_file_is_accused_of_its_dead_keys_and_of_nothing_else(file: Path) -> None:
    assert _CORPUS is not None
    answer = check(file, "--output", "json", "--kubernetes", "1.36")
    assert answer.code == 1
    paths = {path.replace("[", ".").replace("]", "") for path in answer.paths}
    assert paths == _CORPUS.dead_keys(file)
    assert all(problem["line"] for problem in answer.problems)
