"""The suite reads rendered YAML as Kubernetes does: what needs quotes there must not look right here."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml

from tests.support import strict_yaml


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("y", True),
        ("off", False),
        ("1e3", 1000.0),
        ("12e5678", "12e5678"),
        ("-.inf", -math.inf),
        ("=", "="),
        ("<<", "<<"),
        ("0x1f", 31),
        ("0777", 511),
        ("0o17", 15),
        ("2026-01-31", "2026-01-31"),
        ("12:30", "12:30"),
        ("1.2.3", "1.2.3"),
        ("100m", "100m"),
        ("'y'", "y"),
    ],
)
def test_no_unquoted_scalar_is_taken_for_the_string_it_is_not(scalar: str, value: Any) -> None:
    found = strict_yaml.parse(f"key: {scalar}")["key"]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("a: 1\nb: 2\na: 3", id="top"),
        pytest.param("a:\n  - {b: 1, b: 2}", id="nested"),
        pytest.param('spec: {"a":1,"filler":"' + "x" * 1000 + '","a":2}', id="long-json"),
    ],
)
def test_no_key_silently_wins_over_its_double(document: str) -> None:
    with pytest.raises(yaml.YAMLError, match="stands twice"):
        strict_yaml.parse(document)


def test_long_json_reads_like_the_same_yaml() -> None:
    line = 'spec: {"a":[1,2.5,null,true,"x: y"],"filler":"' + "x" * 1000 + '"}'
    assert strict_yaml.parse(f"kind: X\n{line}\nz: 1") == yaml.safe_load(f"kind: X\n{line}\nz: 1")


def test_long_text_in_a_block_is_not_taken_for_json() -> None:
    text = "spec: {" + '"a":"' + "x" * 1000 + '"}'
    assert strict_yaml.parse(f"data: |-\n  {text}") == {"data": text}
