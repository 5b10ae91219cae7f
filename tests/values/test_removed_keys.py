"""A key that is known from elsewhere is refused with the way out."""

from __future__ import annotations

import pytest

from tests.support.chart import refusal
from tests.values.documents import contract, evenly, fragment, pointer, problems

REMOVED = contract().all_removed()


@pytest.mark.parametrize(("path", "way_out"), REMOVED, ids=[path for path, _ in REMOVED])
def test_a_removed_key_is_refused_whatever_it_holds(path: str, way_out: str) -> None:
    values: list[object] = [None, {}, [], "x", True, 1]
    for value in values:
        assert f"removed: {way_out}" in problems(fragment(path, value))[pointer(path)]


@pytest.mark.parametrize(("path", "way_out"), evenly(REMOVED, 30), ids=[path for path, _ in evenly(REMOVED, 30)])
def test_helm_prints_the_path_of_a_removed_key_and_the_way_out(path: str, way_out: str) -> None:
    quoted = way_out.replace("'", "\\'")
    assert f"at '{pointer(path)}': value must be 'removed: {quoted}'" in refusal(fragment(path, "x"))


def test_the_sentence_itself_is_no_way_to_pass() -> None:
    assert problems({"installCRDs": "removed: use crds.install"})
