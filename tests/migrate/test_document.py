"""An edit changes what it is about and not a byte beside it."""

from __future__ import annotations

from typing import Any

import pytest

from tools.check.layers import Steps, parse
from tools.migrate.document import CannotEdit, Document

DELETIONS: list[tuple[str, str, Steps, str]] = [
    ("a key", "a: 1\nb: 2\nc: 3\n", ("b",), "a: 1\nc: 3\n"),
    ("the comment behind it", "a: 1\nb: 2 # two\nc: 3\n", ("b",), "a: 1\nc: 3\n"),
    ("the comment above it", "a: 1\n# about b\n# and more\nb: 2\n# about c\nc: 3\n", ("b",), "a: 1\n# about c\nc: 3\n"),
    ("not a comment that stands apart", "a: 1\n# a part\n\nb: 2\nc: 3\n", ("b",), "a: 1\n# a part\n\nc: 3\n"),
    ("not the head of the file", "# of ours\nb: 2\nc: 3\n", ("b",), "# of ours\nc: 3\n"),
    ("one of two empty lines", "a: 1\n\nb: 2\n\nc: 3\n", ("b",), "a: 1\n\nc: 3\n"),
    ("a map with all it holds", "a: 1\nb:\n  x: 1\n  # w: 2\nc: 3\n", ("b",), "a: 1\nc: 3\n"),
    ("an inner key", "b:\n  x: 1\n  w: 2\n", ("b", "w"), "b:\n  x: 1\n"),
    ("the map that would be empty", "a: 1\nb:\n  x:\n    w: 2\n", ("b", "x", "w"), "a: 1\n"),
    ("everything", "# ours\na: 1\n# end\n", ("a",), "# ours\n# end\n"),
    ("in one line", "a: {x: 1, w: 2, z: 3}\n", ("a", "w"), "a: {x: 1, z: 3}\n"),
    ("the last in one line", "a: {x: 1, w: 2}\n", ("a", "w"), "a: {x: 1}\n"),
    ("a one-line map that would be empty", "a: {x: {w: 1}}\nb: 1\n", ("a", "x", "w"), "b: 1\n"),
    ("a text of several lines", "a: |\n  one\n\n  two\nb: 1\n", ("a",), "b: 1\n"),
    ("a key behind such a text", "a: |\n  one\n  # no comment\nb: 1\n", ("b",), "a: |\n  one\n  # no comment\n"),
    ("an item", "a:\n- 1\n- 2\n- 3\n", ("a", 1), "a:\n- 1\n- 3\n"),
    ("an item that is a map", "a:\n  - m: 1\n    v: 2\n  - m: 2\nb: 1\n", ("a", 0), "a:\n  - m: 2\nb: 1\n"),
    ("the first key of an item", "a:\n  - m: 1\n    v: 2\n", ("a", 0, "m"), "a:\n  - v: 2\n"),
    ("an item in one line", "a: [1, 2, 3]\n", ("a", 2), "a: [1, 2]\n"),
    ("the last item", "a: [1]\nb: 1\n", ("a", 0), "b: 1\n"),
    ("lines of Windows", "a: 1\r\nb: 2\r\nc: 3\r\n", ("b",), "a: 1\r\nc: 3\r\n"),
    ("without a last line end", "a: 1\nb: 2", ("b",), "a: 1\n"),
    ("a key with dots", "a:\n  x.y/z: 1\n  w: 2\n", ("a", "x.y/z"), "a:\n  w: 2\n"),
    ("null", "a:\nb: 1\n", ("a",), "b: 1\n"),
    ("a key that YAML calls a boolean", "a: {on: 1, b: 2}\n", ("a", "true"), "a: {b: 2}\n"),
    ("other letters", "ä: 1\nb: ü # ö\nc: 漢\n", ("b",), "ä: 1\nc: 漢\n"),
]


@pytest.mark.parametrize(
    ("text", "steps", "after"), [case[1:] for case in DELETIONS], ids=[case[0] for case in DELETIONS]
)
def test_a_deletion_takes_nothing_else_along(text: str, steps: Steps, after: str) -> None:
    document = Document(text, "v")
    document.delete(steps)
    assert document.text == after
    assert document.values == parse(after, "").values


REPLACEMENTS: list[tuple[str, Steps, Any, str]] = [
    ('a: "false" # off\nb: 1\n', ("a",), True, "a: true # off\nb: 1\n"),
    ("a: {x: '2', w: 1}\n", ("a", "x"), 2, "a: {x: 2, w: 1}\n"),
    ("a:\nb: 1\n", ("a",), False, "a: false\nb: 1\n"),
    ("a: 2.20\n", ("a",), "2.2", 'a: "2.2"\n'),
    ("a: x\n", ("a",), "yes", 'a: "yes"\n'),
    ("a: x\n", ("a",), "Ignore", "a: Ignore\n"),
    ("a: |\n  one\n  two\nb: 1\n", ("a",), "x", "a: x\nb: 1\n"),
    ("a:\n  b: 1\nc: 1\n", ("a",), [1], "a:\n  [1]\nc: 1\n"),
    ("a:\n- k: '*'\n", ("a", 0, "k"), "apps", "a:\n- k: apps\n"),
]


@pytest.mark.parametrize(("text", "steps", "value", "after"), REPLACEMENTS)
def test_another_value_stands_where_the_old_one_stood(text: str, steps: Steps, value: Any, after: str) -> None:
    document = Document(text, "v")
    document.put(steps, value)
    assert document.text == after


ADDITIONS: list[tuple[str, Steps, str, str]] = [
    ("a: 1\n", ("b", "c"), "why", "a: 1\nb:\n  # why\n  c: x\n"),
    ("a:\n    w: 1 # one\n# end\nz: 1\n", ("a", "b"), "why", "a:\n    w: 1 # one\n    # why\n    b: x\n# end\nz: 1\n"),
    ("  # start\na: {w: 1}\n", ("a", "b"), "why", "  # start\n# why\na: {w: 1, b: x}\n"),
    ("a: {}\n", ("a", "b", "c"), "", "a: {b: {c: x}}\n"),
    ("a:\nz: 1\n", ("a", "b"), "", "a: {b: x}\nz: 1\n"),
    ("# only this\n", ("a",), "", "# only this\na: x\n"),
    ("{}\n", ("a",), "", "a: x\n"),
    ("a: 1", ("b",), "", "a: 1\nb: x\n"),
    ("a:\n  - m: 1\n", ("a", 0, "b"), "", "a:\n  - m: 1\n    b: x\n"),
]


@pytest.mark.parametrize(("text", "steps", "comment", "after"), ADDITIONS)
def test_a_new_key_stands_in_its_map_with_a_comment_above(text: str, steps: Steps, comment: str, after: str) -> None:
    document = Document(text, "v")
    document.add(steps, "x", comment)
    assert document.text == after


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a: &a {x: 1, w: 2}\nb: *a\n", ("a", "x")),
        ("a: &a {x: 1, w: 2}\nb: *a\n", ("b", "x")),
        ("a: &a\n  x: 1\nb:\n  <<: *a\n  w: 2\n", ("b", "x")),
    ],
)
def test_a_part_that_an_anchor_shares_is_not_changed_behind_its_other_users_back(text: str, steps: Steps) -> None:
    document = Document(text, "values.yaml")
    with pytest.raises(CannotEdit, match=r"values.yaml:\d+: .*anchor.*write it out"):
        document.delete(steps)
    assert document.text == text


def test_an_anchor_beside_a_change_stays() -> None:
    document = Document("a: &a {x: 1}\nb: *a\nc: 1\nd: 2\n", "v")
    document.delete(("c",))
    assert document.text == "a: &a {x: 1}\nb: *a\nd: 2\n"


def test_values_below_the_key_of_a_parent_chart_are_the_only_ones_touched() -> None:
    document = Document("operator: 1\nkeda:\n  operator: {x: 1}\n  w: 2\n", "v", "keda")
    assert document.values == {"operator": {"x": 1}, "w": 2}
    document.delete(("operator",))
    assert document.text == "operator: 1\nkeda:\n  w: 2\n"
