"""A remembered answer is the one that a fresh look gives, and a change of anything that was read asks anew."""

from __future__ import annotations

import copy
import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from tests.invariants import bites
from tests.invariants.relations import catalogue
from tests.invariants.relations.relation import Problem
from tests.support import answers as remembering
from tests.support import combinations, manifests, modes
from tests.support.answers import Answers
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component, of_each_object
from tests.support.rbac import Account
from tests.support.renderings import Rendered, render_all

_SAMPLE = 60


def test_no_remembered_answer_differs_from_a_fresh_one() -> None:
    # Neighbours share the most: whole groups, and some from everywhere.
    groups = {combinations.rendered()[0].group, combinations.rendered()[-1].group}
    near = [combination for combination in combinations.rendered() if combination.group in groups]
    drawn = itertools.islice(combinations.drawn_combinations(), _SAMPLE)
    rendered = render_all([*near, *combinations.sample(_SAMPLE), *drawn])
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


def _components(rendered: Rendered) -> list[str]:
    return [*rendered.deployments]


def _names(rendered: Rendered) -> Iterator[str]:
    """Reads through every door beside those of documents."""
    yield rendered.setting("clusterName")
    yield from (manifests.identity(entry)[1] for entry in manifests.all_of(rendered.own_objects, "Service"))
    yield str(len(rendered.objects))
    yield str(rendered.fact(_components))
    yield str("changed" in rendered.rendering.notes)
    yield str(rendered.names("another"))
    yield rendered.combination.namespace
    yield rendered.combination.mode.name
    yield str((len(rendered.rights.bindings), rendered.rights.is_empty))
    yield str(rendered.account("operator"))
    yield str(len(rendered.rights.everything(Account(*rendered.account("operator")))))
    yield str((rendered.places[0], rendered.own_places[-1]))
    yield str(rendered.flag("operator", "leader-elect"))


@pytest.mark.parametrize(
    ("values", "arguments"),
    [
        ({"clusterName": "another"}, {}),
        ({"webhooks": {"enabled": False}}, {}),
        ({"watchNamespace": "team-a"}, {}),
        ({"operator": {"name": "other"}}, {}),
        ({"permissions": {"operator": {"restrict": {"secret": True}}}}, {}),
        ({"rbac": {"create": False}}, {}),
        ({"serviceAccount": {"operator": {"name": "other"}}}, {}),
        ({"certificates": modes.MODES["cert-manager-generated-ca"].values["certificates"]}, {}),
        ({"additionalLabels": {"named": "another"}}, {}),
        ({}, {"namespace": "another"}),
    ],
    ids=["setting", "component", "rights", "name", "rules", "no-rights", "account", "mode", "text", "namespace"],
)
def test_what_differs_behind_a_door_is_looked_at(values: dict[str, object], arguments: dict[str, str]) -> None:
    answers = Answers()
    first = answers.ask(_names, bites.rendered())
    other = bites.rendered(values, **arguments)
    assert answers.ask(_names, other) == tuple(_names(other)) != first
    assert answers.ask(_names, bites.rendered()) == first
    assert answers.fresh > 2
    assert answers.remembered >= 1


def test_a_change_of_notes_alone_is_looked_at() -> None:
    answers = Answers()
    before = bites.rendered()
    first = answers.ask(_names, before)
    fresh = answers.fresh
    after = bites.with_notes(before, "it has changed")
    assert answers.ask(_names, after) == tuple(_names(after)) != first
    assert answers.fresh == fresh + 1


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
    assert answers.ask(_names, same) != answers.ask(_names, before)


# --- Doors of documents ------------------------------------------------------------------------------------------------

_POD = ("spec", "template", "spec")
_CONTAINER = (*_POD, "containers", 0)


def _at(manifest: Any, *path: str | int) -> Any:
    for key in path:
        manifest = manifest[key]
    return manifest


@functools.cache
def _untouched(*path: str | int) -> Any:
    return _at(bites.rendered().operator, *path)


# A read of a Deployment, and where something stands that must not escape it.
_READS: dict[str, tuple[Callable[[Manifest], Any], tuple[str | int, ...]]] = {
    "key": (lambda it: it["metadata"]["name"], ("metadata", "name")),
    "top": (lambda it: it["kind"], ("kind",)),
    "get": (lambda it: it["spec"].get("replicas"), ("spec", "replicas")),
    "get of nothing": (lambda it: it["spec"].get("paused", "no"), ("spec", "paused")),
    "in": (lambda it: "paused" in it["spec"], ("spec", "paused")),
    "annotation": (
        lambda it: it["spec"]["template"]["metadata"]["annotations"].get("new"),
        ("spec", "template", "metadata", "annotations", "new"),
    ),
    "keys": (lambda it: sorted(it["metadata"]), ("metadata", "new")),
    "keys()": (lambda it: len(it["metadata"].keys()), ("metadata", "new")),
    "values": (lambda it: [*it["metadata"].values()], ("metadata", "name")),
    "items": (lambda it: [*it["metadata"].items()], ("metadata", "name")),
    "length": (lambda it: len(it["metadata"]), ("metadata", "new")),
    "copy": (lambda it: {**it["metadata"]}, ("metadata", "name")),
    "dict": (lambda it: dict(it["metadata"]), ("metadata", "name")),
    "equal": (lambda it: it["metadata"] == _untouched("metadata"), ("metadata", "name")),
    "equal below": (lambda it: _at(it, *_POD) == _untouched(*_POD), (*_CONTAINER, "image")),
    "text": (lambda it: str(it["metadata"]), ("metadata", "name")),
    "text below": (lambda it: str(_at(it, *_POD)), (*_CONTAINER, "image")),
    "entry": (lambda it: _at(it, *_CONTAINER)["image"], (*_CONTAINER, "image")),
    "entries": (lambda it: [entry["image"] for entry in _at(it, *_POD, "containers")], (*_CONTAINER, "image")),
    "entries as text": (lambda it: str(_at(it, *_POD, "containers")), (*_CONTAINER, "image")),
    "entries equal": (
        lambda it: _at(it, *_POD, "containers") == _untouched(*_POD, "containers"),
        (*_POD, "containers", 1),
    ),
    "number of entries": (lambda it: len(_at(it, *_POD, "containers")), (*_POD, "containers", 1)),
    "entries spread": (lambda it: len([*_at(it, *_POD, "containers")]), (*_POD, "containers", 1)),
    "arguments": (lambda it: manifests.flags(it), (*_CONTAINER, "args", 0)),
    "level that is gone": (lambda it: bool(it["metadata"]), ("metadata",)),
}


def _change(manifest: Manifest, path: tuple[str | int, ...]) -> None:
    *above, last = path
    place = _at(manifest, *above)
    if isinstance(last, int) and last == len(place):
        place.append({"name": "another", "image": "another"})
    else:
        place[last] = {} if path == ("metadata",) else "--x" if "args" in path else "x"


@pytest.mark.parametrize("read", sorted(_READS))
@pytest.mark.parametrize("way", ["component", "kind", "object", "list"])
def test_what_is_read_of_a_document_is_looked_at_again(read: str, way: str) -> None:
    look, path = _READS[read]

    @of_each_component
    def of_component(_: Rendered, component: str, deployment: Manifest) -> Iterator[str]:
        yield f"{component} {look(deployment)}"

    def of_kind(rendered: Rendered) -> Iterator[str]:
        yield from (str(look(entry)) for entry in manifests.all_of(rendered.own_objects, "Deployment"))

    @of_each_object
    def of_object(_: Rendered, manifest: Manifest) -> Iterator[str]:
        if manifest["kind"] == "Deployment" or read == "top":
            yield str(look(manifest))

    def of_list(rendered: Rendered) -> Iterator[str]:
        yield from (str(look(entry)) for entry in rendered.objects if "replicas" in (entry.get("spec") or {}))

    questions: dict[str, Callable[[Rendered], Iterable[str]]] = {
        "component": of_component,
        "kind": of_kind,
        "object": of_object,
        "list": of_list,
    }
    question = questions[way]
    before = bites.rendered()
    answers = Answers()
    first = answers.ask(question, before)
    assert first == tuple(question(before))
    copied = copy.deepcopy(before.objects)
    _change(manifests.one(copied, "Deployment", "keda-operator"), path)
    after = bites.with_objects(before, copied)
    if path in {("kind",), ("metadata",)} and way != "list":
        # Such a Deployment is found by nobody.
        return
    assert answers.ask(question, after) == tuple(question(after)) != first
    fresh = answers.fresh
    assert answers.ask(question, after) != first
    assert answers.ask(question, before) == first
    assert answers.fresh == fresh


def test_what_is_not_read_of_a_document_asks_nothing_anew() -> None:
    answers = Answers()

    def names(rendered: Rendered) -> Iterator[str]:
        yield manifests.container(rendered.operator)["image"]
        yield from (entry["metadata"]["name"] for entry in manifests.all_of(rendered.own_objects, "Service"))

    before = bites.rendered()
    other = bites.rendered({"additionalLabels": {"team": "a"}, "logging": {"operator": {"level": "debug"}}})
    assert answers.ask(names, before) == answers.ask(names, other)
    assert (answers.fresh, answers.remembered) == (1, 1)


def test_numbers_and_truths_that_are_equal_are_different_parts() -> None:
    answers = Answers()

    def told(rendered: Rendered) -> Iterator[str]:
        yield repr(rendered.operator["spec"]["replicas"])

    before = bites.rendered()
    for value in (1, True, 1.0, "1", None, [1], [True]):
        objects = copy.deepcopy(before.objects)
        manifests.one(objects, "Deployment", "keda-operator")["spec"]["replicas"] = value
        assert answers.ask(told, bites.with_objects(before, objects)) == (repr(value),)
    assert answers.fresh == 7


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [leaf for key, entry in entries for leaf in _leaves(entry, (*path, key))]
    yield from below or [path]


def _outcome(ask: Callable[[], Any]) -> Any:
    """What is answered, or the error: a relation may break down over a document that makes no sense."""
    try:
        return tuple(ask())
    except Exception as error:
        return type(error)


def test_no_change_of_any_document_is_overlooked_by_any_relation() -> None:
    # All policies and monitors there are, and no CRD, whose schemas no relation reads.
    values = {
        "crds": {"install": False},
        "networkPolicy": {"enabled": True},
        "prometheus": {"operator": {"enabled": True, "serviceMonitor": {"enabled": True}}},
    }
    before = bites.rendered(values)
    answers = Answers()
    relations = catalogue.every()
    for relation in relations.values():
        answers.ask(relation, before)
    changed = differing = 0
    for index, manifest in enumerate(before.objects):
        for path in _leaves(manifest):
            other = copy.deepcopy(manifest)
            *above, last = path
            _at(other, *above)[last] = "x"
            after = bites.with_objects(before, [*before.objects[:index], other, *before.objects[index + 1 :]])
            changed += 1
            for name, relation in relations.items():
                found = _outcome(functools.partial(relation, after))
                asked = _outcome(functools.partial(answers.ask, relation, after))
                assert asked == found, f"{name}: {manifests.identity(manifest)} {path}"
                differing += found != ()
    assert changed > 500
    assert differing > 300


def test_an_answer_keeps_nothing_of_the_render_that_it_was_given() -> None:
    def keeping(rendered: Rendered) -> list[Manifest]:
        return [rendered.operator]

    def reading(rendered: Rendered) -> Iterator[str]:
        (operator,) = rendered.fact(keeping)
        yield operator["metadata"]["name"]

    answers = Answers()
    answers.ask(reading, bites.rendered())
    with pytest.raises(RuntimeError, match="read when the answer is given"):
        answers.ask(reading, bites.rendered({"operator": {"name": "other"}}))


def test_a_document_that_is_watched_cannot_be_copied() -> None:
    def copying(rendered: Rendered) -> Iterator[str]:
        yield str(copy.deepcopy(rendered.operator))

    with pytest.raises(TypeError, match="read what is needed"):
        Answers().ask(copying, bites.rendered())


def test_answers_stay_right_when_all_is_forgotten_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_MOST_ANSWERS", 100)
    monkeypatch.setattr(remembering, "_MOST_DOCUMENTS", 20)
    monkeypatch.setattr(remembering, "_MOST_RIGHTS", 2)
    answers = Answers()
    asked = 0
    for each in render_all(combinations.sample(30)):
        for relation in catalogue.every().values():
            assert answers.ask(relation, each) == tuple(relation(each))
            asked += 1
    assert answers.fresh > 100
    assert asked == 30 * len(catalogue.every())


def test_a_relation_that_reads_something_else_of_the_same_render_is_no_function() -> None:
    answers = Answers()
    paths = iter(["clusterName", "watchNamespace"])

    def fickle(rendered: Rendered) -> Iterator[str]:
        yield str(rendered.setting(next(paths)))

    answers.ask(fickle, bites.rendered())
    with pytest.raises(AssertionError, match="is it a function"):
        answers.ask(fickle, bites.rendered({"clusterName": "another"}))
