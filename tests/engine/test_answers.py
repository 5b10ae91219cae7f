"""A remembered answer is the one that a fresh look gives, and a change of anything that was read asks anew."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator

import pytest

from tests.invariants import bites
from tests.invariants.relations import catalogue
from tests.invariants.relations.relation import Problem
from tests.support import combinations, manifests
from tests.support.answers import Answers
from tests.support.renderings import Rendered, render_all

_SAMPLE = 60


def test_no_remembered_answer_differs_from_a_fresh_one() -> None:
    # Neighbours share the most: whole groups, and some from everywhere.
    groups = {combinations.rendered()[0].group, combinations.rendered()[-1].group}
    near = [combination for combination in combinations.rendered() if combination.group in groups]
    rendered = render_all([*near, *combinations.sample(_SAMPLE)])
    answers = Answers()
    for each in rendered:
        for relation in catalogue.every().values():
            expected = tuple(relation(each))
            assert answers.ask(relation, each) == expected
            assert answers.ask(relation, each) == expected
    # The second time always, and the first time where a neighbour was alike.
    assert answers.remembered > len(rendered) * len(catalogue.every())
    assert answers.fresh > len(catalogue.every())


def test_a_damaged_render_is_not_judged_by_what_was_said_of_the_sound_one() -> None:
    answers = Answers()
    before = bites.rendered()
    asked = [answers.ask(relation, before) for relation in catalogue.every().values()]
    assert asked == [()] * len(catalogue.every())
    after = bites.changed(
        before, "Service", "keda-operator", lambda service: service["spec"]["selector"].update(app="x")
    )
    found = [problem for relation in catalogue.every().values() for problem in answers.ask(relation, after)]
    assert found == [problem for relation in catalogue.every().values() for problem in relation(after)]
    assert found


def _names(rendered: Rendered) -> Iterator[str]:
    """Reads through every door."""
    yield rendered.setting("clusterName")
    yield from (manifests.identity(entry)[1] for entry in manifests.all_of(rendered.own_objects, "Service"))
    yield str(len(rendered.objects))
    yield str(sorted(rendered.deployments))
    yield rendered.rendering.notes
    yield rendered.combination.namespace
    yield str(len(rendered.rights.bindings))


@pytest.mark.parametrize(
    ("values", "arguments"),
    [
        ({"clusterName": "another"}, {}),
        ({"webhooks": {"enabled": False}}, {}),
        ({"watchNamespace": "team-a"}, {}),
        ({"operator": {"name": "other"}}, {}),
        ({}, {"namespace": "another"}),
    ],
    ids=["setting", "component", "rights", "name", "namespace"],
)
def test_what_differs_behind_a_door_is_looked_at(values: dict[str, object], arguments: dict[str, str]) -> None:
    answers = Answers()
    first = answers.ask(_names, bites.rendered())
    other = bites.rendered(values, **arguments)
    assert answers.ask(_names, other) == tuple(_names(other)) != first
    assert answers.ask(_names, bites.rendered()) == first
    assert (answers.fresh, answers.remembered) == (2, 1)


def test_a_change_of_notes_alone_is_looked_at() -> None:
    answers = Answers()
    before = bites.rendered()
    answers.ask(_names, before)
    assert "changed" in answers.ask(_names, bites.with_notes(before, "changed"))


def test_true_and_1_are_two_answers() -> None:
    answers = Answers()

    def told(rendered: Rendered) -> Iterator[str]:
        yield repr(rendered.setting("operator.replicaCount"))

    before = bites.rendered()
    for value in (1, True, 1.0):
        combination = dataclasses.replace(before.combination, values={"operator": {"replicaCount": value}})
        assert answers.ask(told, Rendered(combination, before.rendering)) == (repr(value),)
    assert answers.fresh == 3


def test_what_a_relation_raises_is_raised_each_time() -> None:
    answers = Answers()

    def raising(_: Rendered) -> Iterator[Problem]:
        yield from ()
        raise LookupError("nothing to look at")

    for _ in range(2):
        with pytest.raises(LookupError, match="nothing to look at"):
            answers.ask(raising, bites.rendered())


def test_beyond_its_doors_a_render_cannot_be_read() -> None:
    def peeping(rendered: Rendered) -> Iterator[str]:
        yield str(rendered.rendering.text)

    with pytest.raises(AttributeError):
        Answers().ask(peeping, bites.rendered())


def test_a_document_that_was_changed_in_memory_is_another_one() -> None:
    answers = Answers()
    before = bites.rendered()
    answers.ask(_names, before)
    same = bites.along_with(before, copy.deepcopy(manifests.one(before.objects, "Service", "keda-operator")))
    assert answers.ask(_names, same) == tuple(_names(same))
    assert answers.fresh == 2
