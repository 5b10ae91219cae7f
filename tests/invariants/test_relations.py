"""Every relation of relations/ holds in every combination that renders."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from tests.invariants.relations import catalogue
from tests.support.answers import ANSWERS
from tests.support.findings import Findings
from tests.support.renderings import Rendered


@pytest.mark.parametrize("name", sorted(catalogue.every()))
def test_no_combination_breaks(chunk: Sequence[Rendered], name: str) -> None:
    relation = catalogue.every()[name]
    findings = Findings()
    for rendered in chunk:
        with findings.of(rendered.id):
            problems = ANSWERS.ask(relation, rendered)
            assert not problems, "\n    ".join(map(str, problems))
    findings.settle()


def test_no_relation_leaves_its_reader_without_the_damage() -> None:
    findings = Findings()
    for name, relation in catalogue.every().items():
        with findings.of(name):
            assert inspect.getdoc(relation), "the docstring says what goes wrong where the relation does not hold"
    findings.settle()


def test_no_subject_is_left_out_of_the_catalogue() -> None:
    files = {file.stem for file in (Path(__file__).parent / "relations").glob("*.py")}
    assert {name.partition(".")[0] for name in catalogue.every()} == files - {"relation", "catalogue"}
    assert list(catalogue.every()) == sorted(catalogue.every(), key=lambda name: name.partition(".")[0])


def test_no_module_without_relations_passes_for_one_with_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "modules", lambda: ("forgotten",))
    monkeypatch.setattr(importlib, "import_module", lambda _: ModuleType("forgotten"))
    with pytest.raises(LookupError, match=r"relations/forgotten\.py has no RELATIONS"):
        _uncached_every()


def _uncached_every() -> object:
    assert isinstance(catalogue.every, functools._lru_cache_wrapper)
    return catalogue.every.__wrapped__()
