"""A test that a document names as its proof exists, and each symptom of the troubleshooting has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, documents

TEXTS = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in documents()}
_REFERENCE = re.compile(r"`((?:tests|charts/keda/tests)/[\w./-]+?)(?:::(\w+))?`")
REFERENCES = sorted({(name, *found) for name, text in TEXTS.items() for found in _REFERENCE.findall(text)})
ASKS = re.findall(r"^\| (\d+) \|.*\| ([^|]*) \|$", TEXTS["docs/user-asks.md"], flags=re.MULTILINE)
SYMPTOMS = re.split(r"^### ", TEXTS["docs/troubleshooting.md"], flags=re.MULTILINE)[1:]


def test_references_are_found() -> None:
    assert len([test for _, _, test in REFERENCES if test]) > 20


@pytest.mark.parametrize(("document", "path", "test"), REFERENCES)
def test_no_document_names_a_proof_that_is_not_there(document: str, path: str, test: str) -> None:
    file = ROOT / path
    assert file.exists(), f"{document}: there is no {path}"
    if test:
        assert test in _tests(file), f"{document}: {path} has no {test}"


def _tests(file: Path) -> set[str]:
    return {
        node.name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.splitlines()[0][:60])
def test_no_symptom_is_one_that_nobody_has_seen(symptom: str) -> None:
    _, found, proof = symptom.partition("Reproduced by ")
    assert found
    names = _REFERENCE.findall(proof.partition("\n\n")[0])
    assert names
    assert all(path.startswith("tests/") and Path(path).name.startswith("test_") for path, _ in names)


def test_every_ask_is_answered_once_and_in_order() -> None:
    assert [int(number) for number, _ in ASKS] == list(range(1, 39))


@pytest.mark.parametrize(("number", "proof"), ASKS)
def test_no_ask_is_answered_without_a_proof(number: str, proof: str) -> None:
    named = re.findall(r"`([^`]+)`", proof)
    assert named, number
    # Commands are judged in test_commands.py.
    paths = [name.replace("unit/", "charts/keda/tests/", 1) for name in named if "/" in name]
    assert paths, f"ask {number} names no file with tests"
    assert [path for path in paths if not (ROOT / path).exists()] == []
