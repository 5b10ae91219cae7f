"""The hand-written schema, the defaults and the generated files agree, and the checks of that can fail."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.values.documents import contract, validator
from tools import values_schema
from tools.values_schema import (
    SCHEMA,
    SOURCE,
    agreement_problems,
    meta_problems,
    read_yaml,
    removed_keys,
    removed_problems,
    stale_files,
)


def test_generated_files_are_those_of_the_schema_and_the_defaults() -> None:
    assert stale_files(contract()) == []


def test_helm_finds_the_schema_that_these_tests_use() -> None:
    assert json.loads(SCHEMA.read_text()) == contract().schema


def test_every_default_is_valid() -> None:
    assert [error.message for error in validator().iter_errors(contract().values)] == []


def test_a_key_that_only_the_defaults_have_is_named() -> None:
    values = copy.deepcopy(contract().values)
    values["operator"]["replicaCuont"] = 1
    (problem,) = agreement_problems(contract().root, values)
    assert problem.startswith("operator.replicaCuont: in charts/keda/values.yaml, but not in")


def test_a_key_that_only_the_schema_has_is_named() -> None:
    values = copy.deepcopy(contract().values)
    del values["webhooks"]["failurePolicy"]
    (problem,) = agreement_problems(contract().root, values)
    assert problem.startswith("webhooks.failurePolicy: no default in charts/keda/values.yaml")


def test_a_reason_for_no_default_is_refused_beside_a_default() -> None:
    values = {**contract().values, "enabled": True}
    (problem,) = agreement_problems(contract().root, values)
    assert problem.startswith("enabled: has a default")


def test_a_wrong_default_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    values = copy.deepcopy(contract().values)
    values["webhooks"]["timeoutSeconds"] = 60
    monkeypatch.setattr(
        values_schema, "read_yaml", lambda path: values if path == values_schema.VALUES else read_yaml(path)
    )
    with pytest.raises(values_schema.SchemaProblem, match=r"webhooks\.timeoutSeconds"):
        values_schema.load()


def source() -> dict[str, Any]:
    """The schema as written, apart from the files."""
    text: dict[str, Any] = copy.deepcopy(read_yaml(SOURCE))
    return text


def test_the_schema_as_written_is_well_formed() -> None:
    assert meta_problems(source()) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"description": None}, "description"),
        ({"description": "No full stop"}, "full stop"),
        ({"type": None}, "is not valid under any of the given schemas"),
        ({"x-remvoed": {"old": "use new"}}, "x-remvoed"),
        ({"x-no-default": "abc"}, "'abc' is too short"),
        ({"patern": "^a$"}, "patern"),
        ({"additionalProperties": False}, "True was expected"),
        ({"type": "object"}, "is not valid under any of the given schemas"),
    ],
)
def test_a_key_without_prose_type_or_known_keywords_is_refused(change: dict[str, Any], complaint: str) -> None:
    changed = source()
    key = changed["properties"]["asciiArt"]
    for keyword, value in change.items():
        key[keyword] = value
        if value is None:
            del key[keyword]
    (problem,) = meta_problems(changed)
    assert "at properties.asciiArt" in problem
    assert complaint in problem


def test_no_key_is_both_known_and_removed() -> None:
    changed = copy.deepcopy(contract().root)
    changed["properties"]["crds"]["x-removed"]["install"] = "use something else"
    assert removed_problems(changed) == ["crds.install: declared as a key and as removed"]


def test_a_way_out_never_names_a_key_that_does_not_exist() -> None:
    known = {key.path for key in contract().all_keys()}
    named = [
        (path, word)
        for path, way_out in removed_keys(contract().root)
        for word in way_out.replace(",", " ").replace(";", " ").split()
        if "." in word.strip(".") and word[0].isalpha() and "<" not in word
    ]
    assert named
    assert [(path, word) for path, word in named if word not in known] == []
