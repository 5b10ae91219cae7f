"""Every value of the chart is documented: type, default and what it does, in words of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.docs.documents import ROOT
from tests.values.documents import contract
from tools.values_schema import code

PAGE = (ROOT / "docs" / "values.md").read_text(encoding="utf-8")
INTRODUCTION, _, TABLE = PAGE.partition("<!-- begin values")
PACKAGED = (ROOT / "charts" / "keda" / "README.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("`"): cells[1:]
    for line in TABLE.splitlines()
    if line.startswith("| `")
    for cells in [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]]
}
KEYS = {key.path: key for key in contract().all_keys()}


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, child in value.items():
            yield from _leaves(child, f"{path}.{name}" if path else name)
    else:
        yield path


LEAVES = list(_leaves(contract().values))


def test_no_value_of_values_yaml_is_missing_in_the_table() -> None:
    assert len(LEAVES) > 300
    # A map that is empty by default may have a row for each of its keys instead of one of its own.
    documented = [
        path
        for path in LEAVES
        if any(row == path or path.startswith(f"{row}.") or row.startswith(f"{path}.") for row in ROWS)
    ]
    assert documented == LEAVES


def test_no_row_is_without_type_or_sentence() -> None:
    assert len(ROWS) > 300
    assert [path for path, (kind, _, sentence) in ROWS.items() if not kind or len(sentence.split()) < 2] == []


def test_no_key_of_the_schema_is_without_a_sentence() -> None:
    assert len(KEYS) > 400
    assert [path for path, key in KEYS.items() if len(key.schema.get("description", "").split()) < 2] == []


def test_no_default_is_another_one_than_in_values_yaml() -> None:
    compared = 0
    for path in LEAVES:
        if path in ROWS and "default" not in KEYS[path].schema:
            assert ROWS[path][1] == code(KEYS[path].default), path
            compared += 1
    assert compared > 300


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z]\w*(?:\.\w+)+)(?:: \w+)?`", INTRODUCTION + PACKAGED))))
def test_no_introduction_names_a_key_that_does_not_exist(path: str) -> None:
    # The table of modes stands below a key of its own.
    assert path in KEYS or f"certificates.{path}" in KEYS or path == "values.schema.json"
